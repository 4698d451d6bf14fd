#include "storage/base/crc32c.h"

#include <gtest/gtest.h>

#include <random>

namespace reprise {
namespace {

using Function = std::uint32_t (*)(ByteSpan, std::uint32_t);

// The definition: one bit at a time, reflected.
std::uint32_t Slow(ByteSpan bytes) {
  std::uint32_t crc = ~0U;
  for (const std::byte b : bytes) {
    crc ^= std::to_integer<std::uint32_t>(b);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82F63B78U : 0);
  }
  return ~crc;
}

class Crc32cTest : public ::testing::TestWithParam<Function> {
 protected:
  std::uint32_t Of(std::string_view text, std::uint32_t seed = 0) const {
    return GetParam()(AsBytes(text), seed);
  }
};

TEST_P(Crc32cTest, GivesTheValuesOfRfc3720) {
  std::string rising;
  for (int i = 0; i < 32; ++i) rising += static_cast<char>(i);
  const std::string falling(rising.rbegin(), rising.rend());
  EXPECT_EQ(Of(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(Of(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(Of(rising), 0x46DD794EU);
  EXPECT_EQ(Of(falling), 0x113FDB5CU);
  const std::string read_pdu = *FromHex(
      "01c00000000000000000000000000000140000000000040000000014000000182800000000000000020000000000"
      "0"
      "000");
  EXPECT_EQ(Of(read_pdu), 0xD9963A56U);
  EXPECT_EQ(Of("123456789"), 0xE3069283U);
  EXPECT_EQ(Of(""), 0U);
}

TEST_P(Crc32cTest, AnyLengthAndAlignmentAgreesWithTheDefinition) {
  std::mt19937 random(1);
  std::string bytes(100, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  for (std::size_t begin = 0; begin < 9; ++begin) {
    for (std::size_t size = 0; size <= bytes.size() - begin; ++size) {
      const std::string_view part = std::string_view(bytes).substr(begin, size);
      ASSERT_EQ(Of(part), Slow(AsBytes(part))) << begin << ' ' << size;
    }
  }
}

TEST_P(Crc32cTest, PartsContinueTheWhole) {
  const std::string_view whole = "The checksum of a and b joined.";
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    EXPECT_EQ(Of(whole.substr(cut), Of(whole.substr(0, cut))), Of(whole));
  }
}

INSTANTIATE_TEST_SUITE_P(, Crc32cTest, ::testing::Values(&Crc32c, &internal::Crc32cPortable),
                         [](const auto& param) { return param.index == 0 ? "Best" : "Portable"; });

}  // namespace
}  // namespace reprise
