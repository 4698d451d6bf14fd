// The readers of registered models (docs/formats/model.md) on arbitrary bytes: what they accept is
// what their writers write.

#include <cstddef>
#include <cstdint>

#include "lineage/model_version.h"
#include "storage/base/bytes.h"
#include "tests/fuzz/same_document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using reprise::fuzz::ExpectSame;
  using namespace reprise::lineage;
  const std::string_view document = reprise::AsText(std::as_bytes(std::span(data, size)));
  ExpectSame(DecodeModelVersion(document), document, EncodeModelVersion);
  ExpectSame(DecodePromotion(document), document, EncodePromotion);
  return 0;
}
