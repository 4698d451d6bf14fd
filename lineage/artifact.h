// Artifacts: files and folders that runs read and wrote, named by their content.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::lineage {

enum class ArtifactKind { kFile, kFolder };

// One input or output of a run.
struct ArtifactUse {
  std::string path;  // Raw bytes; relative to the project when inside it, else absolute.
  std::string role;  // What the run calls it: "train", "model"; "" when it has no role.
  ArtifactKind kind = ArtifactKind::kFile;
  Digest digest;                 // Of the content, or of the tree document.
  std::uint64_t size_bytes = 0;  // Of the content, or of all files below.
  bool executable = false;
  bool unstable = false;  // It changed between its use and its hashing: the digest may be of later
                          // content.

  friend bool operator==(const ArtifactUse&, const ArtifactUse&) = default;
};

std::string_view ArtifactKindName(ArtifactKind kind);  // "file", "folder"

// {"path", "role", "kind", "digest", "size_bytes"} and, only when true, "executable", "unstable".
Json ArtifactUseToJson(const ArtifactUse& use);
Result<ArtifactUse> ArtifactUseFromJson(const Json& json);

// Orders by path bytes, then role: the order in documents.
bool ArtifactUseBefore(const ArtifactUse& a, const ArtifactUse& b);

}  // namespace reprise::lineage
