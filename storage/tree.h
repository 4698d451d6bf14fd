// Folders as documents ("reprise/tree/v1"), their import from and export to the file system.
//
// A tree document lists one folder's entries, sorted by the bytes of their names; subfolders are
// trees of their own, so that unchanged folders are shared.  A name or symlink target that is not
// UTF-8 is kept exactly.  docs/formats/tree.md.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/object_store.h"

namespace reprise::storage {

struct TreeEntry {
  std::string name;  // Raw bytes; never empty, ".", "..", nor with '/' or a zero byte.
  FileKind kind = FileKind::kFile;  // kFile, kDirectory or kSymlink.
  bool executable = false;          // Files only.
  std::uint64_t size_bytes = 0;     // Files: of the content.  Directories: of all files below.
  Digest digest;                    // Files: of the content.  Directories: of the tree document.
  std::string target;               // Symlinks only; raw bytes.

  friend bool operator==(const TreeEntry&, const TreeEntry&) = default;
};

struct Tree {
  std::vector<TreeEntry> entries;  // In the order of their names' bytes, without repetition.
  friend bool operator==(const Tree&, const Tree&) = default;
};

// Writes the canonical document of a folder, entry by entry.
//
// Thread-safety: one thread at a time.
class TreeEncoder {
 public:
  // Entries come in the order of their names' bytes.
  void Add(const TreeEntry& entry);
  // The document; the encoder then starts anew.
  std::string Finish();

 private:
  std::string document_;
};

// The canonical document of `tree`.
std::string EncodeTree(const Tree& tree);

// The inverse of EncodeTree; rejects everything that EncodeTree would not have written.
// Errors: kCorruption.
Result<Tree> DecodeTree(std::string_view document);

struct TreeSummary {
  Digest digest;                 // Of the top tree document.
  std::uint64_t size_bytes = 0;  // Of all files.
  std::uint64_t files = 0;
};

// Reads the entry at `path` ("a/b/c", raw bytes) below the tree `root`; "" is the root itself.
// Errors: kNotFound, kCorruption.
Result<TreeEntry> FindInTree(ObjectReader& reader, const Digest& root, std::string_view path);

// Calls `visit(path, entry)` for every entry below `root`, parents before children, in name order.
Result<void> WalkTree(
    ObjectReader& reader, const Digest& root,
    const std::function<Result<void>(const std::string& path, const TreeEntry& entry)>& visit);

}  // namespace reprise::storage
