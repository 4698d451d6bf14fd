// A gear hash h' = 2h + gear[byte] runs over the bytes after the minimum length.  Its high bits
// have seen the last 64 bytes, so the masks take those.  Before the average length a cut needs 18
// zero bits, after it 14 (the average's 16 ± the normalisation level), which draws lengths towards
// the average; at the maximum the cut is made anyhow.

#include "storage/chunker.h"

#include <algorithm>
#include <limits>

#include "storage/gear_table.h"

namespace reprise::storage {
namespace {

constexpr std::uint64_t HighBits(int count) { return ~std::uint64_t{0} << (64 - count); }

constexpr std::uint64_t kMaskBeforeAverage = HighBits(18);
constexpr std::uint64_t kMaskAfterAverage = HighBits(14);

// The position after the first byte of [begin, end) at which `hash` has no bit of `mask`; 0 if
// there is none.
std::size_t FindCut(ByteSpan bytes, std::size_t begin, std::size_t end, std::uint64_t mask,
                    std::uint64_t& hash) {
  std::uint64_t h = hash;
  const auto gear = [&](std::size_t i) {
    return kGearTable[std::to_integer<std::size_t>(bytes[i])];
  };
  // Two bytes a step: h waits for one shift and one sum where it would wait for two.
  std::size_t i = begin;
  for (; i + 2 <= end; i += 2) {
    const std::uint64_t first = gear(i);
    const std::uint64_t both = (first << 1) + gear(i + 1);
    const std::uint64_t between = (h << 1) + first;
    h = (h << 2) + both;
    if ((between & mask) == 0) return i + 1;
    if ((h & mask) == 0) return i + 2;
  }
  if (i < end) {
    h = (h << 1) + gear(i);
    if ((h & mask) == 0) return end;
  }
  hash = h;
  return 0;
}

}  // namespace

Chunker::Chunker(std::vector<std::uint64_t> forced_cuts) : forced_cuts_(std::move(forced_cuts)) {}

std::size_t Chunker::Next(ByteSpan ahead) {
  while (next_forced_ < forced_cuts_.size() && forced_cuts_[next_forced_] <= position_) {
    ++next_forced_;
  }
  std::uint64_t limit = std::min<std::uint64_t>(ahead.size(), kChunkBytesMax);
  if (next_forced_ < forced_cuts_.size()) {
    limit = std::min(limit, forced_cuts_[next_forced_] - position_);
  }
  std::size_t length = limit;
  if (limit > kChunkBytesMin) {
    const std::size_t normal = std::min<std::size_t>(limit, kChunkBytesAverage);
    std::uint64_t hash = 0;
    std::size_t cut = FindCut(ahead, kChunkBytesMin, normal, kMaskBeforeAverage, hash);
    if (cut == 0) cut = FindCut(ahead, normal, limit, kMaskAfterAverage, hash);
    if (cut != 0) length = cut;
  }
  position_ += length;
  return length;
}

}  // namespace reprise::storage
