#include "storage/digest_set.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"

namespace reprise::storage {
namespace {

Digest Numbered(int i) { return crypto::Sha256(std::to_string(i)); }

TEST(RecentDigests, KnowsWhatItWasGiven) {
  RecentDigests digests(1000);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(digests.Insert(Numbered(i)));
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(digests.Insert(Numbered(i)));
  EXPECT_FALSE(digests.Contains(Numbered(1000)));
}

TEST(RecentDigests, ForgetsTheOldestFirst) {
  RecentDigests digests(100);
  for (int i = 0; i < 250; ++i) digests.Insert(Numbered(i));
  EXPECT_FALSE(digests.Contains(Numbered(0)));
  for (int i = 150; i < 250; ++i) EXPECT_TRUE(digests.Contains(Numbered(i))) << i;
}

}  // namespace
}  // namespace reprise::storage
