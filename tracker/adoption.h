// Taking sealed sessions into the store, and keeping the catalog level with the truth.
//
// Order, so that a crash at any point loses nothing: packs are moved, then the ledger is appended
// and synced, then the catalog is changed, then the session's folder is removed.  Every step may be
// repeated.  The caller holds the store lock.
//
// A session enters the ledger only when everything that its entries name has been read and can be
// indexed, so a damaged session stays in the inbox and is in nobody's way.  What is damaged later,
// below entries that stand in the ledger, costs only the rows of these entries.

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/catalog.h"
#include "storage/ledger.h"
#include "tracker/index.h"

namespace reprise::tracker {

// Brings `catalog` up to the end of `ledger`, with packs that it does not know, and the files that
// are derived from it (names/, produced).  An entry whose documents cannot be read is named to
// `notify`, which may be empty.
Result<void> CatchUpCatalog(FileSystem& files, const std::string& store_folder,
                            storage::Catalog& catalog, storage::Ledger& ledger,
                            const std::function<void(const std::string&)>& notify);

// As CatchUpCatalog without changing any file: for a catalog in memory, of a store that cannot be
// written.
Result<void> IndexTruth(FileSystem& files, const std::string& store_folder,
                        storage::Catalog& catalog, storage::Ledger& ledger,
                        const std::function<void(const std::string&)>& notify);

// A session that stays in the inbox, and why.
struct UnadoptedSession {
  Ulid id;
  Error error;
};

// Adopts every sealed session of the inbox and removes what dead writers of facts left; a run whose
// recorder died stays until it is recovered.  Returns the sessions that could not be adopted: one
// of them hinders no other, except that after a failure of the ledger or the catalog the rest is
// left for later.  `notify` as above; `held` as in Store::AdoptSession().
Result<std::vector<UnadoptedSession>> AdoptSessions(
    FileSystem& files, const std::string& store_folder, storage::Catalog& catalog,
    storage::Ledger& ledger, const std::function<void(const std::string&)>& notify,
    HeldDocuments* held = nullptr);

}  // namespace reprise::tracker
