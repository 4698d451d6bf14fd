// A folder as it is on disk, in memory: names, stats, symlink targets.

#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/stop.h"
#include "storage/tree.h"

namespace reprise::storage {

// A file, symlink or folder of the walk, without the digests of files and folders.  Kept small: an
// import holds one for each file.
struct WalkNode {
  std::string name;
  FileKind kind = FileKind::kFile;
  bool executable = false;
  bool is_stable = true;  // `digest` is that of a file with just this stat.
  std::uint64_t size_bytes = 0;
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t mtime_unix_ns = 0;
  std::int64_t ctime_unix_ns = 0;
  Digest digest;
  const WalkNode* parent = nullptr;  // Owns this one; nullptr: the top.
  struct Below {
    std::vector<WalkNode> children;  // Of a folder; sorted by name.
    std::string target;              // Of a symlink.
  };
  std::unique_ptr<Below> below;  // Not of a file.

  std::span<WalkNode> children() const {
    return below ? std::span(below->children) : std::span<WalkNode>();
  }
  FileStat Stat() const;  // What the stat cache compares.
  void SetStat(const FileStat& stat);
  TreeEntry Entry() const;
  std::string Path() const;  // Relative to the top; "" for the top.
};

struct WalkOptions {
  bool read_ignore_files = true;
  unsigned threads = 1;
  std::function<bool(const std::string& path, FileKind kind)> include{};
  StopFunction stop{};  // Asked for every folder and link.
};

struct FolderWalk {
  std::unique_ptr<WalkNode> root;
  std::vector<std::string> warnings;  // Sockets, devices and FIFOs left out; sorted.
};

// Lists the folder at `path` and all below it, several folders at a time.  `.git` and `.reprise`
// are left out at every level.
// Errors: a folder or link could not be read; kInterrupted.
Result<FolderWalk> WalkFolder(FileSystem& files, const std::string& path,
                              const WalkOptions& options);

}  // namespace reprise::storage
