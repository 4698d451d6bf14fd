#include "tests/support/fault_file_system.h"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

#include "storage/base/bytes.h"

namespace reprise::testing {
namespace {

using Follow = DiskModel::Follow;

Error PowerIsLost(const std::string& path) {
  return {ErrorCode::kIoError, "cannot reach '" + Printable(path) + "': the power is lost (test)"};
}

Error Injected(FaultFileSystem::FaultKind kind, const std::string& path) {
  if (kind == FaultFileSystem::FaultKind::kNoSpace) {
    return {ErrorCode::kNoSpace,
            "cannot write '" + Printable(path) + "': No space left on device (test)"};
  }
  return {ErrorCode::kIoError, "cannot use '" + Printable(path) + "': Input/output error (test)"};
}

Error Refused(const std::string& path, std::string_view reason) {
  return {ErrorCode::kIoError, "cannot use '" + Printable(path) + "': " + std::string(reason)};
}

std::string Range(std::uint64_t offset, std::uint64_t size_bytes) {
  return std::to_string(offset) + "+" + std::to_string(size_bytes);
}

class CopiedMapping final : public FileMapping {
 public:
  explicit CopiedMapping(std::string content) : content_(std::move(content)) {}
  ByteSpan bytes() const override { return AsBytes(content_); }

 private:
  std::string content_;
};

}  // namespace

template <typename Body>
auto FaultFileSystem::Perform(Call call, Body&& body, bool has_effect_when_failing)
    -> decltype(body(Fate::kSucceeds)) {
  if (is_down_) return PowerIsLost(call.path);
  const Fate fate = Decide(call);
  const std::string path = call.path;
  calls_.push_back(std::move(call));
  if (fate == Fate::kFails) {
    fault_injected_ = true;
    if (has_effect_when_failing) (void)body(fate);
    return Injected(fault_kind_, path);
  }
  auto result = body(fate);
  if (fate == Fate::kSucceeds) return result;
  TakeDown();
  return PowerIsLost(path);
}

class FaultFileSystem::OpenFile final : public File {
 public:
  OpenFile(FaultFileSystem& files, DiskModel::InodeId inode, std::string path, bool is_writable)
      : files_(files),
        inode_(inode),
        path_(std::move(path)),
        is_writable_(is_writable),
        boot_(files.boot_) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override {
    const std::lock_guard lock(files_.mutex_);
    if (!IsLive()) return PowerIsLost(path_);
    return files_.Perform(
        {"ReadAt", path_, Range(offset, buffer.size())}, [&](Fate) -> Result<std::size_t> {
          if (files_.disk_.Stat(inode_).kind == FileKind::kDirectory) {
            return Refused(path_, "Is a directory");
          }
          const std::string& content = files_.disk_.Content(inode_);
          if (offset >= content.size()) return std::size_t{0};
          const std::size_t size = std::min<std::size_t>(buffer.size(), content.size() - offset);
          if (size > 0) std::memcpy(buffer.data(), content.data() + offset, size);
          return size;
        });
  }

  Result<void> WriteAt(std::uint64_t offset, ByteSpan bytes) override {
    const std::lock_guard lock(files_.mutex_);
    if (!IsLive()) return PowerIsLost(path_);
    const auto write = [&](Fate fate) -> Result<void> {
      if (!is_writable_) return Refused(path_, "Bad file descriptor");
      std::string_view text = AsText(bytes);
      if (fate == Fate::kFails) text = text.substr(0, text.size() / 2);
      if (!text.empty()) files_.disk_.Write(inode_, offset, text);
      return {};
    };
    return files_.Perform({"WriteAt", path_, Range(offset, bytes.size()), true, true}, write, true);
  }

  Result<void> Sync() override {
    const std::lock_guard lock(files_.mutex_);
    if (!IsLive()) return PowerIsLost(path_);
    const auto sync = [&](Fate fate) -> Result<void> {
      if (fate == Fate::kSucceeds) files_.disk_.Sync(inode_);
      if (fate == Fate::kFails) files_.disk_.FailSync(inode_);
      return {};
    };
    // Where space is only reserved at write-back, a full device shows here.
    return files_.Perform({"Sync", path_, "", true, true}, sync, true);
  }

  void StartWriteback(std::uint64_t offset, std::uint64_t size_bytes) override {
    const std::lock_guard lock(files_.mutex_);
    if (IsLive()) files_.calls_.push_back({"StartWriteback", path_, Range(offset, size_bytes)});
  }

