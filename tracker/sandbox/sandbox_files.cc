#include "tracker/sandbox/sandbox_files.h"

#include "tracker/project_path.h"

namespace reprise::tracker {
namespace {

constexpr int kLinksMax = 40;  // As path_resolution(7): more are a loop.

Error ReadOnly(const std::string& path) {
  return Error{ErrorCode::kReadOnly,
               "'" + Printable(path) + "' lies in a sandbox, whose files are only read here"};
}

}  // namespace

Result<std::string> SandboxFiles::Found(const std::string& path) const {
  if (auto host_path = sandbox_.HostPath(path)) return *std::move(host_path);
  return Error{ErrorCode::kNotFound, "there is no '" + Printable(path) + "' in the sandbox"};
}

Result<std::string> SandboxFiles::Followed(std::string path) const {
  for (int links = 0; links < kLinksMax; ++links) {
    REPRISE_ASSIGN_OR_RETURN(std::string host_path, Found(path));
    REPRISE_ASSIGN_OR_RETURN(const FileStat stat, host_.Stat(host_path));
    if (stat.kind != FileKind::kSymlink) return host_path;
    REPRISE_ASSIGN_OR_RETURN(const std::string target, host_.ReadLink(host_path));
    // The folder's own links count before "..": they are followed by HostPath().
    path = target.starts_with('/') ? target : JoinPath(ParentPath(path), target);
  }
  return Error{ErrorCode::kIoError, "too many links lead on from '" + Printable(path) + "'"};
}

Result<std::unique_ptr<File>> SandboxFiles::Open(const std::string& path, OpenMode mode,
                                                 mode_t permissions) {
  if (mode != OpenMode::kRead) return ReadOnly(path);
  REPRISE_ASSIGN_OR_RETURN(const std::string host_path, Followed(path));
  return host_.Open(host_path, mode, permissions);
}

Result<std::unique_ptr<FileMapping>> SandboxFiles::Map(const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(const std::string host_path, Followed(path));
  return host_.Map(host_path);
}

Result<FileStat> SandboxFiles::Stat(const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(const std::string host_path, Found(path));
  return host_.Stat(host_path);
}

Result<FileStat> SandboxFiles::StatFollowing(const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(const std::string host_path, Followed(path));
  return host_.Stat(host_path);
}

Result<std::vector<DirectoryEntry>> SandboxFiles::List(const std::string& path) {
  return sandbox_.List(path);
}

Result<std::string> SandboxFiles::ReadLink(const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(const std::string host_path, Found(path));
  return host_.ReadLink(host_path);
}

Result<void> SandboxFiles::CreateSymlink(const std::string&, const std::string& path) {
  return ReadOnly(path);
}
Result<void> SandboxFiles::CreateDirectory(const std::string& path, mode_t) {
  return ReadOnly(path);
}
Result<void> SandboxFiles::RemoveFile(const std::string& path) { return ReadOnly(path); }
Result<void> SandboxFiles::RemoveDirectory(const std::string& path) { return ReadOnly(path); }
Result<void> SandboxFiles::Rename(const std::string& from, const std::string&) {
  return ReadOnly(from);
}
Result<void> SandboxFiles::SyncDirectory(const std::string& path) { return ReadOnly(path); }
Result<void> SandboxFiles::SetPermissions(const std::string& path, mode_t) {
  return ReadOnly(path);
}
Result<std::unique_ptr<FileLock>> SandboxFiles::Lock(const std::string& path, LockMode,
                                                     std::int64_t) {
  return ReadOnly(path);
}

}  // namespace reprise::tracker
