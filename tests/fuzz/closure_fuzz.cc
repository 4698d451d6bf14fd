// The reader of closure documents (docs/formats/closure.md) on arbitrary bytes: what it accepts is
// what its writer writes.

#include <cstddef>
#include <cstdint>

#include "lineage/closure.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view document = reprise::AsText(std::as_bytes(std::span(data, size)));
  const auto closure = reprise::lineage::DecodeClosure(document);
  if (!closure.ok()) return 0;
  const auto again = reprise::lineage::EncodeClosure(*closure);
  REPRISE_ASSERT(again.ok() && *again == document);
  return 0;
}