  Result<void> Truncate(std::uint64_t size_bytes) override {
    const std::lock_guard lock(files_.mutex_);
    if (!IsLive()) return PowerIsLost(path_);
    return files_.Perform({"Truncate", path_, std::to_string(size_bytes), true},
                          [&](Fate) -> Result<void> {
                            if (!is_writable_) return Refused(path_, "Invalid argument");
                            files_.disk_.Truncate(inode_, size_bytes);
                            return {};
                          });
  }

  Result<FileStat> Stat() const override {
    const std::lock_guard lock(files_.mutex_);
    if (!IsLive()) return PowerIsLost(path_);
    return files_.Perform({"File::Stat", path_},
                          [&](Fate) -> Result<FileStat> { return files_.disk_.Stat(inode_); });
  }

  const std::string& path() const override { return path_; }

 private:
  bool IsLive() const { return boot_ == files_.boot_; }

  FaultFileSystem& files_;
  const DiskModel::InodeId inode_;
  const std::string path_;
  const bool is_writable_;
  const int boot_;
};

class FaultFileSystem::HeldLock final : public FileLock {
 public:
  HeldLock(FaultFileSystem& files, DiskModel::InodeId inode, LockMode mode)
      : files_(files), inode_(inode), mode_(mode), boot_(files.boot_) {}
  ~HeldLock() override { files_.Unlock(inode_, mode_, boot_); }

