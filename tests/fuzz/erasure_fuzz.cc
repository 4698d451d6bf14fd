// The readers of erasures and of the plans of removals (docs/formats/erasure.md) on arbitrary
// bytes: what they accept is what their writers write.

#include <cstddef>
#include <cstdint>

#include "storage/base/bytes.h"
#include "tests/fuzz/same_document.h"
#include "tracker/erasure_document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using reprise::fuzz::ExpectSame;
  using namespace reprise::tracker;
  const std::string_view document = reprise::AsText(std::as_bytes(std::span(data, size)));
  ExpectSame(DecodeErasure(document), document, EncodeErasure);
  ExpectSame(DecodeErasingPlan(document), document, [](const ErasingPlan& plan) {
    return reprise::Result<std::string>(EncodeErasingPlan(plan));
  });
  return 0;
}
