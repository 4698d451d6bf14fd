// Where profiles of tables are found: rows of the catalog (docs/formats/catalog_keys.md).
//
// Thread-safety: as the catalog.

#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/catalog.h"
#include "storage/ledger_entry.h"
#include "storage/object_store.h"

namespace reprise::tracker {

// Adds the rows of a "profile" entry.  Errors: kCorruption, kNotFound.
Result<void> IndexProfile(const storage::LedgerEntry& entry, storage::ObjectReader& objects,
                          storage::CatalogBatch& batch);

// Deletes the rows of all profiles of `contents`: reads all rows of columns.
Result<void> ForgetProfiles(const storage::Catalog& catalog, const std::set<Digest>& contents,
                            storage::CatalogBatch& batch);

struct ProfilePlace {
  Digest document;
  std::uint64_t sequence = 0;  // Of the entry in the ledger.
};

// The newest profile of that content.
Result<std::optional<ProfilePlace>> FindProfile(const storage::Catalog& catalog,
                                                const Digest& content);

struct ColumnPlace {
  Digest content;
  std::string column;
  std::uint64_t sequence = 0;  // Of the newest profile that has it.
};

// All columns with the values `column_digest`, by content, then by name; at most `count_max`.
Result<std::vector<ColumnPlace>> FindColumns(const storage::Catalog& catalog,
                                             const Digest& column_digest, std::size_t count_max);

}  // namespace reprise::tracker
