#include "lineage/capture/packages.h"

#include <gtest/gtest.h>

#include "capture_testing.h"

namespace reprise::capture {
namespace {

using testing::ReadAll;
using testing::TempFolder;

class PackagesTest : public ::testing::Test {
 protected:
  PackagesTest() {
    root.Write("var/lib/dpkg/status",
               "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\n"
               "Multi-Arch: same\nVersion: 2.36-9\n\n"
               "Package: python3-numpy\nArchitecture: amd64\nVersion: 1:1.24.2-1\n");
    root.Write("var/lib/dpkg/info/libc6:amd64.list",
               "/.\n/lib\n/lib/x86_64-linux-gnu\n/lib/x86_64-linux-gnu/libc.so.6\n/usr\n");
    root.Write("var/lib/dpkg/info/python3-numpy.list", "/.\n/usr\n/usr/bin/f2py\n");
    root.Write("var/lib/dpkg/info/gone.list", "/usr/bin/gone\n");
  }

  PackageIndex Open() {
    auto index = OpenPackageIndex(view, cache.path());
    EXPECT_TRUE(index.ok()) << index.error().message;
    return index.ok() ? *std::move(index) : PackageIndex();
  }

  TempFolder root;
  TempFolder cache;
  SystemView view{PosixFileSystem(), root.path()};
};

TEST_F(PackagesTest, TheOwnerOfAFileIsFoundUnderBothNamesOfAMergedUsr) {
  const PackageIndex index = Open();
  const Package libc{"libc6", "2.36-9", "amd64"};
  EXPECT_EQ(index.FindOwner("/lib/x86_64-linux-gnu/libc.so.6"), libc);
  EXPECT_EQ(index.FindOwner("/usr/lib/x86_64-linux-gnu/libc.so.6"), libc);
  EXPECT_EQ(index.FindOwner("/bin/f2py"), (Package{"python3-numpy", "1:1.24.2-1", "amd64"}));
}

TEST_F(PackagesTest, NobodyOwnsOtherFilesFoldersOfManyOrRemovedPackages) {
  const PackageIndex index = Open();
  for (const char* path : {"/opt/x", "/usr", "/", "", "/usr/bin/gone", "/opt/bin/f2py"}) {
    EXPECT_EQ(index.FindOwner(path), std::nullopt) << path;
  }
}

TEST_F(PackagesTest, ASystemWithoutDpkgHasNoOwners) {
  TempFolder empty;
  const auto index = OpenPackageIndex(SystemView(PosixFileSystem(), empty.path()), cache.path());
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->FindOwner("/usr/bin/f2py"), std::nullopt);
}

TEST_F(PackagesTest, TheCacheAnswersAndIsRebuiltAfterAnUpgrade) {
  (void)Open();
  const std::string before = ReadAll(cache / "packages.index");
  ASSERT_FALSE(before.empty());
  // Content changes without a trace in size and times of the database's folder: the cache answers.
  const std::string list = root / "var/lib/dpkg/info/python3-numpy.list";
  { std::ofstream(list, std::ios::binary) << "/.\n/usr\n/usr/bin/f9py\n"; }
  EXPECT_TRUE(Open().FindOwner("/usr/bin/f2py").has_value());
  root.Write("var/lib/dpkg/status",
             "Package: python3-numpy\nArchitecture: amd64\nVersion: 1:1.26.0-1\n");
  const PackageIndex index = Open();
  EXPECT_EQ(index.FindOwner("/usr/bin/f9py")->version, "1:1.26.0-1");
  EXPECT_FALSE(index.FindOwner("/usr/bin/f2py").has_value());
  EXPECT_NE(ReadAll(cache / "packages.index"), before);
}

TEST_F(PackagesTest, ADamagedCacheIsRebuilt) {
  (void)Open();
  const std::string whole = ReadAll(cache / "packages.index");
  for (std::size_t i = 0; i < whole.size(); i += 7) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x40);
    cache.Write("packages.index", damaged);
    EXPECT_TRUE(Open().FindOwner("/usr/bin/f2py").has_value());
    EXPECT_EQ(ReadAll(cache / "packages.index"), whole);
  }
}

TEST_F(PackagesTest, WithoutAWritableCacheTheAnswerIsTheSame) {
  for (const std::string& folder : {std::string(), std::string("/proc/none")}) {
    const auto index = OpenPackageIndex(view, folder);
    ASSERT_TRUE(index.ok());
    EXPECT_TRUE(index->FindOwner("/usr/bin/f2py").has_value());
  }
}

TEST(PackageIndexFormat, BytesStayAsTheyAre) {
  const std::string bytes = EncodePackageIndex(
      {{{"b", "2", "all"}, {"/.", "/usr", "/usr/b"}}, {{"a", "1", "all"}, {"/usr", "/usr/a", ""}}},
      "key");
  const std::string path = REPRISE_GOLDEN_DIR "/capture/package_index_v1.bin";
  if (std::getenv("REPRISE_TEST_ACCEPT") != nullptr) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  EXPECT_EQ(bytes, ReadAll(path));
  const auto index = PackageIndex::Decode(bytes, "key");
  ASSERT_TRUE(index.ok());
  EXPECT_EQ(index->paths(), 2U + 1U);  // "/." of one package is a path like any other.
  EXPECT_EQ(index->FindOwner("/usr/a")->name, "a");
  EXPECT_FALSE(PackageIndex::Decode(bytes, "other").ok());
}

TEST(PackageIndexFormat, NoTruncationCrashes) {
  const std::string bytes = EncodePackageIndex({{{"b", "2", "all"}, {"/usr/b"}}}, "key");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(PackageIndex::Decode(bytes.substr(0, size), "key").ok());
  }
}

}  // namespace
}  // namespace reprise::capture
