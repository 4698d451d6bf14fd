#include <gtest/gtest.h>

#include "storage/zstd/codec.h"
#include "storage/zstd/stream.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

std::string FrameInParts(std::string_view text, std::size_t part_bytes) {
  ZstdStream stream(3);
  std::string frame;
  for (std::size_t i = 0; i < text.size(); i += part_bytes) {
    stream.Write(AsBytes(text.substr(i, part_bytes)), frame);
  }
  stream.Finish(frame);
  return frame;
}

TEST(ZstdStream, GivesBackWhatItWasGivenInParts) {
  const std::string text = testing::TextBytes(3'000'000, 1);
  const std::string frame = FrameInParts(text, 70'001);
  EXPECT_LT(frame.size(), text.size() / 2);
  std::string back(text.size(), '\0');
  ASSERT_TRUE(DecompressZstd(AsBytes(frame), std::as_writable_bytes(std::span(back))).ok());
  EXPECT_TRUE(back == text);
}

TEST(ZstdStream, TheFrameDoesNotFollowFromTheParts) {
  const std::string text = testing::TextBytes(1'000'000, 2);
  const std::string whole = FrameInParts(text, text.size());
  for (const std::size_t part_bytes : {1'000U, 131'072U, 131'073U, 400'000U}) {
    EXPECT_TRUE(FrameInParts(text, part_bytes) == whole) << part_bytes;
  }
}

TEST(ZstdStream, NothingIsAFrameToo) {
  const std::string frame = FrameInParts("", 1);
  EXPECT_FALSE(frame.empty());
  EXPECT_TRUE(DecompressZstd(AsBytes(frame), {}).ok());
}

}  // namespace
}  // namespace reprise::storage
