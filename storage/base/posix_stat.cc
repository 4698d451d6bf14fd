#include "storage/base/posix_stat.h"

#include <cstdint>

namespace reprise {
namespace {

// A time beyond the years 1677 to 2262, which a file may be given, is the first or last of them.
std::int64_t Nanoseconds(const timespec& time) {
  std::int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(std::int64_t{time.tv_sec}, std::int64_t{1'000'000'000},
                             &nanoseconds) ||
      __builtin_add_overflow(nanoseconds, std::int64_t{time.tv_nsec}, &nanoseconds)) {
    return time.tv_sec < 0 ? INT64_MIN : INT64_MAX;
  }
  return nanoseconds;
}

}  // namespace

FileStat FromStat(const struct stat& st) {
  FileStat result;
  result.kind = S_ISREG(st.st_mode)   ? FileKind::kFile
                : S_ISDIR(st.st_mode) ? FileKind::kDirectory
                : S_ISLNK(st.st_mode) ? FileKind::kSymlink
                                      : FileKind::kOther;
  result.executable = (st.st_mode & S_IXUSR) != 0;
  result.size_bytes = static_cast<std::uint64_t>(st.st_size);
  result.device = st.st_dev;
  result.inode = st.st_ino;
  result.mtime_unix_ns = Nanoseconds(st.st_mtim);
  result.ctime_unix_ns = Nanoseconds(st.st_ctim);
  result.mode = st.st_mode;
  result.disk_bytes = static_cast<std::uint64_t>(st.st_blocks) * 512;
  return result;
}

}  // namespace reprise
