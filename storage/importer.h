// Storing files and folders of the file system, fast when they did not change.
//
// A stat cache (storage/stat_cache.h) remembers each file's digest by (device, inode, size, mtime,
// ctime).  A file whose stat is unchanged is not read; git's racy-timestamp rule applies: an entry
// whose mtime is not older than the moment at which it was cached is not believed.
//
// A folder that the store has noted as whole (PresenceIndex::HasTree) is there with everything
// below it, so an unchanged folder costs one stat walk and one look-up.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "storage/stop.h"
#include "storage/tree.h"

namespace reprise::storage {

struct ImportOptions {
  std::string cache_folder;           // Of the stat cache; empty: none is kept.
  PresenceIndex* presence = nullptr;  // As in WriterOptions.
  bool read_ignore_files = true;      // Honour .repriseignore (gitignore syntax).
  bool store_trees = true;            // Or the files alone, for a caller that lists them itself.
  unsigned threads = 0;               // 0: one for each processor.
  // Asked, from any thread, of every entry below an imported folder, by its path relative to it and
  // its kind; what is not wanted is neither read nor listed.  Absent: everything.
  std::function<bool(const std::string& path, FileKind kind)> include{};
  // Told every entry below an imported folder once the import has succeeded, in name order.
  std::function<void(const std::string& path, const TreeEntry& entry)> on_entry{};
  // Called now and then from any thread, but by one at a time: files and bytes handled so far, of
  // files that are not done too.
  std::function<void(std::uint64_t files, std::uint64_t bytes)> progress{};
  // Asked for every folder, file and read of a file: the import ends within milliseconds.
  StopFunction stop{};
};

struct Imported {
  FileKind kind = FileKind::kFile;  // kFile or kDirectory; a symlink given directly is followed.
  Digest digest;                    // Of the content, or of the tree document.
  std::uint64_t size_bytes = 0;     // Of the content, or of all files below.
  bool executable = false;
  // Sockets, devices, FIFOs and stores left out; files that are unstable, or vanished.
  std::vector<std::string> warnings;
  // Paths (relative to the imported folder; "" for a file) that changed while they were read,
  // twice.
  std::vector<std::string> unstable;
};

// Stores the file or folder at `path` through `writer`.  `.git`, `.reprise` and stores of other
// names are left out of folders.  A file that changes while it is read is read once more, then kept
// as read and named unstable.  What vanishes from a folder meanwhile is left out, and named in a
// warning.
// Errors: kNotFound         no such path.
//         kInvalidArgument  a socket, device or FIFO was named directly.
//         kIoError          a file or folder could not be read; its path is in the message.
//         kInterrupted      options.stop said so.
// After an error nothing is remembered; what `writer` has is void, unless the caller finishes it.
Result<Imported> Import(FileSystem& files, const std::string& path, ObjectWriter& writer,
                        const ImportOptions& options);

struct ExportOptions {
  bool overwrite = false;  // Replace files that exist; otherwise they are an error.
  unsigned threads = 0;
};

// Lays the object or tree out at `path`; parents must exist.  Files appear under their names only
// when they are whole and verified.
// Errors: kAlreadyExists (without overwrite), kNotFound, kCorruption, kIoError, kNoSpace.
Result<void> ExportFile(FileSystem& files, ObjectReader& reader, const Digest& digest,
                        bool executable, const std::string& path, const ExportOptions& options);
Result<void> ExportTree(FileSystem& files, ObjectReader& reader, const Digest& tree,
                        const std::string& path, const ExportOptions& options);

}  // namespace reprise::storage
