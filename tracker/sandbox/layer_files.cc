#include "tracker/sandbox/layer_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace reprise::tracker {
namespace {

Result<void> OpenToOwner(FileSystem& files, const std::string& folder) {
  REPRISE_TRY(files.SetPermissions(folder, 0700));
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(folder));
  for (const DirectoryEntry& entry : entries) {
    if (entry.stat.kind != FileKind::kDirectory) continue;
    REPRISE_TRY(OpenToOwner(files, JoinPath(folder, entry.name)));
  }
  return {};
}

}  // namespace

Result<void> CopyWithMode(FileSystem& files, const std::string& from, const FileStat& stat,
                          const std::string& to) {
  REPRISE_TRY(files.CopyFile(from, to, 0600));
  REPRISE_TRY(files.SetPermissions(to, stat.mode & kPermissions));
  return files.SetModificationTime(to, stat.mtime_unix_ns);
}

OpenedFolder::OpenedFolder(FileSystem& files, std::string folder)
    : files_(files), folder_(std::move(folder)) {
  const auto stat = files_.Stat(folder_);
  if (!stat.ok() || (stat->mode & 0700) == 0700) return;
  const mode_t mode = stat->mode & kPermissions;
  if (files_.SetPermissions(folder_, mode | 0700).ok()) closed_mode_ = mode;
}

OpenedFolder::~OpenedFolder() {
  if (closed_mode_) (void)files_.SetPermissions(folder_, *closed_mode_);
}

Result<bool> HaveEqualBytes(FileSystem& files, const std::string& a, const std::string& b) {
  REPRISE_ASSIGN_OR_RETURN(const auto file_a, files.Open(a, OpenMode::kRead));
  REPRISE_ASSIGN_OR_RETURN(const auto file_b, files.Open(b, OpenMode::kRead));
  std::vector<std::byte> block_a(1 << 20);
  std::vector<std::byte> block_b(block_a.size());
  for (std::uint64_t offset = 0;; offset += block_a.size()) {
    REPRISE_ASSIGN_OR_RETURN(const std::size_t count_a, file_a->ReadAt(offset, block_a));
    REPRISE_ASSIGN_OR_RETURN(const std::size_t count_b, file_b->ReadAt(offset, block_b));
    if (count_a != count_b ||
        !std::equal(block_a.begin(), block_a.begin() + count_a, block_b.begin())) {
      return false;
    }
    if (count_a < block_a.size()) return true;
  }
}

Result<bool> IsWhiteout(const std::string& path, const FileStat& stat) {
  if (stat.kind != FileKind::kOther) return false;
  struct stat st;
  if (lstat(path.c_str(), &st) != 0) {
    return Error{ErrorCode::kIoError,
                 "cannot examine '" + Printable(path) + "': " + std::strerror(errno)};
  }
  return S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
}

bool IsOpaque(const std::string& folder) {
  std::array<char, 8> value{};
  return lgetxattr(folder.c_str(), "user.overlay.opaque", value.data(), value.size()) == 1 &&
         value[0] == 'y';
}

Result<void> RemoveLayers(FileSystem& files, const std::string& path) {
  const auto stat = files.Stat(path);
  if (stat.ok() && stat->kind == FileKind::kDirectory) REPRISE_TRY(OpenToOwner(files, path));
  return RemoveTree(files, path);
}

}  // namespace reprise::tracker
