// The real file system with a hook before each opening and reading of a file, folder or link, by
// which a test changes them at a known moment of somebody's reading, and before each question for a
// stat, each sync of a folder and each hard link.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/base/file.h"

namespace reprise::testing {

class HookedFileSystem final : public FileSystem {
 public:
  // An error from a hook is what the call answers.  Hooks may use PosixFileSystem(), and are called
  // from whichever thread opens or reads.
  std::function<Result<void>(const std::string& path)> before_open;
  std::function<Result<void>(const std::string& path, std::uint64_t offset)> before_read;
  std::function<Result<void>(const std::string& path)> before_list;
  std::function<Result<void>(const std::string& path)> before_read_link;
  std::function<Result<void>(const std::string& path)> before_stat;
  std::function<Result<void>(const std::string& path)> before_sync;  // Of a folder.
  std::function<Result<void>(const std::string& to)> before_link;

  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode,
                                     mode_t permissions = 0644) override {
    if (before_open) REPRISE_TRY(before_open(path));
    REPRISE_ASSIGN_OR_RETURN(auto file, real_.Open(path, mode, permissions));
    return std::unique_ptr<File>(std::make_unique<HookedFile>(*this, std::move(file)));
  }
  Result<std::unique_ptr<FileMapping>> Map(const std::string& path) override {
    return real_.Map(path);
  }
  Result<FileStat> Stat(const std::string& path) override {
    if (before_stat) REPRISE_TRY(before_stat(path));
    return real_.Stat(path);
  }
  Result<FileStat> StatFollowing(const std::string& path) override {
    return real_.StatFollowing(path);
  }
  Result<std::vector<DirectoryEntry>> List(const std::string& path) override {
    if (before_list) REPRISE_TRY(before_list(path));
    return real_.List(path);
  }
  Result<std::string> ReadLink(const std::string& path) override {
    if (before_read_link) REPRISE_TRY(before_read_link(path));
    return real_.ReadLink(path);
  }
  Result<void> CreateSymlink(const std::string& target, const std::string& path) override {
    return real_.CreateSymlink(target, path);
  }
  Result<void> CreateDirectory(const std::string& path, mode_t permissions = 0755) override {
    return real_.CreateDirectory(path, permissions);
  }
  Result<void> RemoveFile(const std::string& path) override { return real_.RemoveFile(path); }
  Result<void> RemoveDirectory(const std::string& path) override {
    return real_.RemoveDirectory(path);
  }
  Result<void> Rename(const std::string& from, const std::string& to) override {
    return real_.Rename(from, to);
  }
  Result<void> Link(const std::string& from, const std::string& to) override {
    if (before_link) REPRISE_TRY(before_link(to));
    return real_.Link(from, to);
  }
  Result<void> SyncDirectory(const std::string& path) override {
    if (before_sync) REPRISE_TRY(before_sync(path));
    return real_.SyncDirectory(path);
  }
  Result<void> SetPermissions(const std::string& path, mode_t permissions) override {
    return real_.SetPermissions(path, permissions);
  }
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path, LockMode mode,
                                         std::int64_t wait_ms_max) override {
    return real_.Lock(path, mode, wait_ms_max);
  }

 private:
  class HookedFile final : public File {
   public:
    HookedFile(const HookedFileSystem& owner, std::unique_ptr<File> real)
        : owner_(owner), real_(std::move(real)) {}
    Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override {
      if (owner_.before_read) REPRISE_TRY(owner_.before_read(path(), offset));
      return real_->ReadAt(offset, buffer);
    }
    Result<void> WriteAt(std::uint64_t offset, ByteSpan bytes) override {
      return real_->WriteAt(offset, bytes);
    }
    Result<void> Sync() override { return real_->Sync(); }
    void StartWriteback(std::uint64_t offset, std::uint64_t size_bytes) override {
      real_->StartWriteback(offset, size_bytes);
    }
    Result<void> Truncate(std::uint64_t size_bytes) override { return real_->Truncate(size_bytes); }
    Result<FileStat> Stat() const override { return real_->Stat(); }
    const std::string& path() const override { return real_->path(); }

   private:
    const HookedFileSystem& owner_;
    const std::unique_ptr<File> real_;
  };

  FileSystem& real_ = PosixFileSystem();
};

}  // namespace reprise::testing
