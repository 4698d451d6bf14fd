// Content on disk that is read as if it were stored.

#include "tracker/disk_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "storage/tree.h"
#include "tests/support/memory_objects.h"
#include "tests/support/temp_dir.h"
#include "tracker/content_digest.h"

namespace reprise::tracker {
namespace {

class DiskObjectsTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& content) {
    std::string path = folder_.Path(name);
    std::ofstream(path) << content;
    return path;
  }
  ArtifactRef RefOf(const std::string& path) {
    const auto content = DigestContent(PosixFileSystem(), path);
    EXPECT_TRUE(content.ok());
    return {content->digest, content->kind == FileKind::kDirectory ? lineage::ArtifactKind::kFolder
                                                                   : lineage::ArtifactKind::kFile};
  }

  testing::TempDir folder_;
  testing::MemoryObjects stored_;
  DiskObjects objects_{PosixFileSystem(), stored_};
};

TEST_F(DiskObjectsTest, AFileIsReadFromTheDiskAndAllElseFromTheStore) {
  const std::string path = Write("a", "on disk");
  const ArtifactRef ref = RefOf(path);
  ASSERT_TRUE(objects_.Add(path, ref).ok());
  EXPECT_EQ(objects_.Get(ref.digest).value_or(""), "on disk");
  EXPECT_EQ(objects_.Describe(ref.digest)->size_bytes, 7U);
  EXPECT_EQ(objects_.Get(stored_.Put("stored")).value_or(""), "stored");
  EXPECT_FALSE(stored_.Get(ref.digest).ok());
}

TEST_F(DiskObjectsTest, AFileThatChangedIsAnErrorAndNotOtherContent) {
  const std::string path = Write("a", "before");
  const ArtifactRef ref = RefOf(path);
  ASSERT_TRUE(objects_.Add(path, ref).ok());
  Write("a", "after!");
  const auto read = objects_.Get(ref.digest);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().code, ErrorCode::kIoError);
}

TEST_F(DiskObjectsTest, AFolderIsReadWithEverythingBelow) {
  ASSERT_TRUE(PosixFileSystem().CreateDirectory(folder_.Path("sub")).ok());
  ASSERT_TRUE(PosixFileSystem().CreateDirectory(folder_.Path("empty")).ok());
  Write("sub/b", "below");
  const ArtifactRef ref = RefOf(folder_.path());
  ASSERT_TRUE(objects_.Add(folder_.path(), ref).ok());
  const auto entry = storage::FindInTree(objects_, ref.digest, "sub/b");
  ASSERT_TRUE(entry.ok()) << entry.error().message;
  EXPECT_EQ(objects_.Get(entry->digest).value_or(""), "below");
  EXPECT_TRUE(storage::FindInTree(objects_, ref.digest, "empty").ok());
  Write("c", "new");
  DiskObjects later(PosixFileSystem(), stored_);
  EXPECT_EQ(later.Add(folder_.path(), ref).error().code, ErrorCode::kIoError);
}

}  // namespace
}  // namespace reprise::tracker
