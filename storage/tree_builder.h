// A folder's trees from a flat list of files.

#pragma once

#include <string>
#include <vector>

#include "storage/base/result.h"
#include "storage/object_store.h"
#include "storage/tree.h"

namespace reprise::storage {

// A file or symlink somewhere below a folder; `entry.name` is ignored.
struct PathEntry {
  std::string path;  // "a/b/c": raw bytes, no empty, "." or ".." parts.
  TreeEntry entry;
};

// Stores the tree documents of the folder that holds `files` (in any order), subfolders first.
// Errors: kInvalidArgument  a path is malformed, occurs twice, or is a folder and a file at once.
Result<TreeSummary> PutTree(std::vector<PathEntry> files, ObjectWriter& writer);

}  // namespace reprise::storage
