#include "storage/followed_path.h"

#include <gtest/gtest.h>

#include "tests/support/fault_file_system.h"

namespace reprise::storage {
namespace {

TEST(FollowedPath, LinksAreFollowedAndWhatIsNotThereIsTakenAsNamed) {
  testing::FaultFileSystem files;
  ASSERT_TRUE(CreateDirectories(files, "/p/data").ok());
  ASSERT_TRUE(files.CreateSymlink("../p/data", "/p/link").ok());
  ASSERT_TRUE(files.CreateSymlink("/p/later", "/p/dangling").ok());
  ASSERT_TRUE(files.CreateSymlink("circle", "/p/circle").ok());
  EXPECT_EQ(FollowedPath(files, "/"), "/");
  EXPECT_EQ(FollowedPath(files, "/p/./link//x/"), "/p/data/x");
  EXPECT_EQ(FollowedPath(files, "/p/link/.."), "/p");
  EXPECT_EQ(FollowedPath(files, "/p/missing/../link/x"), "/p/data/x");
  EXPECT_EQ(FollowedPath(files, "/p/dangling/x"), "/p/later/x");
  EXPECT_EQ(FollowedPath(files, "/p/circle/x"), "/p/circle/x");
  EXPECT_EQ(FollowedPath(files, "/../.."), "/");
}

}  // namespace
}  // namespace reprise::storage
