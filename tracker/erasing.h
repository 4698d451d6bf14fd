// The removal of what the ledger says is erased: begun by tracker/erasure.h, finished by whoever
// opens the store next.
//
// The plan lies in the folder erasing/ of the store from before the ledger tells of the erasure
// until the bytes are gone.  So a crash leaves either the bytes and no entry, or the entry and a
// plan.  First nobody finds any more what is to go (ForgetErased), so that whoever records from
// then on stores it again, in packs that the plan does not name; then the packs that it names are
// replaced (ReplaceErased), however long that has to wait for room or for a repair.
//
// Thread-safety: the caller holds the store lock.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/catalog.h"
#include "storage/ledger.h"
#include "storage/object_store.h"
#include "storage/pack_erasure.h"
#include "tracker/erasure_document.h"

namespace reprise::tracker {

// Puts the plan in its place, durably.
// Errors: kAlreadyExists  another one is not finished.  kIoError, kNoSpace.
Result<void> BeginErasing(FileSystem& files, const std::string& store_folder,
                          const ErasingPlan& plan);

// Whether there is a plan, or something left of one.
Result<bool> HasErasing(FileSystem& files, const std::string& store_folder);

// The plan that is not finished.  Errors: kCorruption.
Result<std::optional<ErasingPlan>> UnfinishedErasing(FileSystem& files,
                                                     const std::string& store_folder);

// Puts `plan`, of which something is done, in the place of the one that is not finished.
Result<void> KeepErasing(FileSystem& files, const std::string& store_folder,
                         const ErasingPlan& plan);

// If there is a plan that names `pack`, it names `made`, into which that is being copied, too.
// Errors: as UnfinishedErasing().
Result<void> AlsoEraseFrom(FileSystem& files, const std::string& store_folder, const Ulid& pack,
                           const Ulid& made);

// Forgets the plan: nothing of it was done, or all.
Result<void> EndErasing(FileSystem& files, const std::string& store_folder);

// Whether the ledger tells of it, and not only of one before it that was the same.
Result<bool> IsErasureRecorded(const ErasingPlan& plan, const storage::Catalog& catalog,
                               storage::Ledger& ledger);

// Removes what the plan names from the catalog's rows (storage::ForgetPlaces()).  Returns what is
// to be removed from packs: chunks that something stored since the plan was made counts on stay.
Result<storage::DoomedContent> ForgetErased(FileSystem& files, const std::string& store_folder,
                                            const ErasingPlan& plan, storage::Catalog& catalog);

// Removes `doomed` from all packs of the plan but those that it adds to `replaced`, also when it
// fails (storage::ReplacePacksWithout()): they are to be removed when the catalog is safe.
// Errors: also those of RequireNothingInQuarantine().
Result<void> ReplaceErased(FileSystem& files, const std::string& store_folder, const Ulid& store_id,
                           const ErasingPlan& plan, const storage::DoomedContent& doomed,
                           storage::Catalog& catalog, std::vector<Ulid>& replaced);

// Errors: kCorruption  damaged packs that fsck took out, and that nobody can search.
//         kIoError     whether there are any cannot be told.
Result<void> RequireNothingInQuarantine(FileSystem& files, const std::string& store_folder);

// Makes the files of a catalog that is not open survive power loss.
Result<void> SyncCatalog(FileSystem& files, const std::string& catalog_folder);

// Adds the rows of an entry of kind kErasureEntry: what is erased, and what goes with it.
// Errors: kCorruption, kNotFound  its document.
Result<void> IndexErasure(const storage::LedgerEntry& entry, storage::ObjectReader& objects,
                          const storage::Catalog& catalog, storage::CatalogBatch& batch);

// Only what is erased, of all entries from `from` on: before others are indexed whose documents
// are gone.
Result<void> NoteErasures(storage::Ledger& ledger, std::uint64_t from,
                          storage::ObjectReader& objects, storage::Catalog& catalog);

// Whether the payload of `entry` was erased after the entry was made.
Result<bool> IsPayloadErased(const storage::LedgerEntry& entry, const storage::Catalog& catalog);

}  // namespace reprise::tracker
