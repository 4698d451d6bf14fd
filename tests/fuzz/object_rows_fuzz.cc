// The catalog's rows of chunks, objects, packs and erasures on arbitrary bytes: what their readers
// accept is what their writers write.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/erased_content.h"
#include "storage/object_rows.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view value = reprise::AsText(std::as_bytes(std::span(data, size)));
  if (const auto row = reprise::storage::DecodePlaceRow(value); row.ok()) {
    REPRISE_ASSERT(reprise::storage::EncodePlaceRow(*row) == value);
  }
  if (const auto row = reprise::storage::DecodePackRow(value); row.ok()) {
    REPRISE_ASSERT(reprise::storage::EncodePackRow(*row) == value);
  }
  if (const auto row = reprise::storage::DecodeErasedRow(value); row.ok()) {
    REPRISE_ASSERT(reprise::storage::EncodeErasedRow(*row) == value);
  }
  return 0;
}
