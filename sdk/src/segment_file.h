// Creates the files that segments live in.
//
// Thread-safety: pure functions.

#pragma once

#include <cstddef>
#include <string>

#include "reprise/run.h"

namespace reprise::sdk {

struct SegmentMapping {
  std::byte* base = nullptr;
  std::size_t size_bytes = 0;
};

// Creates the file at `path`, which must not exist, allocates all of its blocks as zeros and maps
// it.  Returns 0, or the errno of what failed; then there is no file.  Never raises SIGBUS or
// SIGXFSZ, now or later.
int CreateSegmentFile(const std::string& path, std::size_t size_bytes, SegmentMapping* mapping);

void UnmapSegment(SegmentMapping& mapping);

// Brings in the pages from `from` to `to` (offsets, whole pages) for writing, in one system call,
// where the kernel can (Linux 5.14); else they fault in one by one.
void PopulateSegment(const SegmentMapping& mapping, std::size_t from, std::size_t to);

// What kind of problem an errno is: lack of space or of some other limited resource, or else.
ErrorKind KindOfErrno(int error);

}  // namespace reprise::sdk
