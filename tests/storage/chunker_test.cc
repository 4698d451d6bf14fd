#include "storage/chunker.h"

#include <gtest/gtest.h>

#include "storage/gear_table.h"
#include "tests/support/golden.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

using testing::RandomBytes;
using testing::TextBytes;

std::vector<std::size_t> Lengths(std::string_view content,
                                 std::vector<std::uint64_t> forced_cuts = {}) {
  Chunker chunker(std::move(forced_cuts));
  std::vector<std::size_t> lengths;
  for (ByteSpan rest = AsBytes(content); !rest.empty();) {
    // No more than it may ask for, as a stream would give it.
    lengths.push_back(chunker.Next(rest.first(std::min(rest.size(), kChunkBytesMax))));
    rest = rest.subspan(lengths.back());
  }
  return lengths;
}

std::vector<std::uint64_t> Ends(const std::vector<std::size_t>& lengths) {
  std::vector<std::uint64_t> ends;
  for (const std::size_t length : lengths)
    ends.push_back((ends.empty() ? 0 : ends.back()) + length);
  return ends;
}

TEST(GearTable, IsSplitMix64OfItsSeed) {
  // First output for seed 0, as published with the algorithm (prng.di.unimi.it/splitmix64.c).
  std::uint64_t state = 0;
  EXPECT_EQ(SplitMix64(state), 0xE220A8397B1DCDAF);
  state = 0x5265707269736531;
  for (const std::uint64_t entry : kGearTable) EXPECT_EQ(entry, SplitMix64(state));
}

TEST(Chunker, CutsWhereVersion1Cuts) {
  std::string text = "chunker version " + std::to_string(kChunkerVersion) + "\n";
  const std::pair<const char*, std::string> contents[] = {
      {"random", RandomBytes(3'000'000, 1)},
      {"text", TextBytes(3'000'000, 2)},
      {"zeros", std::string(1'000'000, '\0')},
  };
  for (const auto& [name, content] : contents) {
    text += name;
    for (const std::uint64_t end : Ends(Lengths(content))) text += " " + std::to_string(end);
    text += "\n";
  }
  EXPECT_EQ(text, testing::Golden(REPRISE_GOLDEN_DIR "/chunker/cuts_v1.txt", text));
}

TEST(Chunker, LengthsKeepTheirBoundsAndTheirAverage) {
  const std::string content = RandomBytes(64 << 20, 3);
  const auto lengths = Lengths(content);
  std::size_t total = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    total += lengths[i];
    EXPECT_LE(lengths[i], kChunkBytesMax);
    if (i + 1 == lengths.size()) break;
    EXPECT_GT(lengths[i], kChunkBytesMin);
  }
  EXPECT_EQ(total, content.size());
  const double average = static_cast<double>(total) / static_cast<double>(lengths.size());
  EXPECT_GT(average, 0.9 * kChunkBytesAverage);
  EXPECT_LT(average, 1.4 * kChunkBytesAverage);
}

TEST(Chunker, SmallContentIsOneChunk) {
  EXPECT_TRUE(Lengths("").empty());
  EXPECT_EQ(Lengths("a"), std::vector<std::size_t>{1});
  EXPECT_EQ(Lengths(RandomBytes(kChunkBytesMin, 4)), std::vector<std::size_t>{kChunkBytesMin});
}

TEST(Chunker, CutsMoveWithTheContent) {
  const std::string content = RandomBytes(4 << 20, 5);
  const auto ends = Ends(Lengths(content));
  const auto shifted = Ends(Lengths("seven b" + content));
  // From some point on, every cut of the one is a cut of the other.
  std::size_t common = 0;
  while (common < ends.size() &&
         ends[ends.size() - 1 - common] + 7 == shifted[shifted.size() - 1 - common]) {
    ++common;
  }
  EXPECT_GT(common, ends.size() * 3 / 4);
}

TEST(Chunker, ForcedCutsAreMade) {
  const std::string content = RandomBytes(1 << 20, 6);
  const std::vector<std::uint64_t> forced{5, 5, 70'000, 70'001, 900'000, 5'000'000};
  const auto ends = Ends(Lengths(content, forced));
  for (const std::uint64_t cut : {5, 70'000, 70'001, 900'000}) {
    EXPECT_NE(std::find(ends.begin(), ends.end(), cut), ends.end()) << cut;
  }
  EXPECT_EQ(ends.back(), content.size());
}

}  // namespace
}  // namespace reprise::storage
