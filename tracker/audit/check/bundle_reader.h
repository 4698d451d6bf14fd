// The files of an audit bundle as they lie in a folder or a .zip, read without trust in either.
//
// Whoever made the bundle may mean harm: no link is followed, no name of the bundle is opened that
// the folder does not list, and what is larger than any bundle is not read.
//
// Thread-safety: pure functions, and those of the file system.

#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// Nothing in a bundle is larger (docs/formats/bundle.md).
struct BundleLimits {
  std::uint64_t file_bytes_max = std::uint64_t{1} << 30;
  std::uint64_t bundle_bytes_max = std::uint64_t{4} << 30;
  std::uint64_t files_max = 1'000'000;  // With folders.
};

// All that a bundle is, wherever it came from.
struct BundleFileSet {
  std::map<std::string, std::string> files;  // By path: raw bytes, with slashes between its parts.
  std::vector<std::string> empty_folders;    // Which no bundle has.

  // The content of a file, or nullptr.
  const std::string* Find(std::string_view path) const;
};

// Reads the bundle at `path`, which may be a link to it.
// Errors: kNotFound    there is nothing.
//         kCorruption  no bundle looks like this: a link or device in it, too much of it, no zip.
//         kIoError     the device or the operating system refused.
Result<BundleFileSet> ReadBundle(FileSystem& files, const std::string& path,
                                 const BundleLimits& limits = {});

// The same of the bytes of a .zip.  A bundle may lie in its root or in one folder of it.
// Errors: kCorruption.
Result<BundleFileSet> ReadBundleArchive(std::string_view archive, const BundleLimits& limits = {});

}  // namespace reprise::tracker
