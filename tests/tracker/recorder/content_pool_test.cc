// Contents that are read at once: what is told of those that cannot be, or change meanwhile.

#include "tracker/recorder/content_pool.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "storage/crypto/sha256.h"
#include "tests/support/hooked_file_system.h"
#include "tests/tracker/recorder/session_fixture.h"

namespace reprise::tracker {
namespace {

using ::testing::HasSubstr;

class ContentPoolTest : public testing::SessionFixture {
 protected:
  void SetUp() override {
    SessionFixture::SetUp();
    session_ = Create(Started());
  }

  std::string Put(const std::string& name, std::string_view content) {
    const std::string path = JoinPath(project(), name);
    EXPECT_TRUE(WriteFileAtomically(files(), path, content).ok());
    return path;
  }

  Result<void> Fetch(std::vector<WantedContent>& wanted) {
    DigestCache cache(files(), "", &hooked_);
    auto writer = session_->NewWriter(nullptr, 1);
    EXPECT_TRUE(writer.ok());
    auto fetched = FetchContents(hooked_, wanted, cache, nullptr, **writer);
    if (fetched.ok()) {
      EXPECT_TRUE(session_->FinishWriter(*std::move(writer)).ok());
    }
    return fetched;
  }

  reprise::testing::HookedFileSystem hooked_;
  std::unique_ptr<Session> session_;
};

TEST_F(ContentPoolTest, StoredAndNamedContentHasTheSameDigest) {
  std::vector<WantedContent> wanted(2);
  wanted[0].path = wanted[1].path = Put("a", "content");
  wanted[1].store = false;
  ASSERT_TRUE(Fetch(wanted).ok());
  for (const WantedContent& content : wanted) {
    EXPECT_EQ(content.digest, crypto::Sha256("content"));
    EXPECT_EQ(content.stat.size_bytes, 7U);
    EXPECT_FALSE(content.changed);
  }
}

TEST_F(ContentPoolTest, WhatCannotBeReadSaysWhyAndTheRestIsRead) {
  std::vector<WantedContent> wanted(4);
  wanted[0].path = JoinPath(project(), "gone");
  wanted[1].path = project();
  wanted[2].path = Put("forbidden", "x");
  wanted[3].path = Put("a", "content");
  hooked_.before_open = [&](const std::string& path) -> Result<void> {
    if (path != wanted[2].path) return {};
    return Error{ErrorCode::kIoError, "permission denied"};
  };
  ASSERT_TRUE(Fetch(wanted).ok());
  EXPECT_FALSE(wanted[0].problem.empty());
  EXPECT_THAT(wanted[1].problem, HasSubstr("is no regular file"));
  EXPECT_THAT(wanted[2].problem, HasSubstr("permission denied"));
  EXPECT_EQ(wanted[3].digest, crypto::Sha256("content"));
}

TEST_F(ContentPoolTest, AFileThatChangesWhileItIsReadSaysSoAndHasTheSizeThatWasRead) {
  std::vector<WantedContent> wanted(1);
  wanted[0].path = Put("a", "content");
  hooked_.before_open = [&](const std::string& path) -> Result<void> {
    if (path == wanted[0].path) Put("a", "longer content");
    return {};
  };
  ASSERT_TRUE(Fetch(wanted).ok());
  EXPECT_TRUE(wanted[0].changed);
  EXPECT_EQ(wanted[0].digest, crypto::Sha256("longer content"));
  EXPECT_EQ(wanted[0].stat.size_bytes, 14U);
}

TEST_F(ContentPoolTest, AFullDiskIsAFailureOfAll) {
  std::vector<WantedContent> wanted(3);
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i].path = Put(std::to_string(i), "x");
  hooked_.before_read = [](const std::string&, std::uint64_t) -> Result<void> {
    return Error{ErrorCode::kNoSpace, "no space left on the device"};
  };
  const auto fetched = Fetch(wanted);
  ASSERT_FALSE(fetched.ok());
  EXPECT_EQ(fetched.error().code, ErrorCode::kNoSpace);
}

}  // namespace
}  // namespace reprise::tracker
