#include "storage/base/digest.h"

#include <gtest/gtest.h>

#include <unordered_set>

#include "storage/crypto/sha256.h"

namespace reprise {
namespace {

constexpr std::string_view kAbc =
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, TextAndStoredFormReadBack) {
  const Digest digest = crypto::Sha256("abc");
  EXPECT_EQ(digest.ToString(), kAbc);
  EXPECT_EQ(*Digest::Parse(kAbc), digest);
  const std::string stored = digest.ToStored();
  EXPECT_EQ(stored.size(), Digest::kStoredSizeBytes);
  EXPECT_EQ(stored[0], 1);
  EXPECT_EQ(*Digest::FromStored(AsBytes(stored)), digest);
}

TEST(Digest, OnlyTheFullTextFormIsADigest) {
  const std::string good(kAbc);
  for (const std::string& bad :
       {std::string(), good.substr(7), good.substr(0, good.size() - 1), good + "0", " " + good,
        "SHA256:" + good.substr(7), "sha512:" + good.substr(7), good.substr(0, 70) + "g"}) {
    const auto digest = Digest::Parse(bad);
    ASSERT_FALSE(digest.ok()) << bad;
    EXPECT_EQ(digest.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(Digest, AnotherAlgorithmOrLengthIsCorruption) {
  const std::string stored = crypto::Sha256("abc").ToStored();
  for (const std::string& bad :
       {std::string(), stored.substr(1), stored + "x", std::string("\x02") + stored.substr(1)}) {
    const auto digest = Digest::FromStored(AsBytes(bad));
    ASSERT_FALSE(digest.ok());
    EXPECT_EQ(digest.error().code, ErrorCode::kCorruption);
  }
}

TEST(Digest, OrderIsThatOfTheHexText) {
  const Digest a = crypto::Sha256("a");
  const Digest b = crypto::Sha256("b");
  EXPECT_EQ(a < b, a.ToHex() < b.ToHex());
  EXPECT_NE(a, b);
  EXPECT_LT(Digest(), a);
}

TEST(Digest, HashesSpreadInSets) {
  std::unordered_set<Digest> digests;
  for (int i = 0; i < 100; ++i) digests.insert(crypto::Sha256(std::to_string(i)));
  EXPECT_EQ(digests.size(), 100U);
  EXPECT_TRUE(digests.contains(crypto::Sha256("42")));
}

}  // namespace
}  // namespace reprise
