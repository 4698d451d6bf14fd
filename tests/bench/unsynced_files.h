// The real file system without its waits for the disk, so that a large store can be made quickly.
// What is made is the same, bit by bit; only a power cut would tell.

#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/base/file.h"

namespace reprise::bench {

class UnsyncedFile final : public File {
 public:
  explicit UnsyncedFile(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override {
    return file_->ReadAt(offset, buffer);
  }
  Result<void> WriteAt(std::uint64_t offset, ByteSpan bytes) override {
    return file_->WriteAt(offset, bytes);
  }
  Result<void> Sync() override { return {}; }
  void StartWriteback(std::uint64_t, std::uint64_t) override {}
  Result<void> Truncate(std::uint64_t size_bytes) override { return file_->Truncate(size_bytes); }
  Result<FileStat> Stat() const override { return file_->Stat(); }
  const std::string& path() const override { return file_->path(); }

 private:
  std::unique_ptr<File> file_;
};

class UnsyncedFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode,
                                     mode_t permissions) override {
    REPRISE_ASSIGN_OR_RETURN(auto file, real_.Open(path, mode, permissions));
    return std::unique_ptr<File>(std::make_unique<UnsyncedFile>(std::move(file)));
  }
  Result<std::unique_ptr<FileMapping>> Map(const std::string& path) override {
    return real_.Map(path);
  }
  Result<FileStat> Stat(const std::string& path) override { return real_.Stat(path); }
  Result<FileStat> StatFollowing(const std::string& path) override {
    return real_.StatFollowing(path);
  }
  Result<std::vector<DirectoryEntry>> List(const std::string& path) override {
    return real_.List(path);
  }
  Result<std::string> ReadLink(const std::string& path) override { return real_.ReadLink(path); }
  Result<void> CreateSymlink(const std::string& target, const std::string& path) override {
    return real_.CreateSymlink(target, path);
  }
  Result<void> CreateDirectory(const std::string& path, mode_t permissions) override {
    return real_.CreateDirectory(path, permissions);
  }
  Result<void> RemoveFile(const std::string& path) override { return real_.RemoveFile(path); }
  Result<void> RemoveDirectory(const std::string& path) override {
    return real_.RemoveDirectory(path);
  }
  Result<void> Rename(const std::string& from, const std::string& to) override {
    return real_.Rename(from, to);
  }
  Result<void> SyncDirectory(const std::string&) override { return {}; }
  Result<void> SetPermissions(const std::string& path, mode_t permissions) override {
    return real_.SetPermissions(path, permissions);
  }
  Result<std::unique_ptr<FileLock>> Lock(const std::string& path, LockMode mode,
                                         std::int64_t wait_ms_max) override {
    return real_.Lock(path, mode, wait_ms_max);
  }

 private:
  FileSystem& real_ = PosixFileSystem();
};

}  // namespace reprise::bench
