// Which Debian package owns a file.
//
// An explanation beside the file's digest, never a replacement of it.  The answer comes from an
// index of all /var/lib/dpkg/info/*.list files, kept in a cache file that is believed while the
// size and times of /var/lib/dpkg/status and info/ are unchanged.  Diversions are not followed.
// Cache format: docs/formats/package_index.md.
//
// Thread-safety: a const object may be used by any number of threads.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/capture/system_view.h"
#include "storage/base/result.h"

namespace reprise::capture {

struct Package {
  std::string name;
  std::string version;
  std::string architecture;

  friend bool operator==(const Package&, const Package&) = default;
};

// An encoded index; every look-up works on its bytes.
class PackageIndex {
 public:
  // An index of nothing.
  PackageIndex() = default;

  // Errors: kCorruption          damaged.
  //         kUnsupportedVersion  written by another release, or for another state of the system.
  static Result<PackageIndex> Decode(std::string bytes, std::string_view key);

  // The owner of `path`, absolute.  /lib/x and /usr/lib/x (and bin, sbin, lib32, lib64, libx32)
  // are one file to systems with a merged /usr, while packages list either.
  std::optional<Package> FindOwner(std::string_view path) const;

  std::uint64_t paths() const { return path_count_; }

 private:
  std::optional<std::uint32_t> FindExactly(std::string_view path) const;

  std::string bytes_;
  std::uint64_t path_count_ = 0;
  std::size_t paths_at_ = 0;  // Offset of the first path record.
  std::vector<Package> packages_;
};

// Writes the format that Decode() reads; the files of one package each, in any order.
struct PackageFiles {
  Package package;
  std::vector<std::string> paths;
};
std::string EncodePackageIndex(const std::vector<PackageFiles>& packages, std::string_view key);

// The index of the system; empty where there is no dpkg.  `cache_folder` is created as needed; a
// cache that cannot be read or written costs time, not the answer.  Empty: no cache.
//
// Errors: kIoError  the package database is there but cannot be read.
Result<PackageIndex> OpenPackageIndex(const SystemView& view, const std::string& cache_folder);

}  // namespace reprise::capture
