// Arbitrary bytes as a pack, and as each of its parts: no crash, no content that its digest does
// not name.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/crypto/sha256.h"
#include "storage/pack_reader.h"

namespace {

using reprise::AsBytes;
using reprise::ByteSpan;
using reprise::Result;

// The pack's bytes as a file system of one file.
class OneFile final : public reprise::File {
 public:
  explicit OneFile(ByteSpan bytes) : bytes_(bytes) {}
  Result<std::size_t> ReadAt(std::uint64_t offset, reprise::MutableByteSpan buffer) const override {
    if (offset >= bytes_.size()) return std::size_t{0};
    const std::size_t count = std::min<std::uint64_t>(buffer.size(), bytes_.size() - offset);
    std::memcpy(buffer.data(), bytes_.data() + offset, count);
    return count;
  }
  Result<void> WriteAt(std::uint64_t, ByteSpan) override { return {}; }
  Result<void> Sync() override { return {}; }
  void StartWriteback(std::uint64_t, std::uint64_t) override {}
  Result<void> Truncate(std::uint64_t) override { return {}; }
  Result<reprise::FileStat> Stat() const override {
    reprise::FileStat stat;
    stat.size_bytes = bytes_.size();
    return stat;
  }
  const std::string& path() const override { return path_; }

 private:
  ByteSpan bytes_;
  std::string path_ = "fuzz.pack";
};

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
  const auto reader = reprise::storage::PackReader::FromFile(std::make_unique<OneFile>(bytes));
  if (!reader.ok()) return 0;
  const auto scan = (*reader)->Scan([](ByteSpan record, std::uint32_t) -> Result<void> {
    CheckRecord(record);
    return {};
  });
  REPRISE_ASSERT(scan.ok());
  REPRISE_ASSERT((*reader)->Verify().ok());
  return 0;
}
