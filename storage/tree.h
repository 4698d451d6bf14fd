// Folders as documents ("reprise/tree/v1"): their bytes, and reading stored ones.
//
// A tree document lists one folder's entries, sorted by the bytes of their names; subfolders are
// trees of their own, so that unchanged folders are shared.  A name or symlink target that is not
// UTF-8 is kept exactly.  docs/formats/tree.md.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
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

// The most bytes of a document that one entry takes: names and targets of every file system that
// Linux knows fit in several times over.  Bounds the memory of readers.
inline constexpr std::size_t kTreeEntryBytesMax = 64U << 10;

// Whether a folder may list `name`.
bool IsEntryName(std::string_view name);

// Writes the canonical document of a folder, entry by entry.
//
// Thread-safety: one thread at a time.
class TreeEncoder {
 public:
  // Entries come in the order of their names' bytes.
  void Add(const TreeEntry& entry);
  // Bytes of the document that are ready and not taken yet.
  std::size_t ready_bytes() const { return ready_.size(); }
  // These bytes.
  std::string Take();
  // Likewise, with the end of the document; the encoder then starts anew.
  std::string Finish();

 private:
  std::string ready_;
  bool is_begun_ = false;
};

// The canonical document of `tree`.
std::string EncodeTree(const Tree& tree);

// Reads a tree document that comes in parts, and holds little more than one entry and one part.
// What it accepts as a whole is exactly what TreeEncoder writes; an entry is handed out before what
// follows it is known.
//
// Thread-safety: one thread at a time.
class TreeDecoder {
 public:
  // Takes the next part of the document.
  void Feed(std::string_view part);
  // The next entry; nullopt: the next part is needed, or the document is at its end.
  // Errors: kCorruption  no tree document begins like this.
  Result<std::optional<TreeEntry>> Next();
  // To be called after Next() has answered nullopt and there is no more to feed.
  // Errors: kCorruption  the document ends too early.
  Result<void> Finish() const;
  // Bytes that were fed and not read yet.
  std::size_t unread_bytes() const { return fed_.size() - position_; }

 private:
  enum class State { kHead, kFirstEntry, kEntry, kAfterEntry, kTail, kEnd };

  // The length of the entry that begins at `position_`; nullopt: its end was not fed yet.
  std::optional<std::size_t> FindEntryEnd();
  Result<TreeEntry> DecodeEntry(std::string_view text);

  State state_ = State::kHead;
  std::string fed_;
  std::size_t position_ = 0;  // Of what is not read yet.
  // How far the entry at `position_` was looked through for its end.
  std::size_t scanned_bytes_ = 0;
  int depth_ = 0;
  bool in_string_ = false;
  bool is_escaped_ = false;
  std::string last_name_;
};

// The inverse of EncodeTree; rejects everything that EncodeTree would not have written.
// Errors: kCorruption.
Result<Tree> DecodeTree(std::string_view document);

// Stores the document of a folder whose entries `next` gives in the order of their names, nullopt
// after the last, while it is made: however long it is, it is never in memory as a whole.
// Errors: those of ObjectWriter::PutStream.
Result<PutResult> PutTreeDocument(ObjectWriter& writer,
                                  const std::function<std::optional<TreeEntry>()>& next);

// The entries of a stored folder, in name order, read as they are asked for.
//
// Thread-safety: one thread at a time.  Not to be used after its ObjectReader.
class TreeCursor {
 public:
  // Errors: kNotFound, kCorruption, kIoError.
  static Result<TreeCursor> Open(ObjectReader& reader, const Digest& tree);

  // nullopt at the end, where the document has been verified as a whole: until then, what was
  // handed out may be of a damaged document, though of no damaged part.
  // Errors: kCorruption, kIoError.
  Result<std::optional<TreeEntry>> Next();

 private:
  TreeCursor(const Digest& tree, std::unique_ptr<ObjectStream> stream)
      : tree_(tree), stream_(std::move(stream)) {}
  Result<void> ReadOn();

  Digest tree_;
  std::unique_ptr<ObjectStream> stream_;  // nullptr: read to its end.
  TreeDecoder decoder_;
};

struct TreeSummary {
  Digest digest;                 // Of the top tree document.
  std::uint64_t size_bytes = 0;  // Of all files.
  std::uint64_t files = 0;
};

// Reads the entry at `path` ("a/b/c", raw bytes) below the tree `root`; "" is the root itself.
// Errors: kNotFound, kCorruption.
Result<TreeEntry> FindInTree(ObjectReader& reader, const Digest& root, std::string_view path);

// Calls `visit(path, entry)` for every entry below `root`, parents before children, in name order.
// Of a damaged folder document, entries may have been visited before that is found.
// Errors: those of `visit`; kNotFound, kCorruption.
Result<void> WalkTree(
    ObjectReader& reader, const Digest& root,
    const std::function<Result<void>(const std::string& path, const TreeEntry& entry)>& visit);

}  // namespace reprise::storage
