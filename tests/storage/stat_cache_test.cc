#include "storage/stat_cache.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "tests/support/temp_dir.h"

namespace reprise::storage {
namespace {

constexpr std::int64_t kHashedSinceUnixNs = 1'700'000'000'000'000'000;

FileStat StatOf(std::uint64_t i) {
  FileStat stat;
  stat.device = 1;
  stat.inode = i * 7919 % 1'000'003;  // In no order.
  stat.size_bytes = i;
  return stat;
}
Digest DigestOf(std::uint64_t i) { return crypto::Sha256(std::to_string(i)); }

class StatCacheTest : public ::testing::Test {
 protected:
  StatCache Open() { return {files, folder.path(), "/data", kHashedSinceUnixNs}; }
  std::size_t CountFiles() { return files.List(folder.path())->size(); }

  FileSystem& files = PosixFileSystem();
  testing::TempDir folder;
};

// More than are kept in memory at once.
TEST_F(StatCacheTest, RemembersAHundredThousandFilesAndLeavesOneFile) {
  constexpr std::uint64_t kFiles = 100'000;
  {
    StatCache cache = Open();
    for (std::uint64_t i = 0; i < kFiles; ++i) cache.Add(StatOf(i), DigestOf(i));
    cache.Save();
  }
  EXPECT_EQ(CountFiles(), 1U);
  StatCache cache = Open();
  for (std::uint64_t i = 0; i < kFiles; ++i) ASSERT_EQ(cache.Find(StatOf(i)), DigestOf(i)) << i;
  EXPECT_FALSE(cache.Find(StatOf(kFiles)).has_value());
}

TEST_F(StatCacheTest, LeavesNothingBehindIfItIsNotSaved) {
  {
    StatCache cache = Open();
    for (std::uint64_t i = 0; i < 100'000; ++i) cache.Add(StatOf(i), DigestOf(i));
    EXPECT_EQ(CountFiles(), 1U);  // A run of records; else this test shows nothing.
  }
  EXPECT_EQ(CountFiles(), 0U);
}

TEST_F(StatCacheTest, KeepsWhatWasFoundOrAddedAndForgetsTheRest) {
  {
    StatCache cache = Open();
    for (std::uint64_t i = 0; i < 3; ++i) cache.Add(StatOf(i), DigestOf(i));
    cache.Save();
  }
  {
    StatCache cache = Open();
    EXPECT_TRUE(cache.Find(StatOf(1)).has_value());
    cache.Add(StatOf(7), DigestOf(7));
    cache.Save();
  }
  StatCache cache = Open();
  EXPECT_FALSE(cache.Find(StatOf(0)).has_value());
  EXPECT_EQ(cache.Find(StatOf(1)), DigestOf(1));
  EXPECT_FALSE(cache.Find(StatOf(2)).has_value());
  EXPECT_EQ(cache.Find(StatOf(7)), DigestOf(7));
}

TEST_F(StatCacheTest, OfAFileThatWasHashedAgainTheNewDigestCounts) {
  for (const std::uint64_t digest : {5, 3, 8}) {
    StatCache cache = Open();
    (void)cache.Find(StatOf(1));
    cache.Add(StatOf(1), DigestOf(digest));
    cache.Save();
    EXPECT_EQ(Open().Find(StatOf(1)), DigestOf(digest));
  }
}

TEST_F(StatCacheTest, AnUnchangedCacheIsNotWrittenAgain) {
  {
    StatCache cache = Open();
    cache.Add(StatOf(1), DigestOf(1));
    cache.Add(StatOf(1), DigestOf(1));  // A hard link.
    cache.Save();
  }
  const std::uint64_t inode = files.List(folder.path())->at(0).stat.inode;
  {
    StatCache cache = Open();
    EXPECT_TRUE(cache.Find(StatOf(1)).has_value());
    cache.Save();
  }
  EXPECT_EQ(files.List(folder.path())->at(0).stat.inode, inode);
}

TEST_F(StatCacheTest, AFileChangedAboutWhenItWasHashedIsNotRemembered) {
  FileStat racy = StatOf(1);
  racy.mtime_unix_ns = kHashedSinceUnixNs - 1'000'000;
  FileStat old = StatOf(2);
  old.ctime_unix_ns = kHashedSinceUnixNs - 200'000'000;
  StatCache cache = Open();
  cache.Add(racy, DigestOf(1));
  cache.Add(old, DigestOf(2));
  cache.Save();
  StatCache again = Open();
  EXPECT_FALSE(again.Find(racy).has_value());
  EXPECT_TRUE(again.Find(old).has_value());
}

}  // namespace
}  // namespace reprise::storage
