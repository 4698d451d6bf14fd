// Adding a folder, cut off by a loss of power at every change, to a store that has files with the
// bytes of the folder's own documents.
//
// What is left may be a stat cache that knows every file of the folder, in a store that has objects
// of the digests of all its documents and none of its files.  Adding it again must store them.

#include <gtest/gtest.h>

#include "storage/tree.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/memory_objects.h"
#include "tests/tracker/store_testing.h"
#include "tracker/dataset.h"
#include "tracker/fsck.h"

namespace reprise::tracker {
namespace {

using reprise::testing::EnumerateCrashes;
using reprise::testing::FaultFileSystem;
using reprise::testing::FileOf;
using reprise::testing::FolderEntry;
using testing::CatalogDisk;

const std::string kProject = "/project";
const std::string kStore = "/project/.reprise";

class AddCrash : public ::testing::Test {
 protected:
  static Result<std::vector<AddOutcome>> Add(FaultFileSystem& files, CatalogDisk& disk,
                                             const std::vector<std::string>& paths) {
    return AddDatasets(files, {.store_folder = kStore, .project_folder = kProject, .paths = paths},
                       disk.Options(files));
  }

  void Prepare(FaultFileSystem& files) {
    disk_ = {};
    const std::string sub_document = storage::EncodeTree({{FileOf("b", "bb")}});
    const std::string document = storage::EncodeTree(
        {{FileOf("a", "a"), FolderEntry("sub", crypto::Sha256(sub_document), 2)}});
    folder_ = crypto::Sha256(document);
    ASSERT_TRUE(CreateDirectories(files, kProject + "/data/sub").ok());
    ASSERT_TRUE(Store::Create(files, kProject).ok());
    ASSERT_TRUE(WriteFileDurably(files, kProject + "/data/a", "a").ok());
    ASSERT_TRUE(WriteFileDurably(files, kProject + "/data/sub/b", "bb").ok());
    ASSERT_TRUE(WriteFileDurably(files, kProject + "/document", document).ok());
    ASSERT_TRUE(WriteFileDurably(files, kProject + "/sub_document", sub_document).ok());
    const auto added = Add(files, disk_, {kProject + "/document", kProject + "/sub_document"});
    ASSERT_TRUE(added.ok()) << added.error().message;
    ASSERT_EQ(added->front().artifact.digest, folder_);
  }

  void Check(FaultFileSystem& files) {
    CatalogDisk disk = disk_;
    disk.notices.clear();
    const auto again = Add(files, disk, {kProject + "/data"});
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->front().artifact.digest, folder_);
    const auto report = CheckStore(files, kStore, disk.Options(files), {.read_data_percent = 100});
    ASSERT_TRUE(report.ok()) << report.error().message;
    for (const FsckProblem& problem : report->problems) ADD_FAILURE() << problem.message;
  }

  CatalogDisk disk_;
  Digest folder_;
};

TEST_F(AddCrash, AddingAgainStoresEverythingWhateverAnInterruptedAddLeft) {
  const auto seen = EnumerateCrashes(
      [&](FaultFileSystem& files) { Prepare(files); },
      [&](FaultFileSystem& files) { (void)Add(files, disk_, {kProject + "/data"}); },
      [&](FaultFileSystem& files) { Check(files); });
  EXPECT_GT(seen.moments, 10);
}

}  // namespace
}  // namespace reprise::tracker
