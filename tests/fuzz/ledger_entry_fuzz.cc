// Ledger entries on arbitrary bytes: what their reader accepts is what their writer writes.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/ledger_entry.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view document = reprise::AsText(std::as_bytes(std::span(data, size)));
  const auto entry = reprise::storage::DecodeLedgerEntry(document);
  if (!entry.ok()) return 0;
  const auto again = reprise::storage::EncodeLedgerEntry(*entry);
  REPRISE_ASSERT(again.ok() && *again == document);
  return 0;
}
