// FileSystem by system calls.  Every descriptor is close-on-exec, so that no child of a recorder
// inherits a lock or a store file.

#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "storage/base/file.h"
#include "storage/base/posix_stat.h"

namespace reprise {
namespace {

ErrorCode CodeOf(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNotFound;
    case EEXIST:
      return ErrorCode::kAlreadyExists;
    case ENOSPC:
    case EDQUOT:
      return ErrorCode::kNoSpace;
    case EROFS:
      return ErrorCode::kReadOnly;
    default:
      return ErrorCode::kIoError;
  }
}

Error SystemError(std::string_view action, std::string_view path, int error_number = errno) {
  return {CodeOf(error_number), "cannot " + std::string(action) + " '" + Printable(path) +
                                    "': " + std::strerror(error_number)};
}

Result<void> CheckPath(const std::string& path) {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(path) + "' cannot be a path: it is empty or has a zero byte"};
  }
  return {};
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

Result<Descriptor> OpenDescriptor(const std::string& path, int flags, mode_t permissions = 0) {
  REPRISE_TRY(CheckPath(path));
  int fd;
  do {
    fd = open(path.c_str(), flags | O_CLOEXEC, permissions);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) return SystemError("open", path);
  return Descriptor(fd);
}

// All that is left of `from` to the end of `to`, through our memory; 0, or the errno.
int CopyByReading(int from, int to) {
  std::vector<char> buffer(1 << 20);
  for (;;) {
    const ssize_t filled = read(from, buffer.data(), buffer.size());
    if (filled < 0 && errno == EINTR) continue;
    if (filled <= 0) return filled < 0 ? errno : 0;
    for (ssize_t written = 0; written < filled;) {
      const ssize_t count =
          write(to, buffer.data() + written, static_cast<std::size_t>(filled - written));
      if (count < 0 && errno != EINTR) return errno;
      if (count > 0) written += count;
    }
  }
}

// All content of `from` into the empty `to`; 0, or the errno of what failed.
int CopyContent(int from, int to) {
  constexpr std::size_t kBytesAtOnce = std::size_t{8} << 20;
  if (ioctl(to, FICLONE, from) == 0) return 0;
  for (;;) {
    const ssize_t count = copy_file_range(from, nullptr, to, nullptr, kBytesAtOnce, 0);
    if (count == 0) return 0;
    if (count > 0 || errno == EINTR) continue;
    // Between two file systems, or one that has no such call.
    const bool is_refused =
        errno == EXDEV || errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL;
    return is_refused ? CopyByReading(from, to) : errno;
  }
}

// Whether there is something to read before long; an interruption counts as that.
bool WaitsUntilReadable(int fd) {
  constexpr int kWaitMsMax = 10'000;
  pollfd waited{fd, POLLIN, 0};
  const int ready = poll(&waited, 1, kWaitMsMax);
  if (ready == 0) errno = EAGAIN;
  return ready > 0 || (ready < 0 && errno == EINTR);
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override {
    std::size_t total = 0;
    while (total < buffer.size()) {
      ssize_t count = pread(fd_.get(), buffer.data() + total, buffer.size() - total,
                            static_cast<off_t>(offset + total));
      if (count < 0 && errno == ESPIPE) {
        count = read(fd_.get(), buffer.data() + total, buffer.size() - total);
      }
      if (count < 0 && errno == EINTR) continue;
      // A pipe whose writer has not come to it yet.
      if (count < 0 && errno == EAGAIN && WaitsUntilReadable(fd_.get())) continue;
      if (count < 0) return SystemError("read", path_);
      if (count == 0) break;
      total += static_cast<std::size_t>(count);
    }
    return total;
  }

  Result<void> WriteAt(std::uint64_t offset, ByteSpan bytes) override {
    while (!bytes.empty()) {
      const ssize_t count =
          pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return SystemError("write", path_);
      offset += static_cast<std::uint64_t>(count);
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }

  Result<void> Sync() override {
    if (fdatasync(fd_.get()) != 0) return SystemError("sync", path_);
    return {};
  }

  void StartWriteback(std::uint64_t offset, std::uint64_t size_bytes) override {
    sync_file_range(fd_.get(), static_cast<off_t>(offset), static_cast<off_t>(size_bytes),
                    SYNC_FILE_RANGE_WRITE);
  }

  Result<void> Truncate(std::uint64_t size_bytes) override {
    if (ftruncate(fd_.get(), static_cast<off_t>(size_bytes)) != 0) {
      return SystemError("truncate", path_);
    }
    return {};
  }

  Result<FileStat> Stat() const override {
    struct stat st;
    if (fstat(fd_.get(), &st) != 0) return SystemError("stat", path_);
    return FromStat(st);
  }

  const std::string& path() const override { return path_; }

 private:
  Descriptor fd_;
  std::string path_;
};

class PosixMapping final : public FileMapping {
 public:
  PosixMapping(void* address, std::size_t size_bytes) : address_(address), size_(size_bytes) {}
  ~PosixMapping() override {
    if (size_ > 0) munmap(address_, size_);
  }
  PosixMapping(const PosixMapping&) = delete;
  PosixMapping& operator=(const PosixMapping&) = delete;
  ByteSpan bytes() const override { return {static_cast<const std::byte*>(address_), size_}; }
  void Forget() const override {
    if (size_ > 0) madvise(address_, size_, MADV_DONTNEED);  // Without effect at worst.
  }

 private:
  void* address_;
  std::size_t size_;
};

class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;  // Closing it releases the lock.
};

