#include "tracker/cli/output_files.h"

namespace reprise::cli {

class OutputFiles::CountedFile : public File {
 public:
  CountedFile(OutputFiles& owner, std::unique_ptr<File> inner)
      : owner_(owner), inner_(std::move(inner)) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override {
    return inner_->ReadAt(offset, buffer);
  }
  Result<void> WriteAt(std::uint64_t offset, ByteSpan bytes) override {
    REPRISE_TRY(owner_.GoOn());
    REPRISE_TRY(inner_->WriteAt(offset, bytes));
    owner_.Count(0, bytes.size());
    return {};
  }
  Result<void> Sync() override { return inner_->Sync(); }
  void StartWriteback(std::uint64_t offset, std::uint64_t size_bytes) override {
    inner_->StartWriteback(offset, size_bytes);
  }
  Result<void> Truncate(std::uint64_t size_bytes) override { return inner_->Truncate(size_bytes); }
  Result<FileStat> Stat() const override { return inner_->Stat(); }
  const std::string& path() const override { return inner_->path(); }

 private:
  OutputFiles& owner_;
  std::unique_ptr<File> inner_;
};

Result<void> OutputFiles::GoOn() const {
  if (!hooks_.stop()) return {};
  return Error{ErrorCode::kInterrupted, "interrupted; what was written so far is removed"};
}

void OutputFiles::Count(std::uint64_t files, std::uint64_t bytes) {
  hooks_.written(files_ += files, bytes_ += bytes);
}

Result<std::unique_ptr<File>> OutputFiles::Open(const std::string& path, OpenMode mode,
                                                mode_t permissions) {
  if (mode == OpenMode::kRead) return inner_.Open(path, mode, permissions);
  REPRISE_TRY(GoOn());
  REPRISE_ASSIGN_OR_RETURN(auto file, inner_.Open(path, mode, permissions));
  Count(1, 0);
  return std::unique_ptr<File>(std::make_unique<CountedFile>(*this, std::move(file)));
}

Result<std::unique_ptr<FileMapping>> OutputFiles::Map(const std::string& path) {
  return inner_.Map(path);
}

Result<FileStat> OutputFiles::Stat(const std::string& path) { return inner_.Stat(path); }

Result<FileStat> OutputFiles::StatFollowing(const std::string& path) {
  return inner_.StatFollowing(path);
}

Result<std::vector<DirectoryEntry>> OutputFiles::List(const std::string& path) {
  return inner_.List(path);
}

Result<std::string> OutputFiles::ReadLink(const std::string& path) { return inner_.ReadLink(path); }

Result<void> OutputFiles::CreateSymlink(const std::string& target, const std::string& path) {
  REPRISE_TRY(GoOn());
  return inner_.CreateSymlink(target, path);
}

Result<void> OutputFiles::CreateDirectory(const std::string& path, mode_t permissions) {
  REPRISE_TRY(GoOn());
  return inner_.CreateDirectory(path, permissions);
}

Result<void> OutputFiles::RemoveFile(const std::string& path) { return inner_.RemoveFile(path); }

Result<void> OutputFiles::RemoveDirectory(const std::string& path) {
  return inner_.RemoveDirectory(path);
}

Result<void> OutputFiles::Rename(const std::string& from, const std::string& to) {
  return inner_.Rename(from, to);
}

Result<void> OutputFiles::Link(const std::string& from, const std::string& to) {
  return inner_.Link(from, to);
}

Result<void> OutputFiles::SyncDirectory(const std::string& path) {
  return inner_.SyncDirectory(path);
}

Result<void> OutputFiles::SetPermissions(const std::string& path, mode_t permissions) {
  return inner_.SetPermissions(path, permissions);
}

Result<void> OutputFiles::SetModificationTime(const std::string& path, std::int64_t unix_ns) {
  REPRISE_TRY(GoOn());
  return inner_.SetModificationTime(path, unix_ns);
}

Result<bool> OutputFiles::IsShared(const std::string& path) { return inner_.IsShared(path); }

Result<std::unique_ptr<FileLock>> OutputFiles::Lock(const std::string& path, LockMode mode,
                                                    std::int64_t wait_ms_max) {
  return inner_.Lock(path, mode, wait_ms_max);
}

}  // namespace reprise::cli
