#include "lineage/artifact.h"

#include <tuple>

#include "storage/base/text_value.h"

namespace reprise::lineage {

std::string_view ArtifactKindName(ArtifactKind kind) {
  return kind == ArtifactKind::kFolder ? "folder" : "file";
}

Json ArtifactUseToJson(const ArtifactUse& use) {
  Json json;
  json.Set("path", BytesToJson(use.path));
  json.Set("role", BytesToJson(use.role));
  json.Set("kind", ArtifactKindName(use.kind));
  json.Set("digest", use.digest.ToString());
  json.Set("size_bytes", use.size_bytes);
  if (use.executable) json.Set("executable", true);
  if (use.unstable) json.Set("unstable", true);
  return json;
}

Result<ArtifactUse> ArtifactUseFromJson(const Json& json) {
  ArtifactUse use;
  const Json* const path = json.Find("path");
  const Json* const role = json.Find("role");
  REPRISE_ASSIGN_OR_RETURN(use.path, BytesFromJson(path == nullptr ? Json() : *path));
  REPRISE_ASSIGN_OR_RETURN(use.role, BytesFromJson(role == nullptr ? Json() : *role));
  REPRISE_ASSIGN_OR_RETURN(const std::string kind, json.GetString("kind"));
  if (kind != "file" && kind != "folder") {
    return Error{ErrorCode::kCorruption, "an artifact in a document is of no known kind"};
  }
  use.kind = kind == "folder" ? ArtifactKind::kFolder : ArtifactKind::kFile;
  REPRISE_ASSIGN_OR_RETURN(const std::string digest, json.GetString("digest"));
  auto parsed = Digest::Parse(digest);
  if (!parsed.ok()) return Error{ErrorCode::kCorruption, parsed.error().message};
  use.digest = *parsed;
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t size_bytes, json.GetInteger("size_bytes"));
  if (size_bytes < 0) return Error{ErrorCode::kCorruption, "an artifact has a negative size"};
  use.size_bytes = static_cast<std::uint64_t>(size_bytes);
  if (json.Find("executable") != nullptr) {
    REPRISE_ASSIGN_OR_RETURN(use.executable, json.GetBool("executable"));
  }
  if (json.Find("unstable") != nullptr) {
    REPRISE_ASSIGN_OR_RETURN(use.unstable, json.GetBool("unstable"));
  }
  return use;
}

bool ArtifactUseBefore(const ArtifactUse& a, const ArtifactUse& b) {
  return std::tie(a.path, a.role, a.digest) < std::tie(b.path, b.role, b.digest);
}

}  // namespace reprise::lineage
