#include "tracker/new_folder.h"

#include <gtest/gtest.h>

#include "tests/support/hooked_file_system.h"
#include "tests/support/temp_dir.h"

namespace reprise::tracker {
namespace {

class NewFolderTest : public ::testing::Test {
 protected:
  FileSystem& files = PosixFileSystem();
  reprise::testing::TempDir dir;
};

TEST_F(NewFolderTest, ANewFolderIsRemovedUnlessItIsKept) {
  {
    const auto folder = NewFolder::Make(files, dir.Path("new"));
    ASSERT_TRUE(folder.ok()) << folder.error().message;
    ASSERT_TRUE(CreateDirectories(files, dir.Path("new/sub")).ok());
  }
  EXPECT_FALSE(Exists(files, dir.Path("new")));
  {
    const auto folder = NewFolder::Make(files, dir.Path("new"));
    ASSERT_TRUE(folder.ok()) << folder.error().message;
    ASSERT_TRUE(CreateDirectories(files, dir.Path("new/sub")).ok());
    (*folder)->Keep();
  }
  EXPECT_TRUE(Exists(files, dir.Path("new/sub")));
  EXPECT_EQ(files.List(dir.Path("new"))->size(), 1U) << "the claim is still there";
}

TEST_F(NewFolderTest, WhatWasThereBeforeStays) {
  ASSERT_TRUE(CreateDirectories(files, dir.Path("empty")).ok());
  ASSERT_TRUE(CreateDirectories(files, dir.Path("full/mine")).ok());
  {
    const auto empty = NewFolder::Make(files, dir.Path("empty"));
    ASSERT_TRUE(empty.ok()) << empty.error().message;
    const auto full = NewFolder::Make(files, dir.Path("full"));
    ASSERT_FALSE(full.ok());
    EXPECT_EQ(full.error().code, ErrorCode::kAlreadyExists);
    ASSERT_TRUE(CreateDirectories(files, dir.Path("empty/theirs")).ok());
  }
  EXPECT_TRUE(files.List(dir.Path("empty"))->empty());
  EXPECT_TRUE(Exists(files, dir.Path("full/mine")));
  EXPECT_EQ(files.List(dir.Path("full"))->size(), 1U);
}

// Whether it has filled it already, or has only just made it.
TEST_F(NewFolderTest, AFolderOfAnotherProcessIsLeftAlone) {
  for (const bool was_there : {false, true}) {
    const std::string path = dir.Path(was_there ? "there" : "new");
    if (was_there) {
      ASSERT_TRUE(files.CreateDirectory(path).ok());
    }
    const auto theirs = NewFolder::Make(files, path);
    ASSERT_TRUE(theirs.ok()) << theirs.error().message;
    EXPECT_FALSE(NewFolder::Make(files, path).ok());
    EXPECT_TRUE(Exists(files, path));
    ASSERT_TRUE(files.CreateDirectory(JoinPath(path, "result")).ok());
    (*theirs)->EndLayout();
    EXPECT_FALSE(NewFolder::Make(files, path).ok());
    EXPECT_EQ(files.List(path)->size(), 1U);
  }
}

// Ours is not the only look that finds it empty.
TEST_F(NewFolderTest, AFolderThatIsFilledAfterTheFirstLookIsLeftAlone) {
  ASSERT_TRUE(files.CreateDirectory(dir.Path("empty")).ok());
  reprise::testing::HookedFileSystem hooked;
  hooked.before_open = [&](const std::string&) {
    return CreateDirectories(files, dir.Path("empty/theirs"));
  };
  EXPECT_FALSE(NewFolder::Make(hooked, dir.Path("empty")).ok());
  const auto entries = files.List(dir.Path("empty"));
  ASSERT_EQ(entries->size(), 1U);
  EXPECT_EQ(entries->front().name, "theirs");
}

}  // namespace
}  // namespace reprise::tracker
