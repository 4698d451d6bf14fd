#include "tracker/store_key.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "tests/support/fault_file_system.h"
#include "tests/support/temp_dir.h"
#include "tracker/store.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

using testing::EnumerateCrashes;
using testing::FaultFileSystem;

const std::string kStore = "/project/.reprise";

void MakeKeysFolder(FileSystem& files) {
  ASSERT_TRUE(CreateDirectories(files, StorePaths(kStore).keys()).ok());
}

// The digest of one text tells keys apart.
std::string Mark(const StoreKey& key) { return key.DigestOf("content"); }

TEST(StoreKey, ItsTextGivesTheSameKey) {
  const auto key = StoreKey::Generate();
  ASSERT_TRUE(key.ok());
  const auto again = StoreKey::Parse(key->ToText());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(Mark(*again), Mark(*key));
  EXPECT_EQ(again->Id(), key->Id());
  EXPECT_EQ(key->Id().size(), 16U);
  EXPECT_EQ(Mark(*key).size(), 64U);
  EXPECT_NE(Mark(*key), key->DigestOf("other content"));
}

// By the documented form: HMAC-SHA-256 under the 32 bytes that stand in hexadecimal.
TEST(StoreKey, ADigestIsTheHmacUnderTheBytesOfTheFile) {
  const auto key = StoreKey::Generate();
  ASSERT_TRUE(key.ok());
  const auto bytes = FromHex(key->ToText().substr(std::string("reprise/store_key/v1 ").size(), 64));
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(Mark(*key), ToHex(crypto::HmacSha256(AsBytes(*bytes), AsBytes("content"))));
}

TEST(StoreKey, EveryChangedByteIsDamage) {
  const std::string text = StoreKey::Generate()->ToText();
  for (std::size_t offset = 0; offset < text.size(); ++offset) {
    std::string damaged = text;
    damaged[offset] = static_cast<char>(damaged[offset] ^ 1 << offset % 8);
    EXPECT_FALSE(StoreKey::Parse(damaged).ok()) << offset;
    EXPECT_FALSE(StoreKey::Parse(text.substr(0, offset)).ok()) << offset;
  }
  EXPECT_FALSE(StoreKey::Parse(text + "\n").ok());
}

TEST(StoreKey, IsMadeOnceAndForItsOwnerAlone) {
  FaultFileSystem files;
  MakeKeysFolder(files);
  const auto none = LoadStoreKey(files, kStore);
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none->has_value());
  const auto made = LoadOrMakeStoreKey(files, kStore);
  ASSERT_TRUE(made.ok()) << made.error().message;
  const auto again = LoadOrMakeStoreKey(files, kStore);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(Mark(*again), Mark(*made));
  EXPECT_EQ(files.Stat(StorePaths(kStore).digest_key())->mode & 0777, 0600U);
}

TEST(StoreKey, OfManyThatNeedItFirstOneMakesItAndAllHaveIt) {
  const testing::TempDir folder;
  ASSERT_TRUE(Store::Create(PosixFileSystem(), folder.path()).ok());
  constexpr std::size_t kCount = 16;
  std::vector<std::string> marks(kCount);
  {
    std::vector<std::jthread> recorders;
    for (std::string& mark : marks) {
      recorders.emplace_back([&] {
        const auto key = LoadOrMakeStoreKey(PosixFileSystem(), folder.Path(".reprise"));
        if (key.ok()) mark = Mark(*key);
      });
    }
  }
  const std::set<std::string> distinct(marks.begin(), marks.end());
  EXPECT_EQ(distinct.size(), 1U);
  EXPECT_EQ(distinct.count(""), 0U);
}

TEST(StoreKey, ADamagedOneIsAnErrorAndNeverReplaced) {
  FaultFileSystem files;
  MakeKeysFolder(files);
  const std::string path = StorePaths(kStore).digest_key();
  ASSERT_TRUE(WriteFileAtomically(files, path, "nonsense").ok());
  const auto key = LoadOrMakeStoreKey(files, kStore);
  ASSERT_FALSE(key.ok());
  EXPECT_EQ(key.error().code, ErrorCode::kCorruption);
  EXPECT_NE(key.error().message.find(path), std::string::npos) << key.error().message;
  EXPECT_EQ(*ReadFile(files, path), "nonsense");
}

TEST(StoreKey, WhateverTheMomentOfAPowerLossAKeyThatWasGivenStays) {
  std::optional<std::string> given;
  const auto prepare = [&](FaultFileSystem& files) {
    MakeKeysFolder(files);
    given.reset();
  };
  const auto scenario = [&](FaultFileSystem& files) {
    const auto key = LoadOrMakeStoreKey(files, kStore);
    if (key.ok()) given = Mark(*key);
    (void)WriteFileAtomically(files, "/project/later", "x");  // The power may go now.
  };
  const auto check = [&](FaultFileSystem& files) {
    const auto before = LoadStoreKey(files, kStore);
    ASSERT_TRUE(before.ok()) << before.error().message;
    const auto after = LoadOrMakeStoreKey(files, kStore);
    ASSERT_TRUE(after.ok()) << after.error().message;
    if (given.has_value()) {
      EXPECT_EQ(Mark(*after), *given);
    }
  };
  EnumerateCrashes(prepare, scenario, check);
}

TEST(StoreKey, IsAProblemWhenItIsDamagedOrNeededAndMissing) {
  FaultFileSystem files;
  MakeKeysFolder(files);
  EXPECT_EQ(StoreKeyProblem(files, kStore, false), std::nullopt);
  const auto missing = StoreKeyProblem(files, kStore, true);
  ASSERT_TRUE(missing.has_value());
  EXPECT_NE(missing->find("digest.key' is missing"), std::string::npos) << *missing;
  ASSERT_TRUE(LoadOrMakeStoreKey(files, kStore).ok());
  EXPECT_EQ(StoreKeyProblem(files, kStore, true), std::nullopt);
  ASSERT_TRUE(WriteFileAtomically(files, StorePaths(kStore).digest_key(), "").ok());
  for (const bool is_needed : {false, true}) {
    const auto damaged = StoreKeyProblem(files, kStore, is_needed);
    ASSERT_TRUE(damaged.has_value());
    EXPECT_NE(damaged->find("is damaged"), std::string::npos) << *damaged;
  }
}

}  // namespace
}  // namespace reprise::tracker
