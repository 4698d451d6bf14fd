// Which files of a trace are secrets, whatever name the run knew or left them under.
//
// The class of a path says it of the path (lineage/capture/file_rules.h).  Besides, a secret is
// what a symlink with such a path leads to (~/.netrc, kept among other dot files), and what has
// another name by a hard link or by being renamed.  A copy that the run makes is not told from
// other content.
//
// Thread-safety: a const object may be used by any number of threads, if `class_of` may.

#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lineage/closure.h"
#include "storage/base/file.h"
#include "tracker/store_key.h"
#include "tracker/trace/access.h"

namespace reprise::tracker {

// More than any credential has; what is larger is not read.
inline constexpr std::uint64_t kSecretSizeBytesMax = std::uint64_t{16} << 20;

class TracedSecrets {
 public:
  using ClassOf = std::function<lineage::FileClass(const std::string& path)>;

  // `project_folder` is real; no link makes a secret of it, nor of a folder that it lies in.
  TracedSecrets(FileSystem& files, const Trace& trace, const ClassOf& class_of,
                const std::string& project_folder);

  // Whether what was at a real path is one, by the path or by what leads there.
  bool IsSecretPath(const std::string& path) const;
  // Whether a file is one that is at such a path now or was when the run first used it.  One that
  // is gone is known by its inode and, unless the run wrote to it, by its size and time: an inode
  // is used again.
  bool IsContentOfSecret(const FileStat& stat) const;
  // Either of the two, of a file as the run found it.
  bool IsSecret(const Access& access) const;

 private:
  void AddTargetOf(FileSystem& files, const Access& link, const std::string& project_folder);
  void AddFile(FileSystem& files, const Access& secret);

  ClassOf class_of_;
  std::set<std::string> targets_;  // Real paths of files and folders.
  std::vector<FileStat> secrets_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> inodes_;  // Device, inode.
};

// The keyed digest of the file at `path`, or nullopt: it cannot be read, or is too large.
std::optional<std::string> KeyedDigestOf(FileSystem& files, const std::string& path,
                                         const StoreKey& key);

}  // namespace reprise::tracker
