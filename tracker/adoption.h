// Taking sealed sessions into the store, and keeping the catalog level with the truth.
//
// Order, so that a crash at any point loses nothing: packs are moved, then the ledger is appended
// and synced, then the catalog is changed, then the session's folder is removed.  Every step may be
// repeated.  The caller holds the store lock.

#pragma once

#include <functional>
#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/catalog.h"
#include "storage/ledger.h"

namespace reprise::tracker {

// Brings `catalog` up to the end of `ledger`, and lists packs that it does not know.
Result<void> CatchUpCatalog(FileSystem& files, const std::string& store_folder,
                            storage::Catalog& catalog, storage::Ledger& ledger);

struct AdoptionOptions {
  std::function<Result<void>(FileSystem&, const std::string& store_folder, const Ulid& run)>
      recover{};
  std::function<void(const std::string&)> notify{};
};

// Adopts every sealed session of the inbox, recovers runs whose recorder died, and removes what
// dead writers of facts left.  A session that cannot be read is left alone and named to `notify`.
Result<void> AdoptSessions(FileSystem& files, const std::string& store_folder,
                           storage::Catalog& catalog, storage::Ledger& ledger,
                           const AdoptionOptions& options);

}  // namespace reprise::tracker
