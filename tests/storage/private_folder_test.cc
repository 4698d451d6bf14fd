#include "storage/private_folder.h"

#include <gtest/gtest.h>

#include "tests/support/fault_file_system.h"

namespace reprise::storage {
namespace {

class PrivateFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* const folder :
         {"/p/.reprise/keys", "/p/data", "/p/.git/hooks", "/moved", "/p/.git/trees/one/.git"}) {
      ASSERT_TRUE(CreateDirectories(files, folder).ok());
    }
    ASSERT_TRUE(WriteFileAtomically(files, "/moved/format", R"({"type":"reprise/store/v1"})").ok());
    ASSERT_TRUE(WriteFileAtomically(files, "/p/data/format", "of the data").ok());
  }
  void Link(const std::string& target, const std::string& path) {
    ASSERT_TRUE(files.CreateSymlink(target, path).ok());
  }
  bool IsContent(const std::string& path) {
    const auto content = RequireContent(files, path);
    EXPECT_TRUE(content.ok() || content.error().code == ErrorCode::kInvalidArgument);
    return content.ok();
  }

  testing::FaultFileSystem files;
};

TEST_F(PrivateFolder, StoresAndGitFoldersAreNoContentAndWhatLiesBesideThemIs) {
  for (const char* const path :
       {"/p/.reprise", "/p/.reprise/", "/p/.reprise/keys/key", "/p/data/../.reprise", "/moved",
        "/moved/packs", "/p/.git", "/p/.git/hooks/post-commit", "/nowhere/.reprise/x"}) {
    EXPECT_FALSE(IsContent(path)) << path;
  }
  for (const char* const path : {"/", "/p", "/p/data", "/p/data/format", "/p/.reprise2", "/nowhere",
                                 "/p/.gitignore", "/p/.git/trees/one/a"}) {
    EXPECT_TRUE(IsContent(path)) << path;
  }
}

TEST_F(PrivateFolder, LinksAreFollowedToTheirEndAndRoundInCirclesNoFurtherThanTheSystemDoes) {
  Link(".reprise", "/p/a");
  Link("../a/keys", "/p/data/b");
  Link("/p/data/b", "/c");
  Link("data", "/p/d");
  Link("/e", "/e");
  EXPECT_FALSE(IsContent("/p/a"));
  EXPECT_FALSE(IsContent("/c/key"));
  EXPECT_TRUE(IsContent("/p/d/format"));
  EXPECT_TRUE(IsContent("/e/x"));
  EXPECT_EQ(StoreAround(files, "/c/key"), "/p/.reprise");
}

TEST_F(PrivateFolder, OnlyStoresAreClosedForWriting) {
  EXPECT_TRUE(RequireOutsideOfStores(files, "/p/.git/x").ok());
  EXPECT_TRUE(RequireOutsideOfStores(files, "/p/new/folder").ok());
  EXPECT_FALSE(RequireOutsideOfStores(files, "/p/.reprise/new").ok());
  EXPECT_FALSE(RequireOutsideOfStores(files, "/moved/new").ok());
}

}  // namespace
}  // namespace reprise::storage
