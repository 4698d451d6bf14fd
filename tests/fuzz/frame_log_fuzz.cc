// ScanFrames() on arbitrary bytes: the frames it accepts, written again, are the bytes it read.

#include <cstddef>
#include <cstdint>
#include <string>

#include "storage/base/assert.h"
#include "storage/frame_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const reprise::ByteSpan bytes = std::as_bytes(std::span(data, size));
  std::string rewritten;
  const auto scan = reprise::storage::ScanFrames(
      bytes, 0, [&](std::string_view payload, std::uint64_t end_offset) -> reprise::Result<void> {
        reprise::storage::AppendFrame(rewritten, payload);
        REPRISE_ASSERT(rewritten.size() == end_offset);
        return {};
      });
  REPRISE_ASSERT(scan.ok());
  REPRISE_ASSERT(scan->valid_bytes + scan->dropped_bytes == size);
  REPRISE_ASSERT(rewritten == reprise::AsText(bytes.first(scan->valid_bytes)));
  return 0;
}
