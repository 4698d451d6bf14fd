#include "lineage/governance/evidence.h"

#include <algorithm>
#include <vector>

#include "lineage/document.h"
#include "lineage/model_version.h"
#include "storage/base/canonical.h"
#include "storage/base/nearest.h"
#include "storage/base/text_value.h"
#include "storage/base/words.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kType = "reprise/evidence/v1";

}  // namespace

Result<void> CheckEvidenceKind(std::string_view kind) {
  if (std::ranges::find(kEvidenceKinds, kind) != kEvidenceKinds.end()) return {};
  const std::vector<std::string> known(kEvidenceKinds.begin(), kEvidenceKinds.end());
  std::string message = "there is no kind of evidence '" + Printable(kind) + "'";
  if (const auto meant = Nearest(kind, known)) message += "; did you mean " + *meant + "?";
  return Error{ErrorCode::kInvalidArgument, message + " (kinds: " + Joined(known, " ") + ")"};
}

Result<std::string> EncodeEvidence(const Evidence& evidence) {
  REPRISE_TRY(CheckModelVersion(evidence.model, evidence.version));
  REPRISE_TRY(CheckEvidenceKind(evidence.kind));
  return Canonicalize(Json()
                          .Set("type", kType)
                          .Set("model", evidence.model)
                          .Set("version", evidence.version)
                          .Set("model_content", evidence.model_content.ToString())
                          .Set("kind", evidence.kind)
                          .Set("artifact", ArtifactUseToJson(evidence.artifact))
                          .Set("reason", BytesToJson(evidence.reason)));
}

Result<Evidence> DecodeEvidence(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseDocument(document, kType));
  Evidence evidence;
  REPRISE_ASSIGN_OR_RETURN(evidence.model, json.GetString("model"));
  REPRISE_ASSIGN_OR_RETURN(evidence.version, GetModelVersion(json, "version"));
  REPRISE_ASSIGN_OR_RETURN(evidence.model_content,
                           DigestFromJson(MemberOrNull(json, "model_content")));
  REPRISE_ASSIGN_OR_RETURN(evidence.kind, json.GetString("kind"));
  REPRISE_ASSIGN_OR_RETURN(evidence.artifact, ArtifactUseFromJson(MemberOrNull(json, "artifact")));
  REPRISE_ASSIGN_OR_RETURN(evidence.reason, BytesFromJson(MemberOrNull(json, "reason")));
  REPRISE_TRY(RequireSameDocument(EncodeEvidence(evidence), document, kType));
  return evidence;
}

}  // namespace reprise::lineage
