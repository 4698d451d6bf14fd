// Root folders laid out on disk from made-up contents.

#include "tracker/replay/lay_out_root.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "tests/support/temp_dir.h"
#include "tests/tracker/traced_run.h"
#include "tracker/recorder/digest_cache.h"

namespace reprise::tracker {
namespace {

using lineage::FileClass;
using ::testing::IsEmpty;

constexpr std::int64_t kTimeNs = 1'600'000'000'123'456'789;

class LayOutRootTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"project", "base", "host"}) {
      ASSERT_TRUE(files_.CreateDirectory(folder_.Path(name)).ok());
    }
    ASSERT_TRUE(Store::Create(files_, folder_.Path("project")).ok());
    const auto sealed =
        testing::SealTracedRun(files_, folder_.Path("project/.reprise"), {.contents = {"content"}});
    ASSERT_TRUE(sealed.ok()) << sealed.error().message;
    auto store = Store::Open(files_, folder_.Path("project/.reprise"), {});
    ASSERT_TRUE(store.ok()) << store.error().message;
    store_ = *std::move(store);
    options_.cache_folder = folder_.Path("project/.reprise/cache");
  }

  static RootEntry File(const std::string& content, FileClass file_class = FileClass::kData) {
    return {.file_class = file_class,
            .digest = crypto::Sha256(content),
            .size_bytes = content.size(),
            .mode = 0644,
            .modified_at_unix_ns = kTimeNs};
  }

  std::vector<SandboxBind> LayOut() {
    auto binds = LayOutRoot(*store_, contents_, Base(), options_);
    EXPECT_TRUE(binds.ok()) << binds.error().message;
    return binds.ok() ? *std::move(binds) : std::vector<SandboxBind>{};
  }

  // A file of the host that the cache of digests knows.
  std::string HostFile(const std::string& content) {
    const std::string path = folder_.Path("host/libm.so");
    EXPECT_TRUE(WriteFileAtomically(files_, path, content).ok());
    EXPECT_TRUE(files_.SetPermissions(path, 0644).ok());
    EXPECT_TRUE(files_.SetModificationTime(path, kTimeNs).ok());
    DigestCache cache(files_, options_.cache_folder);
    // Long after the file was written, so that a later write would show.
    constexpr std::int64_t kReadAtNs = 4'000'000'000'000'000'000;
    cache.Remember(path, *files_.Stat(path), crypto::Sha256(content), kReadAtNs);
    cache.Save();
    return path;
  }

  std::string Base() const { return folder_.Path("base"); }
  FileStat StatOf(const std::string& path) {
    const auto stat = files_.Stat(Base() + path);
    EXPECT_TRUE(stat.ok()) << stat.error().message;
    return stat.value_or(FileStat{});
  }

  const reprise::testing::TempDir folder_;
  FileSystem& files_ = PosixFileSystem();
  std::unique_ptr<Store> store_;
  RootContents contents_;
  RootLayoutOptions options_;
};

TEST_F(LayOutRootTest, FilesFoldersAndLinksHaveTheirModesAndTimes) {
  contents_.entries["/data/a"] = File("content");
  contents_.entries["/data/a"].mode = 0400;
  contents_.entries["/data"] = {
      .kind = FileKind::kDirectory, .mode = 0555, .modified_at_unix_ns = kTimeNs};
  contents_.entries["/lib"] = {.kind = FileKind::kSymlink, .mode = 0777, .target = "usr/lib"};
  EXPECT_THAT(LayOut(), IsEmpty());
  EXPECT_EQ(*ReadFile(files_, Base() + "/data/a"), "content");
  EXPECT_EQ(StatOf("/data/a").mode & 07777U, 0400U);
  EXPECT_EQ(StatOf("/data/a").mtime_unix_ns, kTimeNs);
  EXPECT_EQ(StatOf("/data").mode & 07777U, 0555U);
  EXPECT_EQ(StatOf("/data").mtime_unix_ns, kTimeNs);
  EXPECT_EQ(*files_.ReadLink(Base() + "/lib"), "usr/lib");
  ASSERT_TRUE(files_.SetPermissions(Base() + "/data", 0755).ok());
}

TEST_F(LayOutRootTest, ANameWithoutContentHasItsSizeAndNothingOfTheHost) {
  contents_.entries["/data/named"] = {.size_bytes = 5, .mode = 0644};
  EXPECT_THAT(LayOut(), IsEmpty());
  EXPECT_EQ(*ReadFile(files_, Base() + "/data/named"), std::string(5, '\0'));
}

TEST_F(LayOutRootTest, AnUnchangedSystemFileOfTheHostIsBoundAndNotCopied) {
  const std::string path = HostFile("content");
  contents_.entries[path] = File("content", FileClass::kSystem);
  const auto binds = LayOut();
  ASSERT_EQ(binds.size(), 1U);
  EXPECT_EQ(binds[0].source, path);
  EXPECT_EQ(binds[0].target, path);
  EXPECT_EQ(StatOf(path).size_bytes, 0U);
}

TEST_F(LayOutRootTest, WhatTheRunWritesIsNeverThatOfTheHost) {
  const std::string path = HostFile("content");
  contents_.entries[path] = File("content", FileClass::kSystem);
  options_.changed = {path};
  EXPECT_THAT(LayOut(), IsEmpty());
  EXPECT_EQ(*ReadFile(files_, Base() + path), "content");
}

TEST_F(LayOutRootTest, AFileOfTheHostThatIsAnotherTodayIsCopiedFromTheStore) {
  const std::string path = HostFile("CONTENT");
  contents_.entries[path] = File("content", FileClass::kSystem);
  EXPECT_THAT(LayOut(), IsEmpty());
  EXPECT_EQ(*ReadFile(files_, Base() + path), "content");
  EXPECT_EQ(*ReadFile(files_, path), "CONTENT");
}

TEST_F(LayOutRootTest, SmallDataIsCopiedSoThatAProgramMayReplaceIt) {
  const std::string path = HostFile("content");
  contents_.entries[path] = File("content", FileClass::kData);
  EXPECT_THAT(LayOut(), IsEmpty());
  EXPECT_EQ(*ReadFile(files_, Base() + path), "content");
}

TEST_F(LayOutRootTest, ContentThatTheStoreHasNotIsAnError) {
  contents_.entries["/data/a"] = File("nobody stored that");
  const auto binds = LayOutRoot(*store_, contents_, Base(), options_);
  ASSERT_FALSE(binds.ok());
  EXPECT_EQ(binds.error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace reprise::tracker
