// What the catalog keeps about content that was erased: that it is gone on purpose, by whose will,
// and why (docs/formats/erasure.md).
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/catalog.h"

namespace reprise::storage {

struct ErasedRow {
  std::int64_t time_unix_ms = 0;
  std::uint64_t sequence = 0;  // Of the erasure in the ledger.
  std::string actor;
  std::string reason;  // Raw bytes.

  friend bool operator==(const ErasedRow&, const ErasedRow&) = default;
};
std::string EncodeErasedRow(const ErasedRow& row);
// Errors: kCorruption.
Result<ErasedRow> DecodeErasedRow(std::string_view value);

// Notes that `digest` was erased; of two erasures the later one counts.
void PutErased(const Digest& digest, const ErasedRow& row, CatalogBatch& batch);

// The last erasure of `digest`.  The content may be there all the same: it was stored again since.
Result<std::optional<ErasedRow>> FindErased(const Catalog& catalog, const Digest& digest);

// Whether anything was ever erased.
Result<bool> HasErased(const Catalog& catalog);

// "was erased on 2026-11-28T04:00:00.000Z by zoë: REASON"
std::string SentenceOfErasure(const ErasedRow& row);

// Forgets which folders are present with all that is below them (NoteWholeTree()).
Result<void> ForgetWholeTrees(const Catalog& catalog, CatalogBatch& batch);

}  // namespace reprise::storage
