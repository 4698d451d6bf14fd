// What a root folder must hold, told from made-up closures.

#include "tracker/replay/root_contents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/tree.h"
#include "tests/support/temp_dir.h"
#include "tests/tracker/traced_run.h"

namespace reprise::tracker {
namespace {

using lineage::FileClass;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using testing::StoredFile;

class RootContentsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Store::Create(files_, folder_.path()).ok()); }

  RootContents Contents() {
    const auto sealed = testing::SealTracedRun(files_, folder_.Path(".reprise"), run_);
    EXPECT_TRUE(sealed.ok()) << sealed.error().message;
    const auto store = Store::Open(files_, folder_.Path(".reprise"), {});
    EXPECT_TRUE(store.ok()) << store.error().message;
    if (!store.ok()) return {};
    const auto run = (*store)->GetRun(run_.id);
    EXPECT_TRUE(run.ok()) << run.error().message;
    if (!run.ok()) return {};
    auto contents = ContentsOfRoot(**store, *run);
    EXPECT_TRUE(contents.ok()) << contents.error().message;
    return contents.ok() ? *std::move(contents) : RootContents{};
  }

  static lineage::ClosureFile Link(const std::string& path, const std::string& target) {
    return {.path = path,
            .kind = FileKind::kSymlink,
            .uses = lineage::kFileLookedUp,
            .mode = 0777,
            .target = target};
  }

  const reprise::testing::TempDir folder_;
  FileSystem& files_ = PosixFileSystem();
  testing::TracedRun run_;
};

TEST_F(RootContentsTest, AStoredFileIsThereAsItWas) {
  run_.contents = {"libm"};
  run_.closure.files = {StoredFile("/usr/lib/libm.so.6", "libm")};
  run_.closure.files[0].mode = 0755;
  const RootContents contents = Contents();
  const RootEntry& entry = contents.entries.at("/usr/lib/libm.so.6");
  EXPECT_EQ(entry.digest, crypto::Sha256("libm"));
  EXPECT_EQ(entry.size_bytes, 4U);
  EXPECT_EQ(entry.mode, 0755U);
  EXPECT_EQ(entry.modified_at_unix_ns, run_.closure.files[0].modified_at_unix_ns);
  EXPECT_FALSE(entry.changed);
  EXPECT_THAT(contents.missing, IsEmpty());
}

TEST_F(RootContentsTest, DevicesAndWhatTheKernelMakesUpAreLeftOut) {
  run_.closure.files = {
      {.path = "/dev/null",
       .file_class = FileClass::kDevice,
       .kind = FileKind::kOther,
       .uses = lineage::kFileRead},
      {.path = "/proc/self/maps", .file_class = FileClass::kKernel, .uses = lineage::kFileRead},
      {.path = "/run/socket", .kind = FileKind::kOther, .uses = lineage::kFileRead}};
  EXPECT_THAT(Contents().entries, ElementsAre(Key("/project")));
}

TEST_F(RootContentsTest, WhatTheRunUsedAndTheStoreHasNotIsMissing) {
  lineage::ClosureFile hashed = StoredFile("/usr/lib/libm.so.6", "libm");
  hashed.stored = false;
  lineage::ClosureFile secret = StoredFile("/home/ada/.netrc", "");
  secret.file_class = FileClass::kSecret;
  secret.digest.reset();
  secret.stored = false;
  lineage::ClosureFile name_alone = secret;
  name_alone.path = "/home/ada/.pgpass";
  name_alone.uses = lineage::kFileLookedUp;
  run_.closure.files = {hashed, secret, name_alone};
  EXPECT_THAT(Contents().missing,
              ElementsAre("'/home/ada/.netrc' is a secret, which is not stored; supply it again",
                          "'/usr/lib/libm.so.6', which the run used, is not stored"));
}

TEST_F(RootContentsTest, ListedNamesAreThereWithoutContentUnlessMoreIsKnown) {
  run_.contents = {"x"};
  run_.closure.files = {StoredFile("/data/a", "x")};
  run_.closure.listings = {
      {.folder = "/data", .files = {"a", "b"}, .folders = {"sub"}, .symlinks = {"latest"}}};
  const RootContents contents = Contents();
  EXPECT_EQ(contents.entries.at("/data/a").digest, crypto::Sha256("x"));
  EXPECT_EQ(contents.entries.at("/data/b").digest, std::nullopt);
  EXPECT_EQ(contents.entries.at("/data/sub").kind, FileKind::kDirectory);
  EXPECT_EQ(contents.entries.at("/data/latest").kind, FileKind::kSymlink);
}

TEST_F(RootContentsTest, InputsLieWhereTheLinksOfTheRunLead) {
  run_.contents = {"rows"};
  run_.closure.files = {Link("/project/data", "/scratch/data")};
  run_.recipe.inputs = {
      {.path = "data/train.csv", .digest = crypto::Sha256("rows"), .size_bytes = 4}};
  const RootContents contents = Contents();
  EXPECT_EQ(contents.entries.at("/scratch/data/train.csv").digest, crypto::Sha256("rows"));
  EXPECT_THAT(contents.entries, Not(Contains(Key("/project/data/train.csv"))));
}

TEST_F(RootContentsTest, CodeThatTheRunDidNotReadIsThereToo) {
  storage::Tree tree;
  tree.entries = {{.name = "helper.py",
                   .kind = FileKind::kFile,
                   .executable = true,
                   .size_bytes = 4,
                   .digest = crypto::Sha256("code")}};
  const std::string document = storage::EncodeTree(tree);
  run_.contents = {"code", document};
  run_.recipe.code = crypto::Sha256(document);
  run_.recipe.working_directory = "sub";
  const RootContents contents = Contents();
  EXPECT_EQ(contents.entries.at("/project/helper.py").digest, crypto::Sha256("code"));
  EXPECT_EQ(contents.entries.at("/project/helper.py").mode, 0755U);
  EXPECT_EQ(contents.entries.at("/project/sub").kind, FileKind::kDirectory);
}

TEST_F(RootContentsTest, AFolderThatTheRunMovedForbidsOverlays) {
  run_.closure.files = {{.path = "/project/old",
                         .file_class = FileClass::kData,
                         .kind = FileKind::kDirectory,
                         .uses = lineage::kFileChanged,
                         .mode = 0755}};
  EXPECT_TRUE(Contents().moves_folders);
  run_.id = Ulid::Generate();
  run_.closure.files[0].uses = lineage::kFileListed;
  EXPECT_FALSE(Contents().moves_folders);
}

TEST(RealInRoot, FollowsEveryLinkOnTheWayAndGivesUpOnALoop) {
  RootContents contents;
  const auto link = [&](const std::string& path, const std::string& target) {
    contents.entries[path] = {.kind = FileKind::kSymlink, .target = target};
  };
  link("/lib", "usr/lib");
  link("/usr/lib/libm.so", "../lib/libm.so.6");
  link("/a", "b");
  link("/b", "a");
  EXPECT_EQ(RealInRoot(contents, "/lib/libm.so"), "/usr/lib/libm.so.6");
  EXPECT_EQ(RealInRoot(contents, "/lib"), "/usr/lib");
  EXPECT_EQ(RealInRoot(contents, "/library"), "/library");
  EXPECT_THAT(RealInRoot(contents, "/a/x"), HasSubstr("/x"));
}

}  // namespace
}  // namespace reprise::tracker