 private:
  FaultFileSystem& files_;
  const DiskModel::InodeId inode_;
  const LockMode mode_;
  const int boot_;
};

FaultFileSystem::FaultFileSystem() = default;

void FaultFileSystem::CrashAfterCall(int n) {
  const std::lock_guard lock(mutex_);
  crash_at_call_ = n;
}

void FaultFileSystem::CrashAfterChange(int n) {
  const std::lock_guard lock(mutex_);
  crash_at_change_ = n;
}

void FaultFileSystem::FailCall(int n, FaultKind kind, FaultDuration duration) {
  const std::lock_guard lock(mutex_);
  fail_at_ = n;
  fault_kind_ = kind;
  fault_duration_ = duration;
}

void FaultFileSystem::Crash() {
  const std::lock_guard lock(mutex_);
  TakeDown();
}

bool FaultFileSystem::crashed() const {
  const std::lock_guard lock(mutex_);
  return crashed_;
}

bool FaultFileSystem::fault_injected() const {
  const std::lock_guard lock(mutex_);
  return fault_injected_;
}

FaultFileSystem::Fate FaultFileSystem::Decide(const Call& call) {
  const int call_number = call_count_++;
  const int change_number = call.is_change ? change_count_++ : -1;
  const int space_number = call.needs_space ? space_count_++ : -1;
  if (crash_at_call_ == call_number) return Fate::kPowerGoes;
  if (call.is_change && crash_at_change_ == change_number) return Fate::kPowerGoes;
  if (!fail_at_.has_value()) return Fate::kSucceeds;
  const int number = fault_kind_ == FaultKind::kNoSpace ? space_number : call_number;
  const bool fails =
      number == *fail_at_ || (fault_duration_ == FaultDuration::kFromThenOn && number > *fail_at_);
  return fails ? Fate::kFails : Fate::kSucceeds;
}

void FaultFileSystem::TakeDown() {
  if (is_down_) return;
  is_down_ = true;
  crashed_ = true;
  disk_at_crash_ = disk_;
  unlocked_.notify_all();
}

std::vector<PowerLoss> FaultFileSystem::PowerLosses() const {
  const std::lock_guard lock(mutex_);
  REPRISE_ASSERT(crashed_);
  return disk_at_crash_.PowerLosses();
}

PowerLoss FaultFileSystem::NothingLost() const {
  const std::lock_guard lock(mutex_);
  REPRISE_ASSERT(crashed_);
  return disk_at_crash_.NothingLost();
}

void FaultFileSystem::Reboot(const PowerLoss& loss) {
  const std::lock_guard lock(mutex_);
  REPRISE_ASSERT(crashed_);
  disk_ = disk_at_crash_.AfterPowerLoss(loss);
  locks_.clear();
  is_down_ = false;
  ++boot_;
  crash_at_call_.reset();
  crash_at_change_.reset();
  fail_at_.reset();
}

void FaultFileSystem::SyncAll() {
  const std::lock_guard lock(mutex_);
  REPRISE_ASSERT(!is_down_);
  disk_.SyncAll();
  calls_.clear();
  call_count_ = change_count_ = space_count_ = 0;
  crashed_ = fault_injected_ = false;
  crash_at_call_.reset();
  crash_at_change_.reset();
  fail_at_.reset();
}

std::vector<FaultFileSystem::Call> FaultFileSystem::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

Result<std::unique_ptr<File>> FaultFileSystem::Open(const std::string& path, OpenMode mode,
                                                    mode_t permissions) {
  const std::lock_guard lock(mutex_);
  const bool creates = mode == OpenMode::kCreate || mode == OpenMode::kCreateExclusive;
  const auto open = [&](Fate) -> Result<std::unique_ptr<File>> {
    auto inode = disk_.Find(path, mode == OpenMode::kCreateExclusive ? Follow::kNo : Follow::kYes);
    if (inode.ok() && mode == OpenMode::kCreateExclusive) {
      return Error{ErrorCode::kAlreadyExists, "cannot open '" + Printable(path) + "': File exists"};
    }
    if (!inode.ok() && creates) inode = disk_.Create(path, FileKind::kFile, permissions);
    if (!inode.ok()) return std::move(inode).error();
    if (disk_.Stat(*inode).kind == FileKind::kDirectory && mode != OpenMode::kRead) {
      return Refused(path, "Is a directory");
    }
    return std::unique_ptr<File>(
        std::make_unique<OpenFile>(*this, *inode, path, mode != OpenMode::kRead));
  };
  return Perform({"Open", path, "", creates, creates}, open);
}

Result<std::unique_ptr<FileMapping>> FaultFileSystem::Map(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return Perform({"Map", path}, [&](Fate) -> Result<std::unique_ptr<FileMapping>> {
    REPRISE_ASSIGN_OR_RETURN(const auto inode, disk_.Find(path, Follow::kYes));
    if (disk_.Stat(inode).kind != FileKind::kFile) return Refused(path, "No such device");
    return std::unique_ptr<FileMapping>(std::make_unique<CopiedMapping>(disk_.Content(inode)));
  });
}

Result<FileStat> FaultFileSystem::Stat(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return Perform({"Stat", path}, [&](Fate) -> Result<FileStat> {
    REPRISE_ASSIGN_OR_RETURN(const auto inode, disk_.Find(path, Follow::kNo));
    return disk_.Stat(inode);
  });
}

Result<FileStat> FaultFileSystem::StatFollowing(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return Perform({"StatFollowing", path}, [&](Fate) -> Result<FileStat> {
    REPRISE_ASSIGN_OR_RETURN(const auto inode, disk_.Find(path, Follow::kYes));
    return disk_.Stat(inode);
  });
}

Result<std::vector<DirectoryEntry>> FaultFileSystem::List(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return Perform({"List", path}, [&](Fate) -> Result<std::vector<DirectoryEntry>> {
    REPRISE_ASSIGN_OR_RETURN(const auto folder, disk_.FindFolder(path));
    return disk_.List(folder);
  });
}

Result<std::string> FaultFileSystem::ReadLink(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return Perform({"ReadLink", path}, [&](Fate) -> Result<std::string> {
    REPRISE_ASSIGN_OR_RETURN(const auto inode, disk_.Find(path, Follow::kNo));
    if (disk_.Stat(inode).kind != FileKind::kSymlink) return Refused(path, "Invalid argument");
    return disk_.Target(inode);
  });
}

Result<void> FaultFileSystem::CreateSymlink(const std::string& target, const std::string& path) {
  const std::lock_guard lock(mutex_);
  return Perform({"CreateSymlink", path, target, true, true}, [&](Fate) -> Result<void> {
    if (target.empty() || target.find('\0') != std::string::npos) {
      return Error{ErrorCode::kInvalidArgument, "'" + Printable(target) + "' cannot be a target"};
    }
    REPRISE_TRY(disk_.Create(path, FileKind::kSymlink, 0777, target));
    return {};
  });
}

Result<void> FaultFileSystem::CreateDirectory(const std::string& path, mode_t permissions) {
  const std::lock_guard lock(mutex_);
  return Perform({"CreateDirectory", path, "", true, true}, [&](Fate) -> Result<void> {
    REPRISE_TRY(disk_.Create(path, FileKind::kDirectory, permissions));
    return {};
  });
}

Result<void> FaultFileSystem::RemoveFile(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return Perform({"RemoveFile", path, "", true},
                 [&](Fate) { return disk_.Remove(path, FileKind::kFile); });
}

Result<void> FaultFileSystem::RemoveDirectory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return Perform({"RemoveDirectory", path, "", true},
                 [&](Fate) { return disk_.Remove(path, FileKind::kDirectory); });
}

Result<void> FaultFileSystem::Rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  return Perform({"Rename", from, to, true, true}, [&](Fate) { return disk_.Rename(from, to); });
}

Result<void> FaultFileSystem::SyncDirectory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  return Perform({"SyncDirectory", path, "", true}, [&](Fate fate) -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const auto folder, disk_.FindFolder(path));
    if (fate == Fate::kSucceeds) disk_.SyncFolder(folder);
    return {};
  });
}

