// Journals: whatever the bytes, reading them ends, and tells how much of them was whole.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "tracker/recorder/run_facts.h"
#include "tracker/session.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const reprise::ByteSpan bytes = std::as_bytes(std::span(data, size));
  reprise::tracker::RunFacts facts;
  const auto scan = reprise::tracker::ScanJournalBytes(
      bytes, "journal", [&](const reprise::tracker::v1::Frame& frame) {
        return reprise::tracker::AddFrame(frame, facts);
      });
  if (scan.ok()) {
    REPRISE_ASSERT(scan->valid_bytes + scan->dropped_bytes == size);
    REPRISE_ASSERT(scan->damaged_bytes < scan->valid_bytes);
  }
  return 0;
}