class Posix final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode,
                                     mode_t permissions) override {
    int flags = O_RDWR;
    if (mode == OpenMode::kRead) flags = O_RDONLY | O_NONBLOCK;  // A FIFO must not block us.
    if (mode == OpenMode::kCreate) flags = O_RDWR | O_CREAT;
    if (mode == OpenMode::kCreateExclusive) flags = O_RDWR | O_CREAT | O_EXCL;
    REPRISE_ASSIGN_OR_RETURN(Descriptor fd, OpenDescriptor(path, flags, permissions));
    return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(fd), path));
  }

  Result<std::unique_ptr<FileMapping>> Map(const std::string& path) override {
    REPRISE_ASSIGN_OR_RETURN(const Descriptor fd, OpenDescriptor(path, O_RDONLY));
    struct stat st;
    if (fstat(fd.get(), &st) != 0) return SystemError("stat", path);
    void* address = nullptr;
    const auto size_bytes = static_cast<std::size_t>(st.st_size);
    if (size_bytes > 0) {
      address = mmap(nullptr, size_bytes, PROT_READ, MAP_SHARED, fd.get(), 0);
      if (address == MAP_FAILED) return SystemError("map", path);
    }
    return std::unique_ptr<FileMapping>(std::make_unique<PosixMapping>(address, size_bytes));
  }

  Result<FileStat> Stat(const std::string& path) override {
    REPRISE_TRY(CheckPath(path));
    struct stat st;
    if (lstat(path.c_str(), &st) != 0) return SystemError("stat", path);
    return FromStat(st);
  }

  Result<FileStat> StatFollowing(const std::string& path) override {
    REPRISE_TRY(CheckPath(path));
    struct stat st;
    if (stat(path.c_str(), &st) != 0) return SystemError("stat", path);
    return FromStat(st);
  }

  Result<std::vector<DirectoryEntry>> List(const std::string& path) override {
    std::vector<DirectoryEntry> entries;
    REPRISE_TRY(ForEachEntry(path, [&](DirectoryEntry entry) -> Result<void> {
      entries.push_back(std::move(entry));
      return {};
    }));
    return entries;
  }

  Result<void> ForEachEntry(
      const std::string& path,
      const std::function<Result<void>(DirectoryEntry entry)>& visit) override {
    REPRISE_ASSIGN_OR_RETURN(const Descriptor fd, OpenDescriptor(path, O_RDONLY | O_DIRECTORY));
    // Not by readdir(): it would cost two calls and 32 KiB more for each folder.
    alignas(dirent64) thread_local std::array<char, 64 << 10> buffer;
    for (;;) {
      const ssize_t filled = getdents64(fd.get(), buffer.data(), buffer.size());
      if (filled < 0) return SystemError("list", path);
      if (filled == 0) return {};
      for (ssize_t position = 0; position < filled;) {
        const auto* const entry = reinterpret_cast<const dirent64*>(buffer.data() + position);
        position += entry->d_reclen;
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        struct stat st;
        if (fstatat(fd.get(), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
          if (errno == ENOENT) continue;
          return SystemError("stat", JoinPath(path, name));
        }
        REPRISE_TRY(visit({std::string(name), FromStat(st)}));
      }
    }
  }

  Result<std::string> ReadLink(const std::string& path) override {
    REPRISE_TRY(CheckPath(path));
    std::string target(4096, '\0');
    const ssize_t length = readlink(path.c_str(), target.data(), target.size());
    if (length < 0) return SystemError("read the link", path);
    target.resize(static_cast<std::size_t>(length));
    return target;
  }

  Result<void> CreateSymlink(const std::string& target, const std::string& path) override {
    REPRISE_TRY(CheckPath(path));
    REPRISE_TRY(CheckPath(target));
    if (symlink(target.c_str(), path.c_str()) != 0) return SystemError("create the link", path);
    return {};
  }

  Result<void> CreateDirectory(const std::string& path, mode_t permissions) override {
    REPRISE_TRY(CheckPath(path));
    if (mkdir(path.c_str(), permissions) != 0) return SystemError("create the folder", path);
    return {};
  }

  Result<void> RemoveFile(const std::string& path) override {
    REPRISE_TRY(CheckPath(path));
    if (unlink(path.c_str()) != 0) return SystemError("remove", path);
    return {};
  }

  Result<void> RemoveDirectory(const std::string& path) override {
    REPRISE_TRY(CheckPath(path));
    if (rmdir(path.c_str()) != 0) return SystemError("remove the folder", path);
    return {};
  }

  Result<void> Rename(const std::string& from, const std::string& to) override {
    REPRISE_TRY(CheckPath(from));
    REPRISE_TRY(CheckPath(to));
    if (rename(from.c_str(), to.c_str()) != 0) return SystemError("rename", from);
    return {};
  }

  Result<void> Link(const std::string& from, const std::string& to) override {
    REPRISE_TRY(CheckPath(from));
    REPRISE_TRY(CheckPath(to));
    if (linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
    const bool knows_none = errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS;
    return knows_none ? FileSystem::Link(from, to) : SystemError("link", to);
  }

  Result<void> CopyFile(const std::string& from, const std::string& to,
                        mode_t permissions) override {
    REPRISE_ASSIGN_OR_RETURN(const Descriptor source, OpenDescriptor(from, O_RDONLY));
    REPRISE_ASSIGN_OR_RETURN(const Descriptor target,
                             OpenDescriptor(to, O_WRONLY | O_CREAT | O_EXCL, permissions));
    const int failed = CopyContent(source.get(), target.get());
    if (failed == 0) return {};
    unlink(to.c_str());
    errno = failed;
    return SystemError("copy", from);
  }

  Result<void> SyncDirectory(const std::string& path) override {
    REPRISE_ASSIGN_OR_RETURN(const Descriptor fd, OpenDescriptor(path, O_RDONLY | O_DIRECTORY));
    if (fsync(fd.get()) != 0) return SystemError("sync the folder", path);
    return {};
  }

  Result<void> SetModificationTime(const std::string& path, std::int64_t unix_ns) override {
    REPRISE_TRY(CheckPath(path));
    constexpr std::int64_t kSecond = 1'000'000'000;
    std::int64_t seconds = unix_ns / kSecond;
    if (seconds * kSecond > unix_ns) --seconds;  // Before 1970.
    const timespec times[2] = {{0, UTIME_OMIT}, {seconds, unix_ns - seconds * kSecond}};
    if (utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) {
      return SystemError("set the time of", path);
    }
    return {};
  }

  Result<void> SetPermissions(const std::string& path, mode_t permissions) override {
    REPRISE_TRY(CheckPath(path));
    if (chmod(path.c_str(), permissions) != 0) return SystemError("set the mode of", path);
    return {};
  }

  Result<bool> IsShared(const std::string& path) override {
    REPRISE_TRY(CheckPath(path));
    struct statfs fs;
    if (statfs(path.c_str(), &fs) != 0) return SystemError("examine the file system of", path);
    constexpr decltype(fs.f_type) kShared[] = {
        0x6969,                                        // NFS
        0x0BD00BD0,                                    // Lustre
        static_cast<decltype(fs.f_type)>(0xFF534D42),  // CIFS
        static_cast<decltype(fs.f_type)>(0xFE534D42),  // SMB 2
        0x47504653,                                    // GPFS
        0x19830326,                                    // BeeGFS
    };
    return std::ranges::find(kShared, fs.f_type) != std::end(kShared);
  }

  Result<void> CheckWritable(const std::string& path) override {
    REPRISE_TRY(CheckPath(path));
    if (faccessat(AT_FDCWD, path.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return {};
    const int error_number = errno;
    Error error = SystemError("write to", path, error_number);
    if (error_number == EACCES || error_number == EPERM) error.code = ErrorCode::kReadOnly;
    return error;
  }

  Result<std::unique_ptr<FileLock>> Lock(const std::string& path, LockMode mode,
                                         std::int64_t wait_ms_max) override {
    // A lock on a read-only medium needs no write access; flock takes any descriptor.
    auto opened = OpenDescriptor(path, O_RDWR | O_CREAT, 0644);
    if (!opened.ok()) {
      auto readable = OpenDescriptor(path, O_RDONLY);
      if (!readable.ok()) return std::move(opened).error();
      opened = std::move(readable);
    }
    const int operation = (mode == LockMode::kShared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_ms_max);
    auto pause = std::chrono::microseconds(200);
    while (flock(opened->get(), operation) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) return SystemError("lock", path);
      if (std::chrono::steady_clock::now() >= deadline) {
        return Error{ErrorCode::kTimeout, "'" + Printable(path) +
                                              "' is locked by another process; try again when it "
                                              "has finished"};
      }
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 3 / 2, std::chrono::microseconds(10'000));
    }
    return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(*std::move(opened)));
  }
};

}  // namespace

FileSystem& PosixFileSystem() {
  static Posix instance;
  return instance;
}

}  // namespace reprise
