#include "tracker/new_folder.h"

#include <gtest/gtest.h>

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
    const NewFolder folder(files, dir.Path("new"));
    ASSERT_TRUE(CreateDirectories(files, dir.Path("new/sub")).ok());
  }
  EXPECT_FALSE(Exists(files, dir.Path("new")));
  {
    NewFolder folder(files, dir.Path("new"));
    ASSERT_TRUE(CreateDirectories(files, dir.Path("new/sub")).ok());
    folder.Keep();
  }
  EXPECT_TRUE(Exists(files, dir.Path("new/sub")));
}

TEST_F(NewFolderTest, WhatWasThereBeforeStays) {
  ASSERT_TRUE(CreateDirectories(files, dir.Path("empty")).ok());
  ASSERT_TRUE(CreateDirectories(files, dir.Path("full/mine")).ok());
  {
    const NewFolder empty(files, dir.Path("empty"));
    const NewFolder full(files, dir.Path("full"));
    ASSERT_TRUE(CreateDirectories(files, dir.Path("empty/theirs")).ok());
  }
  EXPECT_TRUE(files.List(dir.Path("empty"))->empty());
  EXPECT_TRUE(Exists(files, dir.Path("full/mine")));
}

}  // namespace
}  // namespace reprise::tracker
