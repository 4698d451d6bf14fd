// The headers of tar archives: POSIX.1-2001 pax interchange format ("pax" in IEEE Std 1003.1,
// "pax - portable archive interchange"), of which an entry without anything long is plain ustar.
//
// Every byte follows from the entry: owner and group are 0 and have no names, times are whole
// seconds, and there is no device, inode or process in it.  Names and targets are raw bytes.  Why
// this is not a library's: docs/decisions/0017-an-image-is-written-by-us.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <string>

#include "storage/base/file.h"

namespace reprise::tracker {

struct TarEntry {
  std::string path;  // Without a slash at either end; of kDirectory the slash is added.
  FileKind kind = FileKind::kFile;  // Not kOther.
  std::uint32_t mode = 0644;        // Permission bits, at most 07777.
  std::uint64_t size_bytes = 0;     // Of kFile.
  std::int64_t modified_at_unix_s = 0;
  std::string target;  // Of kSymlink.
};

inline constexpr std::size_t kTarBlockBytes = 512;

// What stands before the content: a pax header, if something does not fit into a ustar header, and
// that header.  A multiple of kTarBlockBytes.
std::string TarHeader(const TarEntry& entry);

// One block, whatever the size, for a place that was left free: from 8 GiB on the size is in base
// 256, which is GNU tar's and read by GNU tar, libarchive, Go and Python.  `entry` is a file or
// folder with a path of at most 100 bytes and a time from 1970 on.
std::string TarHeaderBlock(const TarEntry& entry);

// The zero bytes after a content of that size.
std::string TarPadding(std::uint64_t size_bytes);

// The end of an archive: two blocks of zero bytes.
std::string TarEnd();

}  // namespace reprise::tracker
