// The one door to the file system.
//
// Everything in storage, lineage and tracker that touches a file does it through FileSystem, so
// that tests can put a double in its place that loses what was not synced, tears writes and fails
// any call (tests/support/fault_file_system.h).  Paths are byte strings: names need not be UTF-8.
//
// Durability: a written file survives power loss after Sync(); a created, renamed or removed name
// after SyncDirectory() of its folder.  A failed sync is final: the kernel may have dropped the
// pages, so the caller gives the file up and never retries.
//
// Errors of every method: kNotFound, kAlreadyExists, kNoSpace, kReadOnly or kIoError, with the path
// and the system's reason in the message; kInvalidArgument for a path with a zero byte.
//
// Thread-safety: FileSystem may be used by any number of threads; a File by one at a time, except
// that ReadAt() may be called concurrently.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/bytes.h"
#include "storage/base/result.h"

namespace reprise {

enum class FileKind { kFile, kDirectory, kSymlink, kOther };  // kOther: device, FIFO, socket.

// What stat(2) says of a name, and all that the stat cache compares.
struct FileStat {
  FileKind kind = FileKind::kFile;
  bool executable = false;  // The owner's executable bit.
  std::uint64_t size_bytes = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t mtime_unix_ns = 0;
  std::int64_t ctime_unix_ns = 0;
  std::uint32_t mode = 0;        // As st_mode.
  std::uint64_t disk_bytes = 0;  // Allocated: st_blocks * 512.

  friend bool operator==(const FileStat&, const FileStat&) = default;
};

// Whether a file is the same, with the same content, as far as its identity, size and times tell.
inline bool IsUnchanged(const FileStat& before, const FileStat& after) {
  return before.device == after.device && before.inode == after.inode &&
         before.size_bytes == after.size_bytes && before.mtime_unix_ns == after.mtime_unix_ns &&
         before.ctime_unix_ns == after.ctime_unix_ns;
}

struct DirectoryEntry {
  std::string name;
  FileStat stat;  // Of the name itself: symlinks are not followed.
};

class File {
 public:
  virtual ~File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  // Reads up to buffer.size() bytes at `offset`; returns how many, fewer only at the file's end.
  // Of what has no offsets (a pipe) these are the next bytes.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const = 0;

  // Writes all of `bytes`; on failure any part of them may have been written.
  virtual Result<void> WriteAt(std::uint64_t offset, ByteSpan bytes) = 0;

  // Makes the content survive power loss (fdatasync).
  virtual Result<void> Sync() = 0;

  // Asks the system to begin writing back a range without waiting; only a hint.
  virtual void StartWriteback(std::uint64_t offset, std::uint64_t size_bytes) = 0;

  virtual Result<void> Truncate(std::uint64_t size_bytes) = 0;
  virtual Result<FileStat> Stat() const = 0;
  virtual const std::string& path() const = 0;

 protected:
  File() = default;
};

// A read-only view of a whole file, valid while the object lives.
class FileMapping {
 public:
  virtual ~FileMapping() = default;
  virtual ByteSpan bytes() const = 0;
  // Gives the memory of the view back to the system, which reads what is asked for again: for
  // whoever walks through a file that is longer than the memory it may hold.
  virtual void Forget() const {}
};

// An advisory lock on a file (flock), held until destroyed or the process ends, even by SIGKILL.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

enum class OpenMode {
  kRead,            // Must exist.
  kReadWrite,       // Must exist.
  kCreate,          // Created if absent, kept if present; read and write.
  kCreateExclusive  // Must not exist; read and write.
};

enum class LockMode { kShared, kExclusive };

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // `permissions` apply when the file is created (and are narrowed by the umask).
  virtual Result<std::unique_ptr<File>> Open(const std::string& path, OpenMode mode,
                                             mode_t permissions = 0644) = 0;
  virtual Result<std::unique_ptr<FileMapping>> Map(const std::string& path) = 0;

  // Of the name itself; a symlink is not followed.
  virtual Result<FileStat> Stat(const std::string& path) = 0;
  // Of what the name leads to.
  virtual Result<FileStat> StatFollowing(const std::string& path) = 0;

  // The entries of a folder except "." and "..", in no order, each with its stat.  An entry that
  // vanishes meanwhile is left out.
  virtual Result<std::vector<DirectoryEntry>> List(const std::string& path) = 0;

  // Calls `visit` for each of these entries as it is found, without holding them all, and ends with
  // the first error of `visit`, which must not list a folder itself.
  virtual Result<void> ForEachEntry(
      const std::string& path, const std::function<Result<void>(DirectoryEntry entry)>& visit) {
    REPRISE_ASSIGN_OR_RETURN(std::vector<DirectoryEntry> entries, List(path));
    for (DirectoryEntry& entry : entries) REPRISE_TRY(visit(std::move(entry)));
    return {};
  }

