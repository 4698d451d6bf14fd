#include "tracker/new_file.h"

#include <gtest/gtest.h>

#include <utility>

#include "tests/support/hooked_file_system.h"
#include "tests/support/temp_dir.h"

namespace reprise::tracker {
namespace {

using reprise::testing::HookedFileSystem;

// What the file system knows.
enum class Knows { kUnnamedFiles, kLinks, kNeither };

class NewFileTest : public ::testing::TestWithParam<Knows> {
 protected:
  void SetUp() override {
    if (GetParam() == Knows::kUnnamedFiles) return;
    if (GetParam() == Knows::kNeither) {
      files.before_link = [](const std::string&) -> Result<void> {
        return Error{ErrorCode::kUnsupported, "there are no links"};
      };
    }
    files.before_open = [](const std::string& path) -> Result<void> {
      if (!path.starts_with("/proc/")) return {};
      return Error{ErrorCode::kNotFound, "there is no /proc"};
    };
  }
  std::vector<std::string> Names(const std::string& folder) {
    std::vector<std::string> names;
    const auto entries = files.List(folder);
    EXPECT_TRUE(entries.ok());
    for (const DirectoryEntry& entry : *entries) names.push_back(entry.name);
    return names;
  }
  std::unique_ptr<NewFile> Make(const std::string& name) {
    auto made = NewFile::Make(files, dir.Path(name));
    EXPECT_TRUE(made.ok()) << made.error().message;
    EXPECT_TRUE((*made)->file().WriteAt(0, AsBytes("content")).ok());
    return *std::move(made);
  }

  HookedFileSystem files;
  reprise::testing::TempDir dir;
};

TEST_P(NewFileTest, HasItsNameOnceItIsKept) {
  const auto made = Make("a/b/new");
  EXPECT_FALSE(Exists(files, dir.Path("a/b/new")));
  ASSERT_TRUE(made->Keep().ok());
  EXPECT_EQ(*ReadFile(files, dir.Path("a/b/new")), "content");
  EXPECT_EQ(Names(dir.Path("a/b")), std::vector<std::string>{"new"});
}

TEST_P(NewFileTest, NothingIsLeftOfOneThatIsNotKept) {
  Make("a/b/new").reset();
  EXPECT_EQ(Names(dir.path()), std::vector<std::string>{});
}

TEST_P(NewFileTest, WhatIsThereStays) {
  ASSERT_TRUE(WriteFileAtomically(files, dir.Path("mine"), "mine").ok());
  const auto refused = NewFile::Make(files, dir.Path("mine"));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, ErrorCode::kAlreadyExists);
  auto made = Make("late");
  ASSERT_TRUE(WriteFileAtomically(files, dir.Path("late"), "mine").ok());
  const auto kept = made->Keep();
  ASSERT_FALSE(kept.ok());
  EXPECT_EQ(kept.error().code, ErrorCode::kAlreadyExists);
  made.reset();
  EXPECT_EQ(*ReadFile(files, dir.Path("late")), "mine");
  EXPECT_EQ(Names(dir.path()).size(), 2U);
}

TEST_P(NewFileTest, WhatComesAfterAnyLookStaysWhereThereAreLinks) {
  if (GetParam() == Knows::kNeither) return;  // A rename replaces it, as the header says.
  auto made = Make("late");
  ASSERT_TRUE(WriteFileAtomically(files, dir.Path("late"), "mine").ok());
  files.before_stat = [](const std::string&) -> Result<void> {
    return Error{ErrorCode::kNotFound, "it is not there yet"};
  };
  const auto kept = made->Keep();
  ASSERT_FALSE(kept.ok());
  EXPECT_EQ(kept.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(*ReadFile(files, dir.Path("late")), "mine");
}

TEST_P(NewFileTest, WhatCannotBeLookedForIsNotReplaced) {
  files.before_stat = [this](const std::string& path) -> Result<void> {
    if (path != dir.Path("new")) return {};
    return Error{ErrorCode::kIoError, "the device does not answer"};
  };
  EXPECT_FALSE(NewFile::Make(files, dir.Path("new")).ok());
  EXPECT_EQ(Names(dir.path()), std::vector<std::string>{});
  if (GetParam() != Knows::kNeither) return;
  const auto asked = std::exchange(files.before_stat, nullptr);
  auto made = Make("new");
  ASSERT_TRUE(WriteFileAtomically(files, dir.Path("new"), "mine").ok());
  files.before_stat = asked;
  const auto kept = made->Keep();
  ASSERT_FALSE(kept.ok());
  EXPECT_EQ(kept.error().code, ErrorCode::kIoError);
  made.reset();
  EXPECT_EQ(*ReadFile(files, dir.Path("new")), "mine");
}

TEST_P(NewFileTest, OneThatCannotBeNamedIsNotKept) {
  files.before_link = [](const std::string&) -> Result<void> {
    return Error{ErrorCode::kIoError, "the device does not answer"};
  };
  auto made = Make("a/new");
  ASSERT_FALSE(made->Keep().ok());
  made.reset();
  EXPECT_EQ(Names(dir.path()), std::vector<std::string>{});
}

TEST_P(NewFileTest, FoldersThatWereMadeForItAreSyncedIntoTheirs) {
  const auto made = Make("a/b/new");
  std::vector<std::string> synced;
  files.before_sync = [&](const std::string& path) -> Result<void> {
    synced.push_back(path);
    return {};
  };
  ASSERT_TRUE(made->Keep().ok());
  EXPECT_EQ(synced, (std::vector<std::string>{dir.Path("a/b"), dir.Path("a"), dir.path()}));
}

TEST_P(NewFileTest, AFolderThatSomebodyElseFilledMeanwhileStays) {
  auto made = Make("a/new");
  ASSERT_TRUE(WriteFileAtomically(files, dir.Path("a/theirs"), "theirs").ok());
  made.reset();
  EXPECT_EQ(Names(dir.Path("a")), std::vector<std::string>{"theirs"});
}

TEST_P(NewFileTest, WhereNothingCanBeWrittenThatIsSaid) {
  ASSERT_TRUE(WriteFileAtomically(files, dir.Path("file"), "").ok());
  EXPECT_FALSE(NewFile::Make(files, dir.Path("file/new")).ok());
  EXPECT_EQ(Names(dir.path()), std::vector<std::string>{"file"});
}

INSTANTIATE_TEST_SUITE_P(, NewFileTest,
                         ::testing::Values(Knows::kUnnamedFiles, Knows::kLinks, Knows::kNeither),
                         [](const auto& parameter) {
                           if (parameter.param == Knows::kUnnamedFiles) return "WithoutAName";
                           return parameter.param == Knows::kLinks ? "WithATemporaryName"
                                                                   : "WithoutLinks";
                         });

}  // namespace
}  // namespace reprise::tracker
