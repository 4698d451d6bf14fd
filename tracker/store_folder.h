// Where things lie in a store's folder, and its format file.  docs/formats/store.md.

#pragma once

#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"

namespace reprise::tracker {

inline constexpr int kStoreFormat = 1;

// Paths below the store folder, each absolute when the store folder is.
struct StorePaths {
  explicit StorePaths(std::string store_folder) : folder(std::move(store_folder)) {}

  std::string folder;
  std::string format() const { return JoinPath(folder, "format"); }
  std::string lock() const { return JoinPath(folder, "lock"); }
  std::string lock_queue() const { return JoinPath(folder, "lock.queue"); }
  std::string inbox() const { return JoinPath(folder, "inbox"); }
  std::string session(const Ulid& id) const { return JoinPath(inbox(), id.ToString()); }
  // Where a session is while it is made or removed.
  std::string nursery(const Ulid& id) const { return JoinPath(inbox(), "." + id.ToString()); }
  // Where one is removed that was adopted: what its run reserved stays.
  std::string removed_session(const Ulid& id) const { return nursery(id) + ".removed"; }
  // Held while a session, or the store itself, is made.
  std::string nursery_lock() const { return JoinPath(folder, "inbox.lock"); }
  std::string packs() const { return JoinPath(folder, "packs"); }
  std::string ledger() const { return JoinPath(folder, "ledger"); }
  std::string catalog() const { return JoinPath(folder, "catalog"); }
  std::string keys() const { return JoinPath(folder, "keys"); }
  // Of keyed digests: tracker/store_key.h.
  std::string digest_key() const { return JoinPath(keys(), "digest.key"); }
  // Held while that is made.
  std::string digest_key_lock() const { return JoinPath(folder, "keys.lock"); }
  std::string names() const { return JoinPath(folder, "names"); }
  // Damaged packs that `fsck --repair` took out of packs/.
  std::string quarantine() const { return JoinPath(folder, "quarantine"); }
  // The plan of an erasure that is not finished (tracker/erasing.h).
  std::string erasing() const { return JoinPath(folder, "erasing"); }
  std::string cache() const { return JoinPath(folder, "cache"); }
  std::string produced() const { return JoinPath(folder, "produced"); }
};

struct StoreFormat {
  int format = 0;
  Ulid id;
};

// Errors: kNotFound            no store there.
//         kUnsupportedVersion  a newer release made it.
//         kCorruption          the format file is damaged, or something is gone that every store
//                              has.
Result<StoreFormat> ReadStoreFormat(FileSystem& files, const std::string& store_folder);

// Makes the folders, the format file and the checkpoint key of a new store, durably.  Of several
// processes that do so at once one makes it, and the others find it made; what one that died has
// left is taken over by the next.
// Errors: kAlreadyExists  kUnsupported (NFS, Lustre)  kIoError …
//         kCorruption     it holds what is left of a store that was in use.
Result<void> CreateStoreFolder(FileSystem& files, const std::string& project_folder);

// As Store::Find.
Result<std::string> FindStoreFolder(FileSystem& files, const std::string& start_folder);

}  // namespace reprise::tracker