  virtual Result<std::string> ReadLink(const std::string& path) = 0;
  // Errors: kAlreadyExists  atomically, if the name is taken.
  virtual Result<void> CreateSymlink(const std::string& target, const std::string& path) = 0;

  // Errors: kAlreadyExists  if anything of that name exists.
  virtual Result<void> CreateDirectory(const std::string& path, mode_t permissions = 0755) = 0;
  virtual Result<void> RemoveFile(const std::string& path) = 0;
  virtual Result<void> RemoveDirectory(const std::string& path) = 0;
  // Atomic; replaces a file at `to`.
  virtual Result<void> Rename(const std::string& from, const std::string& to) = 0;
  // Copies the bytes that `from` has now into the new file `to`, sharing their blocks where the
  // file system can.  On failure nothing is left at `to`.
  // Errors: kAlreadyExists  if anything is there.
  virtual Result<void> CopyFile(const std::string& from, const std::string& to,
                                mode_t permissions = 0644);
  virtual Result<void> SyncDirectory(const std::string& path) = 0;
  virtual Result<void> SetPermissions(const std::string& path, mode_t permissions) = 0;
  // When the content of the name itself (not of what a symlink leads to) was last changed.
  // Errors: kUnsupported  this file system does not keep it.
  virtual Result<void> SetModificationTime(const std::string& path, std::int64_t unix_ns);

  // Whether `path` lies on a file system that other machines write too (NFS, Lustre, SMB, FUSE over
  // a network), on which locks and syncs cannot be relied upon.
  virtual Result<bool> IsShared(const std::string& path) {
    (void)path;
    return false;
  }

  // Whether this process may create names in the folder `path`.
  // Errors: kReadOnly  the medium or the permissions forbid it.
  virtual Result<void> CheckWritable(const std::string& path) {
    (void)path;
    return {};
  }

  // Locks the file at `path`, created if absent, waiting at most `wait_ms_max`; 0 tries once.
  // Errors: kTimeout  another process holds a conflicting lock.
  virtual Result<std::unique_ptr<FileLock>> Lock(const std::string& path, LockMode mode,
                                                 std::int64_t wait_ms_max) = 0;

  // Makes `to` a hard link to the file that the name `from` leads to.  Atomic; replaces nothing.
  // Errors: kAlreadyExists  if anything is at `to`.
  //         kUnsupported    this file system has no such links (FAT, some of FUSE).
  virtual Result<void> Link(const std::string& from, const std::string& to);

 protected:
  FileSystem() = default;
};

// The real file system; lives as long as the process.
FileSystem& PosixFileSystem();

// Helpers on top of any FileSystem -----------------------------------------------------------

// `folder` and `name` joined by one slash.
std::string JoinPath(std::string_view folder, std::string_view name);
// The path before the last slash: "." if there is none, "/" for a name in the root.
std::string ParentPath(std::string_view path);
// The path after the last slash.
std::string BaseName(std::string_view path);

// The whole content of a file of at most `size_bytes_max` bytes.
// Errors: kInvalidArgument  larger than that.
Result<std::string> ReadFile(FileSystem& files, const std::string& path,
                             std::uint64_t size_bytes_max = std::uint64_t{1} << 30);

// Replaces the file at `path` by `content` so that a crash at any point leaves the old or the new
// content: temporary name in the same folder, sync, rename, sync of the folder.
Result<void> WriteFileDurably(FileSystem& files, const std::string& path, std::string_view content,
                              mode_t permissions = 0644);

// As WriteFileDurably without the syncs: atomic for other processes, but power loss may leave the
// file empty or old.  For caches.
Result<void> WriteFileAtomically(FileSystem& files, const std::string& path,
                                 std::string_view content, mode_t permissions = 0644);

// Creates `path` and every missing parent; existing folders are not an error.  Not durable until
// the parents are synced.
Result<void> CreateDirectories(FileSystem& files, const std::string& path);

// Removes `path` and all below it; symlinks are removed, not followed.  Absence is not an error.
Result<void> RemoveTree(FileSystem& files, const std::string& path);

// True if the name exists (whatever it is; a dangling symlink exists).
bool Exists(FileSystem& files, const std::string& path);

// The same for whoever must know: a device that does not answer is no proof of absence.
// Errors: those of FileSystem::Stat(), but kNotFound.
Result<bool> IsThere(FileSystem& files, const std::string& path);

}  // namespace reprise
