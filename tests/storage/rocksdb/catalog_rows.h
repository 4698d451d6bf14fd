// The rows that tests of the catalog on disk write.

#pragma once

#include <string>

#include "storage/catalog.h"

namespace reprise::testing {

// Writes the rows from `first` on in one batch, the same in each of two spaces.
inline Result<void> WriteRows(storage::Catalog& catalog, int first, int rows,
                              std::size_t value_bytes) {
  storage::CatalogBatch batch;
  for (int i = first; i < first + rows; ++i) {
    batch.Put(storage::Space::kRun, std::to_string(i), std::string(value_bytes, 'r'));
    batch.Put(storage::Space::kChunk, std::to_string(i), "c");
  }
  batch.Put(storage::Space::kMeta, "rows", std::to_string(first + rows));
  return catalog.Apply(batch);
}

}  // namespace reprise::testing
