// What is believed of a file without reading it again.

#include "tracker/recorder/digest_cache.h"

#include <gtest/gtest.h>

#include "storage/base/clock.h"
#include "storage/crypto/sha256.h"
#include "tests/support/temp_dir.h"

namespace reprise::tracker {
namespace {

constexpr std::int64_t kLongAgoNs = 10'000'000'000;

class DigestCacheTest : public ::testing::Test {
 protected:
  DigestCacheTest() { EXPECT_TRUE(WriteFileAtomically(files_, path_, "content").ok()); }
  FileStat Stat() const { return *files_.StatFollowing(path_); }
  // When the file has not changed for a while.
  std::int64_t Later() const { return NowUnixMs() * 1'000'000 + kLongAgoNs; }

  FileSystem& files_ = PosixFileSystem();
  const testing::TempDir folder_;
  const std::string path_ = folder_.Path("file");
  const Digest digest_ = crypto::Sha256("content");
};

TEST_F(DigestCacheTest, WhatIsRememberedIsFoundAlsoByTheNextProcess) {
  DigestCache cache(files_, folder_.path());
  EXPECT_EQ(cache.Find(path_, Stat()), std::nullopt);
  cache.Remember(path_, Stat(), digest_, Later());
  EXPECT_EQ(cache.Find(path_, Stat()), digest_);
  cache.Save();
  EXPECT_EQ(DigestCache(files_, folder_.path()).Find(path_, Stat()), digest_);
}

TEST_F(DigestCacheTest, AFileThatChangedIsNotFound) {
  DigestCache cache(files_, folder_.path());
  cache.Remember(path_, Stat(), digest_, Later());
  ASSERT_TRUE(WriteFileAtomically(files_, path_, "changed").ok());
  EXPECT_EQ(cache.Find(path_, Stat()), std::nullopt);
}

TEST_F(DigestCacheTest, AFileThatChangedJustBeforeItWasReadIsNotRemembered) {
  DigestCache cache(files_, folder_.path());
  cache.Remember(path_, Stat(), digest_, NowUnixMs() * 1'000'000);
  EXPECT_EQ(cache.Find(path_, Stat()), std::nullopt);
}

TEST_F(DigestCacheTest, AFileThatChangedWhileItWasReadIsNotRemembered) {
  DigestCache cache(files_, folder_.path());
  const FileStat before = Stat();
  ASSERT_TRUE(WriteFileAtomically(files_, path_, "changed").ok());
  cache.Remember(path_, before, digest_, Later());
  EXPECT_EQ(cache.Find(path_, before), std::nullopt);
  EXPECT_EQ(cache.Find(path_, Stat()), std::nullopt);
}

TEST_F(DigestCacheTest, ADamagedCacheIsAnEmptyOne) {
  ASSERT_TRUE(
      WriteFileAtomically(files_, folder_.Path("environment-digests"), "\xff nonsense").ok());
  DigestCache cache(files_, folder_.path());
  EXPECT_EQ(cache.Find(path_, Stat()), std::nullopt);
  EXPECT_EQ(*cache.DigestOf(path_), digest_);
}

}  // namespace
}  // namespace reprise::tracker
