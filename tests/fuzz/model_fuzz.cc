// The readers of registered models (docs/formats/model.md) on arbitrary bytes: what they accept is
// what their writers write.

#include <cstddef>
#include <cstdint>

#include "lineage/model_version.h"
#include "storage/base/assert.h"
#include "storage/base/bytes.h"

namespace {

template <typename Value, typename Encode>
void ExpectSame(const reprise::Result<Value>& value, std::string_view document, Encode encode) {
  if (!value.ok()) return;
  const auto written = encode(*value);
  REPRISE_ASSERT(written.ok() && *written == document);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::lineage;
  const std::string_view document = reprise::AsText(std::as_bytes(std::span(data, size)));
  ExpectSame(DecodeModelVersion(document), document, EncodeModelVersion);
  ExpectSame(DecodePromotion(document), document, EncodePromotion);
  return 0;
}