Result<void> FaultFileSystem::SetPermissions(const std::string& path, mode_t permissions) {
  const std::lock_guard lock(mutex_);
  return Perform({"SetPermissions", path, "", true}, [&](Fate) -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const auto inode, disk_.Find(path, Follow::kYes));
    disk_.SetPermissions(inode, permissions);
    return {};
  });
}

bool FaultFileSystem::TryLock(DiskModel::InodeId inode, LockMode mode) {
  Holders& holders = locks_[inode];
  if (holders.is_exclusive || (mode == LockMode::kExclusive && holders.shared > 0)) return false;
  if (mode == LockMode::kExclusive) {
    holders.is_exclusive = true;
  } else {
    ++holders.shared;
  }
  return true;
}

void FaultFileSystem::Unlock(DiskModel::InodeId inode, LockMode mode, int boot) {
  const std::lock_guard lock(mutex_);
  if (boot != boot_) return;
  Holders& holders = locks_[inode];
  if (mode == LockMode::kExclusive) {
    holders.is_exclusive = false;
  } else {
    --holders.shared;
  }
  unlocked_.notify_all();
}

Result<std::unique_ptr<FileLock>> FaultFileSystem::Lock(const std::string& path, LockMode mode,
                                                        std::int64_t wait_ms_max) {
  std::unique_lock lock(mutex_);
  DiskModel::InodeId inode = 0;
  // It is a change only if it makes the file.
  const bool creates = !is_down_ && !disk_.Find(path, Follow::kYes).ok();
  const auto open = [&](Fate) -> Result<void> {
    auto found = disk_.Find(path, Follow::kYes);
    if (!found.ok()) found = disk_.Create(path, FileKind::kFile, 0644);
    if (!found.ok()) return std::move(found).error();
    inode = *found;
    return {};
  };
  REPRISE_TRY(Perform({"Lock", path, "", creates, creates}, open));
  const int boot = boot_;
  const bool is_locked = unlocked_.wait_for(lock, std::chrono::milliseconds(wait_ms_max), [&] {
    return is_down_ || boot != boot_ || TryLock(inode, mode);
  });
  if (is_down_ || boot != boot_) return PowerIsLost(path);
  if (!is_locked) {
    return Error{ErrorCode::kTimeout, "'" + Printable(path) + "' is locked by another process"};
  }
  return std::unique_ptr<FileLock>(std::make_unique<HeldLock>(*this, inode, mode));
}

Enumeration EnumerateCrashes(const std::function<void(FaultFileSystem&)>& prepare,
                             const std::function<void(FaultFileSystem&)>& scenario,
                             const std::function<void(FaultFileSystem&)>& check) {
  Enumeration seen;
  for (bool is_complete = false; !is_complete; ++seen.moments) {
    SCOPED_TRACE("power lost at change " + std::to_string(seen.moments));
    FaultFileSystem files;
    prepare(files);
    files.SyncAll();
    files.CrashAfterChange(seen.moments);
    scenario(files);
    is_complete = !files.crashed();
    if (is_complete) files.Crash();
    for (const PowerLoss& loss : files.PowerLosses()) {
      SCOPED_TRACE(ToString(loss));
      files.Reboot(loss);
      check(files);
      ++seen.outcomes;
      if (::testing::Test::HasFatalFailure()) return seen;
    }
  }
  --seen.moments;  // The last one was the complete scenario.
  return seen;
}

Enumeration EnumerateFailures(FaultFileSystem::FaultKind kind,
                              FaultFileSystem::FaultDuration duration,
                              const std::function<void(FaultFileSystem&)>& prepare,
                              const std::function<void(FaultFileSystem&)>& scenario,
                              const std::function<void(FaultFileSystem&)>& check) {
  Enumeration seen;
  for (;; ++seen.moments) {
    SCOPED_TRACE("failing call " + std::to_string(seen.moments));
    FaultFileSystem files;
    prepare(files);
    files.SyncAll();
    files.FailCall(seen.moments, kind, duration);
    scenario(files);
    if (!files.fault_injected()) return seen;
    files.Crash();
    std::vector<PowerLoss> losses = files.PowerLosses();
    losses.insert(losses.begin(), files.NothingLost());  // The process has ended, no more.
    for (const PowerLoss& loss : losses) {
      SCOPED_TRACE(ToString(loss));
      files.Reboot(loss);
      check(files);
      ++seen.outcomes;
      if (::testing::Test::HasFatalFailure()) return seen;
    }
  }
}

}  // namespace reprise::testing
