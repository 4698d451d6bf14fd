// Canonicalize() on whatever parses: the canonical form means the same and is its own canonical
// form; and a number made of any eight bytes reads back to the same bits.
// docs/formats/documents.md.

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/base/canonical.h"
#include "storage/base/json.h"

namespace {

using reprise::ByteSpan;

void CheckDocument(ByteSpan bytes) {
  const auto value = reprise::ParseJson(reprise::AsText(bytes));
  if (!value.ok()) return;
  const auto canonical = reprise::Canonicalize(*value);
  REPRISE_ASSERT(canonical.ok());
  const auto again = reprise::ParseJson(*canonical);
  REPRISE_ASSERT(again.ok());
  REPRISE_ASSERT(*reprise::Canonicalize(*again) == *canonical);
}

void CheckNumber(ByteSpan bytes) {
  const double number = std::bit_cast<double>(reprise::LoadLe<std::uint64_t>(bytes));
  if (!std::isfinite(number)) return;
  std::string text;
  reprise::AppendCanonicalNumber(text, number);
  const auto read = reprise::ParseJson(text);
  REPRISE_ASSERT(read.ok() && read->as_number() == number);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan bytes = std::as_bytes(std::span(data, size));
  CheckDocument(bytes);
  if (size == 8) CheckNumber(bytes);
  return 0;
}
