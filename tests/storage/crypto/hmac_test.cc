#include "storage/crypto/hmac.h"

#include <gtest/gtest.h>

#include <string>

namespace reprise::crypto {
namespace {

struct Vector {
  std::string key;
  std::string content;
  std::string hmac;
};

std::string HexOf(const std::string& key, std::string_view content) {
  return ToHex(HmacSha256(AsBytes(key), AsBytes(content)));
}

// RFC 4231 §4, test cases 1 to 4, 6 and 7; of case 5 only the first 128 bits are given.
const Vector kVectors[] = {
    {std::string(20, '\x0b'), "Hi There",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
    {"Jefe", "what do ya want for nothing?",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
    {std::string(20, '\xaa'), std::string(50, '\xdd'),
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
    {"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17"
     "\x18\x19",
     std::string(50, '\xcd'), "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
    {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
    {std::string(131, '\xaa'),
     "This is a test using a larger than block-size key and a larger than block-size data. The "
     "key needs to be hashed before being used by the HMAC algorithm.",
     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}};

TEST(Hmac, GivesTheValuesOfTheStandard) {
  for (const Vector& vector : kVectors) {
    EXPECT_EQ(HexOf(vector.key, vector.content), vector.hmac) << vector.content;
  }
  EXPECT_EQ(HexOf(std::string(20, '\x0c'), "Test With Truncation").substr(0, 32),
            "a3b6167473100ee06e0c796c2955552b");
}

TEST(Hmac, AnEmptyKeyAndEmptyContentHaveAValueToo) {
  EXPECT_EQ(HexOf("", ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Hmac, PartsGiveTheValueOfTheWholeAndAStreamStartsAnewWithItsKey) {
  for (const Vector& vector : kVectors) {
    HmacSha256Stream stream(AsBytes(vector.key));
    for (int round = 0; round < 2; ++round) {
      for (std::size_t cut = 0; cut < vector.content.size(); cut += 7) {
        stream.Update(AsBytes(std::string_view(vector.content).substr(cut, 7)));
      }
      EXPECT_EQ(ToHex(stream.Finish()), vector.hmac);
    }
  }
}

TEST(Hmac, AMovedStreamGoesOn) {
  HmacSha256Stream first(AsBytes("Jefe"));
  first.Update(AsBytes("what do ya want "));
  HmacSha256Stream second = std::move(first);
  second.Update(AsBytes("for nothing?"));
  EXPECT_EQ(ToHex(second.Finish()), kVectors[1].hmac);
}

TEST(HmacKey, IsNewEachTimeAndHasItsLength) {
  const auto one = HmacKey::Generate();
  const auto other = HmacKey::Generate();
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(one->bytes().size(), kHmacKeyBytes);
  EXPECT_NE(ToHex(one->bytes()), ToHex(other->bytes()));
  const auto again = HmacKey::FromBytes(one->bytes());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(ToHex(again->bytes()), ToHex(one->bytes()));
}

TEST(HmacKey, OfAnotherLengthIsRefused) {
  for (const std::size_t size : {0, 31, 33}) {
    const auto key = HmacKey::FromBytes(AsBytes(std::string(size, 'x')));
    ASSERT_FALSE(key.ok());
    EXPECT_EQ(key.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace reprise::crypto
