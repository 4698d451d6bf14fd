#include "lineage/governance/approval.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lineage/document.h"
#include "lineage/governance/evidence.h"
#include "lineage/governance/optional_time.h"
#include "lineage/governance/signing_key.h"
#include "lineage/in_toto.h"
#include "lineage/model_version.h"
#include "storage/base/bytes.h"
#include "storage/base/canonical.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kPredicateType = "urn:reprise:approval:v1";

struct DecisionText {
  Decision decision;
  std::string_view name;
  std::string_view meaning;
};
constexpr std::array<DecisionText, 3> kDecisions = {{
    {Decision::kApprove, "approve",
     "I have reviewed the evidence that is named here and approve the change of stage."},
    {Decision::kReject, "reject",
     "I have reviewed the evidence that is named here and reject the change of stage."},
    {Decision::kOverride, "override",
     "I order the change of stage in an emergency, although the policy may not be met, and answer "
     "for it."},
}};

const DecisionText& TextOf(Decision decision) {
  return *std::ranges::find(kDecisions, decision, &DecisionText::decision);
}

Result<void> CheckText(std::string_view what, std::string_view text) {
  if (!text.empty() && IsUtf8(text)) return {};
  return Error{ErrorCode::kInvalidArgument,
               "the " + std::string(what) + " of a statement must be text, and not empty"};
}

Result<void> Check(const Approval& approval) {
  REPRISE_TRY(CheckModelVersion(approval.model, approval.version));
  REPRISE_TRY(CheckStageName(approval.from));
  REPRISE_TRY(CheckStageName(approval.to));
  REPRISE_TRY(CheckRole(approval.role));
  REPRISE_TRY(CheckText("meaning", approval.meaning));
  REPRISE_TRY(CheckText("printed name", approval.printed_name));
  REPRISE_TRY(CheckText("owner", approval.owner));
  REPRISE_TRY(CheckText("reason", approval.reason));
  for (const NamedEvidence& evidence : approval.evidence) {
    REPRISE_TRY(CheckEvidenceKind(evidence.kind));
  }
  if (std::ranges::adjacent_find(approval.evidence, std::ranges::greater_equal()) ==
      approval.evidence.end()) {
    return {};
  }
  return Error{ErrorCode::kInvalidArgument, "the evidence of a statement is sorted"};
}

Json EvidenceToJson(const std::vector<NamedEvidence>& evidence) {
  Json list = Json::Array{};
  for (const NamedEvidence& one : evidence) {
    list.Append(Json().Set("kind", one.kind).Set("digest", one.document.ToString()));
  }
  return list;
}

Result<std::vector<NamedEvidence>> EvidenceFromJson(const Json& json) {
  REPRISE_ASSIGN_OR_RETURN(const auto* const list, json.GetArray("evidence"));
  std::vector<NamedEvidence> evidence;
  for (const Json& entry : *list) {
    NamedEvidence one;
    REPRISE_ASSIGN_OR_RETURN(one.kind, entry.GetString("kind"));
    REPRISE_ASSIGN_OR_RETURN(one.document, DigestFromJson(MemberOrNull(entry, "digest")));
    evidence.push_back(std::move(one));
  }
  return evidence;
}

Json PredicateOf(const Approval& approval) {
  return Json()
      .Set("model", approval.model)
      .Set("version", approval.version)
      .Set("registration", approval.registration.ToString())
      .Set("decision", DecisionName(approval.decision))
      .Set("meaning", approval.meaning)
      .Set("signer", Json()
                         .Set("printed_name", approval.printed_name)
                         .Set("owner", approval.owner)
                         .Set("role", approval.role))
      .Set("from", approval.from)
      .Set("to", approval.to)
      .Set("reason", approval.reason)
      .Set("policy", DigestToJson(approval.policy))
      .Set("evidence", EvidenceToJson(approval.evidence))
      .Set("signed_at", OptionalTimeToJson(approval.signed_at_unix_ms))
      .Set("expires", OptionalTimeToJson(approval.expires_unix_ms));
}

