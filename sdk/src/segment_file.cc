#include "sdk/src/segment_file.h"

#include <algorithm>
#include <cerrno>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

namespace reprise::sdk {
namespace {

#ifndef MADV_POPULATE_WRITE
constexpr int MADV_POPULATE_WRITE = 23;  // Linux 5.14; older C libraries do not name it.
#endif

// Growing a file beyond RLIMIT_FSIZE would raise SIGXFSZ, which kills.
bool ExceedsFileSizeLimit(std::size_t size_bytes) {
  rlimit limit{};
  return getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
         size_bytes > limit.rlim_cur;
}

// For file systems without fallocate: writing zeros allocates too.
int WriteZeros(int fd, std::size_t size_bytes) {
  const std::vector<char> zeros(std::min(size_bytes, std::size_t{1} << 16));
  for (std::size_t at = 0; at < size_bytes;) {
    const ssize_t written =
        pwrite(fd, zeros.data(), std::min(zeros.size(), size_bytes - at), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : ENOSPC;
    at += static_cast<std::size_t>(written);
  }
  return 0;
}

int Allocate(int fd, std::size_t size_bytes) {
  while (fallocate(fd, 0, 0, static_cast<off_t>(size_bytes)) != 0) {
    if (errno == EOPNOTSUPP || errno == ENOSYS) return WriteZeros(fd, size_bytes);
    if (errno != EINTR) return errno;
  }
  return 0;
}

}  // namespace

int CreateSegmentFile(const std::string& path, std::size_t size_bytes, SegmentMapping* mapping) {
  if (ExceedsFileSizeLimit(size_bytes)) return EFBIG;
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) return errno;
  int error = Allocate(fd, size_bytes);
  if (error == 0) {
    void* base = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED) {
      error = errno;
    } else {
      *mapping = {static_cast<std::byte*>(base), size_bytes};
    }
  }
  if (error != 0) unlink(path.c_str());
  close(fd);
  return error;
}

void UnmapSegment(SegmentMapping& mapping) {
  if (mapping.base != nullptr) munmap(mapping.base, mapping.size_bytes);
  mapping = {};
}

void PopulateSegment(const SegmentMapping& mapping, std::size_t from, std::size_t to) {
  const int saved_errno = errno;
  madvise(mapping.base + from, to - from, MADV_POPULATE_WRITE);
  errno = saved_errno;
}

ErrorKind KindOfErrno(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case ENOMEM:
    case EMFILE:
    case ENFILE:
      return ErrorKind::kNoSpace;
    default:
      return ErrorKind::kIo;
  }
}

}  // namespace reprise::sdk
