// A folder as it is on disk, in memory: names, stats, symlink targets.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/tree.h"

namespace reprise::storage {

// A file, symlink or folder of the walk.  `entry` is filled as far as the walk can tell: without
// the digests of files and folders.
struct WalkNode {
  TreeEntry entry;
  FileStat stat;
  bool hashed = false;                              // `entry.digest` of a file is known.
  std::vector<std::unique_ptr<WalkNode>> children;  // Of a folder; sorted by name.
};

struct WalkOptions {
  bool read_ignore_files = true;
  unsigned threads = 1;
  std::function<bool(const std::string& path, FileKind kind)> include{};
};

struct FolderWalk {
  std::unique_ptr<WalkNode> root;
  std::vector<std::string> warnings;  // Sockets, devices and FIFOs left out; sorted.
};

// Lists the folder at `path` and all below it, several folders at a time.  `.git` and `.reprise`
// are left out at every level. Errors: a folder or link could not be read.
Result<FolderWalk> WalkFolder(FileSystem& files, const std::string& path,
                              const WalkOptions& options);

}  // namespace reprise::storage