Result<void> ReadPredicate(const Json& predicate, Approval& approval) {
  REPRISE_ASSIGN_OR_RETURN(approval.model, predicate.GetString("model"));
  REPRISE_ASSIGN_OR_RETURN(approval.version, GetModelVersion(predicate, "version"));
  REPRISE_ASSIGN_OR_RETURN(approval.registration,
                           DigestFromJson(MemberOrNull(predicate, "registration")));
  REPRISE_ASSIGN_OR_RETURN(const std::string decision, predicate.GetString("decision"));
  REPRISE_ASSIGN_OR_RETURN(approval.decision, ParseDecision(decision));
  REPRISE_ASSIGN_OR_RETURN(approval.meaning, predicate.GetString("meaning"));
  const Json& signer = MemberOrNull(predicate, "signer");
  REPRISE_ASSIGN_OR_RETURN(approval.printed_name, signer.GetString("printed_name"));
  REPRISE_ASSIGN_OR_RETURN(approval.owner, signer.GetString("owner"));
  REPRISE_ASSIGN_OR_RETURN(approval.role, signer.GetString("role"));
  REPRISE_ASSIGN_OR_RETURN(approval.from, predicate.GetString("from"));
  REPRISE_ASSIGN_OR_RETURN(approval.to, predicate.GetString("to"));
  REPRISE_ASSIGN_OR_RETURN(approval.reason, predicate.GetString("reason"));
  REPRISE_ASSIGN_OR_RETURN(approval.policy, GetOptionalDigest(predicate, "policy"));
  REPRISE_ASSIGN_OR_RETURN(approval.evidence, EvidenceFromJson(predicate));
  REPRISE_ASSIGN_OR_RETURN(approval.signed_at_unix_ms, GetTime(predicate, "signed_at"));
  REPRISE_ASSIGN_OR_RETURN(approval.expires_unix_ms, GetOptionalTime(predicate, "expires"));
  return {};
}

}  // namespace

std::string_view DecisionName(Decision decision) { return TextOf(decision).name; }

Result<Decision> ParseDecision(std::string_view name) {
  const auto found = std::ranges::find(kDecisions, name, &DecisionText::name);
  if (found != kDecisions.end()) return found->decision;
  return Error{ErrorCode::kInvalidArgument, "'" + Printable(name) +
                                                "' is no decision; there are approve, reject and "
                                                "override"};
}

std::string_view MeaningOf(Decision decision) { return TextOf(decision).meaning; }

Result<std::string> EncodeApproval(const Approval& approval) {
  REPRISE_TRY(Check(approval));
  Json subjects = Json::Array{};
  subjects.Append(Json()
                      .Set("name", ModelVersionName(approval.model, approval.version))
                      .Set("digest", Json().Set("sha256", approval.content.ToHex())));
  return Canonicalize(Json()
                          .Set("_type", kInTotoStatementType)
                          .Set("subject", std::move(subjects))
                          .Set("predicateType", kPredicateType)
                          .Set("predicate", PredicateOf(approval)));
}

Result<Approval> DecodeApproval(std::string_view payload) {
  const auto decode = [&]() -> Result<Approval> {
    REPRISE_ASSIGN_OR_RETURN(const Json json, ParseJson(payload));
    REPRISE_ASSIGN_OR_RETURN(const auto* const subjects, json.GetArray("subject"));
    if (subjects->size() != 1) return Error{ErrorCode::kCorruption, "it has one subject"};
    Approval approval;
    REPRISE_ASSIGN_OR_RETURN(const std::string content,
                             MemberOrNull((*subjects)[0], "digest").GetString("sha256"));
    REPRISE_ASSIGN_OR_RETURN(approval.content, Digest::Parse("sha256:" + content));
    REPRISE_TRY(ReadPredicate(MemberOrNull(json, "predicate"), approval));
    return approval;
  };
  auto approval = decode();
  const auto again = approval.ok() ? EncodeApproval(*approval) : Result<std::string>("");
  if (!approval.ok() || !again.ok() || *again != payload) {
    return Error{ErrorCode::kCorruption,
                 "a signed statement is none about a model's version, or "
                 "holds what its writer would not have written"};
  }
  return approval;
}

}  // namespace reprise::lineage
