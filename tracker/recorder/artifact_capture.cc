#include "tracker/recorder/artifact_capture.h"

#include "storage/private_folder.h"

namespace reprise::tracker {

Result<v1::Artifact> StoreArtifact(FileSystem& files, const std::string& path,
                                   const std::string& role, storage::ObjectWriter& writer,
                                   const storage::ImportOptions& options) {
  REPRISE_TRY(storage::RequireContent(files, path));
  REPRISE_ASSIGN_OR_RETURN(const storage::Imported imported,
                           storage::Import(files, path, writer, options));
  v1::Artifact artifact;
  artifact.set_path(path);
  artifact.set_role(role);
  artifact.set_folder(imported.kind == FileKind::kDirectory);
  artifact.set_digest(imported.digest.ToStored());
  artifact.set_size_bytes(imported.size_bytes);
  artifact.set_executable(imported.executable);
  artifact.set_unstable(!imported.unstable.empty());
  return artifact;
}

Result<v1::Artifact> CaptureArtifact(FileSystem& files, const std::string& path,
                                     const std::string& role, storage::ObjectWriter& writer,
                                     const storage::ImportOptions& options) {
  v1::Artifact absent;
  absent.set_path(path);
  absent.set_role(role);
  const auto stat = files.StatFollowing(path);
  if (!stat.ok() && stat.error().code == ErrorCode::kNotFound) {
    absent.set_missing(true);
    return absent;
  }
  auto artifact = StoreArtifact(files, path, role, writer, options);
  if (artifact.ok() || artifact.error().code == ErrorCode::kNoSpace) return artifact;
  absent.set_problem(artifact.error().message);
  return absent;
}

}  // namespace reprise::tracker
