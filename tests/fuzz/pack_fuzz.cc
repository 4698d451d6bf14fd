// Arbitrary bytes as a pack, and as each of its parts: no crash, no content that its digest does
// not name.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/crypto/sha256.h"
#include "storage/pack_reader.h"
#include "tests/support/memory_file.h"

namespace {

using reprise::ByteSpan;
using reprise::Result;

void CheckRecord(ByteSpan record) {
  (void)reprise::storage::DecodeManifest(record);
  const auto block = reprise::storage::DecodeBlock(record);
  if (!block.ok()) return;
  REPRISE_ASSERT(block->chunks.size() == block->starts.size());
  for (std::size_t i = 0; i < block->chunks.size(); ++i) {
    REPRISE_ASSERT(block->starts[i] + block->chunks[i].size_bytes <= block->raw.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteSpan bytes = std::as_bytes(std::span(data, size));
  CheckRecord(bytes);
  (void)reprise::storage::DecodeFooter(bytes);
  (void)reprise::storage::DecodeDigestList(bytes);
  const auto reader = reprise::storage::PackReader::FromFile(
      std::make_unique<reprise::testing::MemoryFile>(std::string(reprise::AsText(bytes))));
  if (!reader.ok()) return 0;
  const auto scan = (*reader)->Scan([](ByteSpan record, std::uint32_t) -> Result<void> {
    CheckRecord(record);
    return {};
  });
  REPRISE_ASSERT(scan.ok());
  REPRISE_ASSERT((*reader)->Verify().ok());
  return 0;
}
