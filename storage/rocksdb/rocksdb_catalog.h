// The catalog on disk, as a RocksDB database.
//
// One process at a time may have it open: the caller holds the store lock.  Tuned for being opened
// briefly and often (docs/decisions/0003-catalog-tuning.md).

#pragma once

#include <memory>
#include <string>

#include "storage/base/result.h"
#include "storage/catalog.h"

namespace reprise::storage {

// Opens the database in folder `path`, creating an empty one if it is absent.
// Errors: kCorruption  it is damaged, and must be removed and rebuilt.  kIoError, kNoSpace.
Result<std::unique_ptr<Catalog>> OpenRocksdbCatalog(const std::string& path);

// Opens an existing database without writing anything; Apply() fails with kReadOnly.  Nobody may
// write it meanwhile: the caller holds the store lock, shared, or the medium cannot be written.
// Errors: as OpenRocksdbCatalog; kNotFound  there is none.
Result<std::unique_ptr<Catalog>> OpenRocksdbCatalogForReading(const std::string& path);

}  // namespace reprise::storage
