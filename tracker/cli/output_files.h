// Where commands write what a person asked for: counted and stoppable.

#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "storage/base/file.h"

namespace reprise::cli {

// The file system `inner`, which tells how much is written through it and refuses to write once it
// is told to stop.  Reading, renaming and removing go on, so that callers can clean up.
//
// Thread-safety: as `inner`; both functions are called from any thread.
class OutputFiles : public FileSystem {
 public:
  struct Hooks {
    std::function<void(std::uint64_t files, std::uint64_t bytes)> written;
    std::function<bool()> stop;
  };
  OutputFiles(FileSystem& inner, Hooks hooks) : inner_(inner), hooks_(std::move(hooks)) {}

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
  Result<void> Link(const std::string& from, const std::string& to) override;
  Result<void> SyncDirectory(const std::string& path) override;
  Result<void> SetPermissions(const std::string& path, mode_t permissions) override;
  Result<void> SetModificationTime(const std::string& path, std::int64_t unix_ns) override;
  Result<bool> IsShared(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path, LockMode mode,
                                         std::int64_t wait_ms_max) override;

 private:
  class CountedFile;

  // Errors: kInterrupted  when it is time to stop.
  Result<void> GoOn() const;
  void Count(std::uint64_t files, std::uint64_t bytes);

  FileSystem& inner_;
  const Hooks hooks_;
  std::atomic<std::uint64_t> files_ = 0;
  std::atomic<std::uint64_t> bytes_ = 0;
};

}  // namespace reprise::cli
