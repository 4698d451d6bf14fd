// What an import tells of how far it is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "storage/importer.h"
#include "tests/support/object_fixture.h"

namespace reprise::storage {
namespace {

using testing::ObjectFixture;
using ::testing::Pair;
using testing::RandomBytes;
using Told = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

constexpr std::uint64_t kLargeBytes = 20'000'000;

class ImportProgress : public ::testing::Test {
 protected:
  ImportProgress() {
    EXPECT_TRUE(files.CreateDirectory(source).ok());
    EXPECT_TRUE(
        WriteFileAtomically(files, JoinPath(source, "large"), RandomBytes(kLargeBytes, 1)).ok());
  }
  Told Import(const std::string& path) {
    Told told;
    const auto writer = fixture.NewWriter(1);
    const auto imported = storage::Import(
        files, path, *writer,
        {.threads = 2, .progress = [&](auto done, auto bytes) { told.emplace_back(done, bytes); }});
    EXPECT_TRUE(imported.ok());
    return told;
  }

  FileSystem& files = PosixFileSystem();
  ObjectFixture fixture;
  const std::string source = fixture.folder.Path("source");
};

TEST_F(ImportProgress, IsToldWithinALargeFile) {
  for (const std::string& path : {source, JoinPath(source, "large")}) {
    const Told told = Import(path);
    ASSERT_GT(told.size(), 3U) << path;
    EXPECT_THAT(told.back(), Pair(1U, kLargeBytes));
    EXPECT_EQ(told[1].first, 0U) << "no file is done then";
    EXPECT_LT(told[1].second, kLargeBytes);
  }
}

TEST_F(ImportProgress, CountsEveryFileOnce) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(WriteFileAtomically(files, JoinPath(source, std::to_string(i)), "x").ok());
  }
  EXPECT_THAT(Import(source).back(), Pair(21U, kLargeBytes + 20));
}

}  // namespace
}  // namespace reprise::storage
