// ParseJson() on arbitrary bytes: what it accepts can be written for people and read back the same.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/base/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = reprise::AsText(std::as_bytes(std::span(data, size)));
  const auto value = reprise::ParseJson(text);
  if (!value.ok()) {
    REPRISE_ASSERT(value.error().code == reprise::ErrorCode::kInvalidArgument);
    return 0;
  }
  REPRISE_ASSERT(reprise::IsUtf8(text));
  const auto again = reprise::ParseJson(reprise::FormatJson(*value));
  REPRISE_ASSERT(again.ok() && *again == *value);
  return 0;
}
