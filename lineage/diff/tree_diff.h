// How two stored folders differ, entry by entry, at a cost in proportion to what changed.
//
// Folders with one digest are not entered.  Documents of folders that differ are read in their
// order, side by side; of long ones, with a ChunkReader, only the chunks that they do not share and
// the two around them, so that ten changed files in a folder of a million cost ten chunks.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lineage/profile/profile.h"
#include "storage/chunk_reader.h"
#include "storage/object_store.h"
#include "storage/tree.h"

namespace reprise::lineage {

// Where the contents that are compared lie.
struct StoredContents {
  storage::ObjectReader& objects;
  storage::ChunkReader* chunks = nullptr;  // Absent: every document is read whole.
  // The profile of a table, even if its content is gone; absent if there is none.
  std::function<Result<std::optional<Profile>>(const Digest& content)> find_profile = nullptr;
};

enum class EntryChange {
  kAdded,
  kRemoved,
  kContent,
  kKind,
  kTarget,
  kExecutable,
  kUnread,
  kMoved  // The same content at another path: DiffTrees() tells it as removed and added.
};
// "added", "removed", "content", "kind", "target", "executable", "unread", "moved".
std::string_view EntryChangeName(EntryChange change);

struct TreeChange {
  std::string path;  // From the top folder; raw bytes.
  EntryChange change = EntryChange::kContent;
  std::optional<storage::TreeEntry> before;
  std::optional<storage::TreeEntry> after;
  std::string reason;  // Of kUnread: why what is below the folder could not be compared.
};

using VisitTreeChange = std::function<Result<void>(const TreeChange& change)>;

// Calls `visit` for each entry that differs, in the order of paths within each folder.  Of a folder
// that only one of them has, every file below is visited, or the folder itself if it is empty; a
// folder that became a file is both.  A folder below that is lost, damaged or nested too deeply is
// visited as kUnread, maybe after some of its entries.
// Errors: those of `visit`; of reading the two top folders; kIoError.
Result<void> DiffTrees(const StoredContents& contents, const Digest& before, const Digest& after,
                       const VisitTreeChange& visit);

// The entries of a folder that another does not share with it, and maybe some that it does.
//
// Thread-safety: one thread at a time.
class EntryReader {
 public:
  virtual ~EntryReader() = default;
  virtual Result<std::optional<storage::TreeEntry>> Next() = 0;
};
struct EntryReaders {
  std::unique_ptr<EntryReader> before;
  std::unique_ptr<EntryReader> after;
};
// Reads all entries.  Errors: those of reading.
Result<std::unique_ptr<EntryReader>> OpenEntries(const StoredContents& contents,
                                                 const Digest& folder);
// Readers of two documents that pass over what both have.  Errors: those of reading.
Result<EntryReaders> OpenDifferingEntries(const StoredContents& contents, const Digest& before,
                                          const Digest& after);

}  // namespace reprise::lineage
