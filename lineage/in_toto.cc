#include "lineage/in_toto.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "lineage/document.h"
#include "lineage/model_version.h"
#include "storage/base/bytes.h"
#include "storage/base/canonical.h"

namespace reprise::lineage {
namespace {

Error NotRight(std::string why) { return {ErrorCode::kInvalidArgument, std::move(why)}; }

Result<void> Check(const InTotoStatement& statement) {
  const auto& subjects = statement.subjects;
  if (subjects.empty()) return NotRight("a statement is about something");
  for (const StatementSubject& subject : subjects) {
    if (subject.name.empty() || !IsUtf8(subject.name)) {
      return NotRight("the subject '" + Printable(subject.name) + "' of a statement is no text");
    }
  }
  if (std::ranges::adjacent_find(subjects, std::ranges::greater_equal(), &StatementSubject::name) !=
      subjects.end()) {
    return NotRight("the subjects of a statement are sorted and have names of their own");
  }
  if (!statement.predicate.is_object()) return NotRight("the predicate of a statement is a record");
  if (!statement.about.has_value()) return {};
  return CheckModelVersion(statement.about->model, statement.about->version);
}

Json AnnotationsOf(const StatementVersion& version) {
  return Json()
      .Set("reprise_model", version.model)
      .Set("reprise_version", version.version)
      .Set("reprise_registration", version.registration.ToString());
}

Result<StatementVersion> VersionFromJson(const Json& annotations) {
  StatementVersion version;
  REPRISE_ASSIGN_OR_RETURN(version.model, annotations.GetString("reprise_model"));
  REPRISE_ASSIGN_OR_RETURN(version.version, GetModelVersion(annotations, "reprise_version"));
  REPRISE_ASSIGN_OR_RETURN(version.registration,
                           DigestFromJson(MemberOrNull(annotations, "reprise_registration")));
  return version;
}

Result<InTotoStatement> FromJson(const Json& json) {
  InTotoStatement statement;
  REPRISE_ASSIGN_OR_RETURN(const auto* const subjects, json.GetArray("subject"));
  for (const Json& entry : *subjects) {
    StatementSubject subject;
    REPRISE_ASSIGN_OR_RETURN(subject.name, entry.GetString("name"));
    REPRISE_ASSIGN_OR_RETURN(const std::string digest,
                             MemberOrNull(entry, "digest").GetString("sha256"));
    REPRISE_ASSIGN_OR_RETURN(subject.digest, Digest::Parse("sha256:" + digest));
    statement.subjects.push_back(std::move(subject));
    // Those of all subjects are equal: whoever compares the whole finds out.
    const Json* const annotations = entry.Find("annotations");
    if (annotations == nullptr || statement.about.has_value()) continue;
    REPRISE_ASSIGN_OR_RETURN(statement.about, VersionFromJson(*annotations));
  }
  REPRISE_ASSIGN_OR_RETURN(statement.predicate_type, json.GetString("predicateType"));
  statement.predicate = MemberOrNull(json, "predicate");
  return statement;
}

}  // namespace

Result<Json> InTotoToJson(const InTotoStatement& statement) {
  REPRISE_TRY(Check(statement));
  Json subjects = Json::Array{};
  for (const StatementSubject& subject : statement.subjects) {
    Json entry = Json()
                     .Set("name", subject.name)
                     .Set("digest", Json().Set("sha256", subject.digest.ToHex()));
    if (statement.about.has_value()) entry.Set("annotations", AnnotationsOf(*statement.about));
    subjects.Append(std::move(entry));
  }
  return Json()
      .Set("_type", kInTotoStatementType)
      .Set("subject", std::move(subjects))
      .Set("predicateType", statement.predicate_type)
      .Set("predicate", statement.predicate);
}

Result<std::string> EncodeInToto(const InTotoStatement& statement) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, InTotoToJson(statement));
  return Canonicalize(json);
}

Result<InTotoStatement> DecodeInToto(std::string_view payload) {
  const auto decode = [&]() -> Result<InTotoStatement> {
    REPRISE_ASSIGN_OR_RETURN(const Json json, ParseJson(payload));
    return FromJson(json);
  };
  auto statement = decode();
  const auto again = statement.ok() ? EncodeInToto(*statement) : Result<std::string>("");
  if (!statement.ok() || !again.ok() || *again != payload) {
    return Error{ErrorCode::kCorruption, "it is no in-toto statement in canonical form"};
  }
  return statement;
}

}  // namespace reprise::lineage
