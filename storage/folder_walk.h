// A folder as it is on disk, in memory: names, kinds, sizes, symlink targets, and digests as they
// become known.
//
// An import holds one entry for each file, so entries are small: 56 bytes, and the name.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/stop.h"
#include "storage/tree.h"

namespace reprise::storage {

// A file, folder or symlink of the walk.
struct WalkEntry {
  Digest digest;                 // Of a file whose content is known; of a folder, once computed.
  std::uint64_t size_bytes = 0;  // Of a file, or of all files of a folder.
  std::uint32_t name_start = 0;  // In WalkFolder::text.
  std::uint32_t below = 0;  // Of a folder: its place in WalkFolder::folders.  Of a symlink: the
                            // start of its target in WalkFolder::text.
  std::uint16_t name_bytes = 0;
  std::uint16_t target_bytes = 0;
  std::uint8_t kind_value = 0;
  bool executable = false;
  bool is_known = false;  // A file's digest is remembered, and was not looked for in the store.
  bool is_gone = false;   // It vanished after it had been listed: see DropVanished().

  FileKind kind() const { return static_cast<FileKind>(kind_value); }
};

// Thread-safety: as that of a vector of its entries.
struct WalkFolder {
  const WalkFolder* parent = nullptr;  // Owns this one; nullptr: the top.
  std::uint32_t place = 0;             // In the parent's entries.
  std::string text;                    // Names and targets, one after another.
  std::vector<WalkEntry> entries;      // In the order of their names' bytes.
  std::vector<std::unique_ptr<WalkFolder>> folders;
  bool is_gone = false;  // As WalkEntry::is_gone, known before the parent's entry can be told.

  std::string_view NameOf(const WalkEntry& entry) const {
    return std::string_view(text).substr(entry.name_start, entry.name_bytes);
  }
  TreeEntry Describe(const WalkEntry& entry) const;
  std::string Path() const;  // Relative to the top; "" for the top.
  std::string PathOf(const WalkEntry& entry) const;
};

struct WalkOptions {
  bool read_ignore_files = true;
  unsigned threads = 1;
  std::function<bool(const std::string& path, FileKind kind)> include{};
  StopFunction stop{};  // Asked for every entry.
  // The digest of a file, if it is known from its stat.  Asked from any thread.
  std::function<std::optional<Digest>(const FileStat& stat)> recall{};
};

struct Walk {
  std::unique_ptr<WalkFolder> top;
  std::vector<std::string> warnings;  // What was left out but by a rule; sorted.
};

// Lists the folder at `path` and all below it, several folders at a time.  `.git`, `.reprise`
// and stores of other names are left out at every level.  What vanishes meanwhile is marked as
// gone.
// Errors: a folder or link could not be read; kInterrupted.
Result<Walk> WalkFolders(FileSystem& files, const std::string& path, const WalkOptions& options);

// Takes what is marked as gone out of the walk of `path`, as if it had been deleted before.  A
// folder that is not there any more goes with all below it.  Returns the paths that went, relative
// to `path`; of what went together, the folder's.
// Errors: kNotFound  the folder at `path` went itself.
Result<std::vector<std::string>> DropVanished(FileSystem& files, const std::string& path,
                                              WalkFolder& top);

}  // namespace reprise::storage
