// The files of a sandbox by the paths that they have in it, for reading, while its command runs and
// after it has ended.
//
// Thread-safety: any number of threads.

#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "tracker/sandbox/sandbox.h"

namespace reprise::tracker {

// Whoever writes gets kReadOnly.
class SandboxFiles final : public FileSystem {
 public:
  // Both outlive this object.
  SandboxFiles(FileSystem& host, const Sandbox& sandbox) : host_(host), sandbox_(sandbox) {}

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode,
                                     mode_t permissions) override;
  Result<std::unique_ptr<FileMapping>> Map(const std::string& path) override;
  Result<FileStat> Stat(const std::string& path) override;
  Result<FileStat> StatFollowing(const std::string& path) override;
  Result<std::vector<DirectoryEntry>> List(const std::string& path) override;
  Result<std::string> ReadLink(const std::string& path) override;
  Result<void> CreateSymlink(const std::string& target, const std::string& path) override;
  Result<void> CreateDirectory(const std::string& path, mode_t permissions) override;
  Result<void> RemoveFile(const std::string& path) override;
  Result<void> RemoveDirectory(const std::string& path) override;
  Result<void> Rename(const std::string& from, const std::string& to) override;
  Result<void> SyncDirectory(const std::string& path) override;
  Result<void> SetPermissions(const std::string& path, mode_t permissions) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path, LockMode mode,
                                         std::int64_t wait_ms_max) override;

 private:
  // Where what `path` leads to lies on the host.
  Result<std::string> Followed(std::string path) const;
  Result<std::string> Found(const std::string& path) const;

  FileSystem& host_;
  const Sandbox& sandbox_;
};

}  // namespace reprise::tracker
