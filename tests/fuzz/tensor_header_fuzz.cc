// TensorCuts() on arbitrary bytes: no crash, and cuts in order; and the chunker keeps its bounds
// with whatever cuts come out.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/chunker.h"
#include "storage/tensor_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const reprise::ByteSpan bytes = std::as_bytes(std::span(data, size));
  const auto cuts = reprise::storage::TensorCuts(bytes);
  for (std::size_t i = 1; i < cuts.size(); ++i) REPRISE_ASSERT(cuts[i - 1] < cuts[i]);
  reprise::storage::Chunker chunker(cuts);
  for (reprise::ByteSpan rest = bytes; !rest.empty();) {
    const std::size_t length = chunker.Next(rest);
    REPRISE_ASSERT(length > 0 && length <= rest.size() &&
                   length <= reprise::storage::kChunkBytesMax);
    rest = rest.subspan(length);
  }
  return 0;
}
