#include "tracker/registry/statements.h"

#include <limits>

#include "lineage/document.h"
#include "lineage/governance/optional_time.h"
#include "storage/base/clock.h"
#include "storage/base/words.h"
#include "storage/crypto/sha256.h"
#include "tracker/governance_rows.h"
#include "tracker/registry/promotion_gate.h"

namespace reprise::tracker {

Result<lineage::Approval> DraftStatement(Store& store, const RegisteredModel& model,
                                         const KnownKey& key, const StatementRequest& request,
                                         std::int64_t now_unix_ms) {
  const lineage::TrustedKey& signer = key.newest();
  const auto refuse = [&](const std::string& why) {
    return Error{ErrorCode::kInvalidArgument,
                 "the key of " + Printable(signer.owner) + " cannot sign this: " + why};
  };
  if (key.revoked.has_value()) return refuse("it was revoked");
  if (!signer.IsValidAt(now_unix_ms)) return refuse("it is not valid now");
  if (!signer.HasRole(request.role)) return refuse("its roles are " + Joined(signer.roles));
  REPRISE_TRY(CheckMovable(model, request.to));
  REPRISE_TRY(RequireAllEntries(store, "may hold evidence that who signs must see"));
  REPRISE_ASSIGN_OR_RETURN(const KeyRing ring, KeyRing::Load(store.catalog()));
  REPRISE_ASSIGN_OR_RETURN(const auto candidate, GatherCandidate(store, ring, model));
  REPRISE_ASSIGN_OR_RETURN(const auto policy, FindPolicyInForce(store.catalog(), now_unix_ms));
  lineage::Approval approval;
  approval.model = candidate.model;
  approval.version = candidate.version;
  approval.content = candidate.content;
  approval.registration = candidate.registration;
  approval.decision = request.decision;
  approval.meaning =
      request.meaning.empty() ? lineage::MeaningOf(request.decision) : request.meaning;
  approval.printed_name = signer.printed_name;
  approval.owner = signer.owner;
  approval.role = request.role;
  approval.from = candidate.stage;
  approval.to = request.to;
  approval.reason = request.reason;
  if (policy.has_value()) approval.policy = policy->digest;
  approval.evidence = lineage::NamedEvidenceOf(candidate);
  approval.signed_at_unix_ms = now_unix_ms;
  approval.expires_unix_ms = request.expires_unix_ms;
  if (approval.expires_unix_ms.value_or(now_unix_ms + 1) <= now_unix_ms) {
    return refuse("it would have expired already");
  }
  return approval;
}

Result<Digest> FileStatement(Store& store, const storage::DsseEnvelope& envelope,
                             std::int64_t now_unix_ms) {
  const auto refuse = [](const std::string& why) {
    return Error{ErrorCode::kInvalidArgument, "the statement cannot be recorded: " + why};
  };
  if (envelope.payload.type != storage::kInTotoPayloadType) {
    return refuse("it is signed as something else than an in-toto statement, '" +
                  Printable(envelope.payload.type) + "'");
  }
  auto approval = lineage::DecodeApproval(envelope.payload.content);
  if (!approval.ok()) return refuse(approval.error().message);
  const std::string name = lineage::ModelVersionName(approval->model, approval->version);
  REPRISE_ASSIGN_OR_RETURN(const auto model, FindModel(store.catalog(), name));
  if (!model.has_value()) return refuse("there is no model '" + approval->model + "'");
  if (model->version.artifact.digest != approval->content ||
      model->registration != approval->registration) {
    return refuse("what it calls " + name + " is other content than this store has");
  }
  REPRISE_TRY(RequireAllEntries(store, "may have revoked the key that signed"));
  REPRISE_ASSIGN_OR_RETURN(const KeyRing ring, KeyRing::Load(store.catalog()));
  const RecordedAt now{now_unix_ms, std::numeric_limits<std::uint64_t>::max()};
  if (const auto why = ring.WhyVoid(envelope, *approval, now)) return refuse(*why);
  // Another signature of the same statement, which who has one can make, says nothing new either.
  REPRISE_ASSIGN_OR_RETURN(const auto statements,
                           StatementDocuments(store.catalog(), approval->model));
  for (const FiledDocument& filed : statements) {
    REPRISE_ASSIGN_OR_RETURN(const auto earlier, storage::DecodeDsse(filed.document));
    if (earlier.payload.content == envelope.payload.content) {
      return refuse("it is recorded already, as " + filed.digest.ToString());
    }
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string document, storage::EncodeDsse(envelope));
  REPRISE_TRY(store.AddFact(std::string(kStatementEntry), name, document));
  return crypto::Sha256(AsBytes(document));
}

Json FiledApprovalToJson(const lineage::FiledApproval& filed) {
  const lineage::Approval& approval = filed.approval;
  Json evidence = Json::Array{};
  for (const lineage::NamedEvidence& named : approval.evidence) {
    evidence.Append(Json().Set("kind", named.kind).Set("digest", named.document.ToString()));
  }
  return Json()
      .Set("digest", filed.envelope.ToString())
      .Set("printed_name", approval.printed_name)
      .Set("owner", approval.owner)
      .Set("role", approval.role)
      .Set("decision", lineage::DecisionName(approval.decision))
      .Set("meaning", approval.meaning)
      .Set("from", approval.from)
      .Set("to", approval.to)
      .Set("reason", approval.reason)
      .Set("policy", lineage::DigestToJson(approval.policy))
      .Set("evidence", std::move(evidence))
      .Set("signed_at", FormatTime(approval.signed_at_unix_ms))
      .Set("expires", lineage::OptionalTimeToJson(approval.expires_unix_ms))
      .Set("recorded_at", FormatTime(filed.recorded_at_unix_ms))
      .Set("ledger_sequence", filed.ledger_sequence)
      .Set("void", filed.void_because);
}

}  // namespace reprise::tracker
