// Adding a folder, cut off by a loss of power at every change, to a store that has files with the
// bytes of the folder's own documents.
//
// An add that was acknowledged is there once, with everything below the folder; one that was not is
// there whole or not at all.  What is left may be a stat cache that knows every file of the folder,
// in a store that has objects of the digests of all its documents and none of its files.  Adding it
// again must store them.

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
using testing::CountEntries;

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
    acknowledged_ = false;
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

  // Returns how many versions of the folder there are, each of them whole.
  int CountAdded(FaultFileSystem& files, CatalogDisk& disk) {
    const auto store = Store::Open(files, kStore, disk.Options(files));
    EXPECT_TRUE(store.ok()) << store.error().message;
    if (!store.ok()) return -1;
    const auto datasets = (*store)->Datasets();
    EXPECT_TRUE(datasets.ok()) << datasets.error().message;
    const auto count = std::ranges::count_if(
        datasets.value_or(std::vector<Dataset>()), [&](const Dataset& dataset) {
          return dataset.artifact.path == "data" && dataset.artifact.digest == folder_;
        });
    // The documents are there anyway, as files; so are their entries in the ledger.
    EXPECT_EQ(CountEntries(**store, "dataset", folder_.ToString()), 1 + count);
    if (count > 0) {
      EXPECT_TRUE((*store)->objects().Get(folder_).ok());
      for (const std::string content : {"a", "bb"}) {
        EXPECT_EQ((*store)->objects().Get(crypto::Sha256(content)).value_or("absent"), content);
      }
    }
    return static_cast<int>(count);
  }

  void Check(FaultFileSystem& files) {
    CatalogDisk disk = disk_;
    disk.notices.clear();
    const int added = CountAdded(files, disk);
    EXPECT_LE(added, 1);
    EXPECT_TRUE(!acknowledged_ || added == 1) << "what was added is lost";
    const auto again = Add(files, disk, {kProject + "/data"});
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->front().artifact.digest, folder_);
    const auto report = CheckStore(files, kStore, disk.Options(files), {.read_data_percent = 100});
    ASSERT_TRUE(report.ok()) << report.error().message;
    for (const FsckProblem& problem : report->problems) ADD_FAILURE() << problem.message;
  }

  CatalogDisk disk_;
  Digest folder_;
  bool acknowledged_ = false;
};

TEST_F(AddCrash, Promise1WhatWasAddedSurvivesAndAddingAgainStoresWhatAnInterruptedAddDidNot) {
  const auto seen = EnumerateCrashes(
      [&](FaultFileSystem& files) { Prepare(files); },
      [&](FaultFileSystem& files) { acknowledged_ = Add(files, disk_, {kProject + "/data"}).ok(); },
      [&](FaultFileSystem& files) { Check(files); });
  EXPECT_GT(seen.moments, 10);
  EXPECT_TRUE(acknowledged_);
}

}  // namespace
}  // namespace reprise::tracker
