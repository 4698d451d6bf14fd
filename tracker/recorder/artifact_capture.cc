#include "tracker/recorder/artifact_capture.h"

#include "storage/private_folder.h"

namespace reprise::tracker {

Result<CapturedArtifact> StoreArtifact(FileSystem& files, const std::string& path,
                                       const std::string& role, storage::ObjectWriter& writer,
                                       const storage::ImportOptions& options) {
  REPRISE_TRY(storage::RequireContent(files, path));
  REPRISE_ASSIGN_OR_RETURN(const storage::Imported imported,
                           storage::Import(files, path, writer, options));
  CapturedArtifact captured;
  v1::Artifact& artifact = captured.artifact;
  artifact.set_path(path);
  artifact.set_role(role);
  artifact.set_folder(imported.kind == FileKind::kDirectory);
  artifact.set_digest(imported.digest.ToStored());
  artifact.set_size_bytes(imported.size_bytes);
  artifact.set_executable(imported.executable);
  artifact.set_unstable(!imported.unstable.empty());
  // Those of a folder name paths in it; of a file, it is marked as unstable, and no more.
  if (!artifact.folder()) return captured;
  for (const std::string& warning : imported.warnings) {
    captured.warnings.push_back("in '" + Printable(path) + "': " + warning);
  }
  return captured;
}

Result<CapturedArtifact> CaptureArtifact(FileSystem& files, const std::string& path,
                                         const std::string& role, storage::ObjectWriter& writer,
                                         const storage::ImportOptions& options) {
  auto stored = StoreArtifact(files, path, role, writer, options);
  if (stored.ok() || stored.error().code == ErrorCode::kNoSpace) return stored;
  CapturedArtifact absent;
  absent.artifact.set_path(path);
  absent.artifact.set_role(role);
  if (const auto stat = files.StatFollowing(path);
      !stat.ok() && stat.error().code == ErrorCode::kNotFound) {
    absent.artifact.set_missing(true);
  } else {
    absent.artifact.set_problem(stored.error().message);
  }
  return absent;
}

}  // namespace reprise::tracker
