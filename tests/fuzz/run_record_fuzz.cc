// DecodeRunRecord() on arbitrary bytes: what it accepts is what EncodeRunRecord() writes.
// docs/formats/run.md.

#include <cstddef>
#include <cstdint>

#include "lineage/run_record.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view document = reprise::AsText(std::as_bytes(std::span(data, size)));
  const auto record = reprise::lineage::DecodeRunRecord(document);
  if (!record.ok()) return 0;
  const auto again = reprise::lineage::EncodeRunRecord(*record);
  REPRISE_ASSERT(again.ok() && *again == document);
  return 0;
}
