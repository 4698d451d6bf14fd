// Removes content from packs for good.
//
// Thread-safety: pure functions; the caller holds the store lock, and nobody counts on what is
// removed (no session is open).

#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/catalog.h"

namespace reprise::storage {

// What is to be removed: chunks (also those that list the chunks of a very long object), and
// objects, whose manifests go.  An object that is one chunk is among the chunks, too, unless other
// content has that chunk: it is then no object any more.
struct DoomedContent {
  std::set<Digest> chunks;
  std::set<Digest> objects;
};

// Deletes the catalog's rows of what is `doomed` and lies in `packs`, so that nobody finds it any
// more.  What `newer` packs have of it, too, was stored again, and is found there.  May be
// repeated. Errors: kIoError  a newer pack could not be read; nothing was deleted.  Those of the
// catalog.
Result<void> ForgetPlaces(FileSystem& files, const std::string& store_folder,
                          const DoomedContent& doomed, const std::set<Ulid>& packs,
                          std::span<const Ulid> newer, Catalog& catalog);

// Writes what those of `packs` that hold any of `doomed` hold else into new packs, which are made
// in `scratch_folder` and to which the catalog then points.  Adds the old packs to `replaced`, also
// when it fails: they are not in the catalog any more, and are to be removed from packs/ once the
// catalog would survive a loss of power.  Packs that are gone are passed over.  For whoever has
// called ForgetPlaces().  May be repeated after any interruption, once the packs that the catalog
// does not know are indexed.
// Errors: kCorruption  a pack that is damaged, so that it cannot be told what it holds; the message
//                      says what to do.
//         kIoError, kNoSpace; those of Catalog::Apply().
Result<void> ReplacePacksWithout(FileSystem& files, const std::string& store_folder,
                                 const std::string& scratch_folder, const Ulid& store_id,
                                 const DoomedContent& doomed, std::span<const Ulid> packs,
                                 Catalog& catalog, std::vector<Ulid>& replaced);

// Removes packs, durably.  Absence is not an error.
Result<void> RemovePacks(FileSystem& files, const std::string& store_folder,
                         const std::vector<Ulid>& packs);

}  // namespace reprise::storage
