#include <gtest/gtest.h>

#include "storage/zstd/codec.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

TEST(Zstd, GivesBackWhatItWasGiven) {
  const std::string text = testing::TextBytes(300'000, 1);
  const auto frame = CompressZstd(AsBytes(text), 1, text.size());
  ASSERT_TRUE(frame.has_value());
  EXPECT_LT(frame->size(), text.size() / 2);
  std::string back(text.size(), '\0');
  ASSERT_TRUE(DecompressZstd(*frame, std::as_writable_bytes(std::span(back))).ok());
  EXPECT_TRUE(back == text);
}

TEST(Zstd, SaysWhenTheFrameIsLongerThanAllowed) {
  const std::string random = testing::RandomBytes(10'000, 1);
  EXPECT_FALSE(CompressZstd(AsBytes(random), 1, 9'500).has_value());
}

TEST(Zstd, AFrameOfAnotherLengthThanDeclaredIsCorruption) {
  const std::string text = testing::TextBytes(10'000, 1);
  const auto frame = CompressZstd(AsBytes(text), 1, text.size());
  ASSERT_TRUE(frame.has_value());
  for (const std::size_t declared : {std::size_t{0}, text.size() - 1, text.size() + 1}) {
    std::string back(declared, '\0');
    const auto done = DecompressZstd(*frame, std::as_writable_bytes(std::span(back)));
    ASSERT_FALSE(done.ok());
    EXPECT_EQ(done.error().code, ErrorCode::kCorruption);
  }
  std::string back(10, '\0');
  EXPECT_FALSE(DecompressZstd(AsBytes("no frame"), std::as_writable_bytes(std::span(back))).ok());
}

}  // namespace
}  // namespace reprise::storage
