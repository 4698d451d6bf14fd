#include "tracker/recorder/artifact_capture.h"

namespace reprise::tracker {

Result<v1::Artifact> CaptureArtifact(FileSystem& files, const std::string& path,
                                     const std::string& role, storage::ObjectWriter& writer,
                                     const storage::ImportOptions& options) {
  v1::Artifact artifact;
  artifact.set_path(path);
  artifact.set_role(role);
  const auto stat = files.StatFollowing(path);
  if (!stat.ok() && stat.error().code == ErrorCode::kNotFound) {
    artifact.set_missing(true);
    return artifact;
  }
  const auto imported = storage::Import(files, path, writer, options);
  if (!imported.ok()) {
    if (imported.error().code == ErrorCode::kNoSpace) return imported.error();
    artifact.set_problem(imported.error().message);
    return artifact;
  }
  artifact.set_folder(imported->kind == FileKind::kDirectory);
  artifact.set_digest(imported->digest.ToStored());
  artifact.set_size_bytes(imported->size_bytes);
  artifact.set_executable(imported->executable);
  artifact.set_unstable(!imported->unstable.empty());
  return artifact;
}

}  // namespace reprise::tracker
