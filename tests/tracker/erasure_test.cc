// What an erasure takes and leaves, and when it is refused.

#include "tracker/erasure.h"

#include "tests/tracker/erasing_testing.h"
#include "tracker/dataset.h"
#include "tracker/profiles.h"

namespace reprise::tracker {
namespace {

using reprise::testing::FaultFileSystem;
using testing::Erasing;
using testing::kProject;
using testing::kStore;
using testing::NameOf;
using testing::TestRun;

TEST_F(Erasing, TakesWhatIsNamedAndLeavesTheRest) {
  Record({.inputs = {{"secret.bin", secret_}, {"other.bin", other_}}});
  const ErasureReport report = Erase(About({NameOf(secret_)}));
  ASSERT_EQ(report.erased.size(), 1U);
  EXPECT_EQ(report.freed_bytes, secret_.size());
  EXPECT_EQ(report.kept_bytes, 0U);
  EXPECT_FALSE(LiesInAFile(secret_));
  EXPECT_TRUE(Has(other_));
  ExpectWhole();
}

TEST_F(Erasing, WhatAnotherRunPrintedTooStaysUnlessSharedContentIsToGo) {
  const TestRun other{.name = "other", .log = secret_};
  Record({.name = "first", .log = secret_});
  Record(other);
  ErasureRequest request = About({"first"});
  request.logs = true;
  const ErasureReport report = Erase(request);
  EXPECT_TRUE(report.erased.empty());
  ASSERT_EQ(report.kept.size(), 1U);
  EXPECT_EQ(report.kept[0],
            "'log' stays, as the log of the run other has it too; --shared erases it");
  EXPECT_EQ(report.kept_bytes, secret_.size());
  EXPECT_TRUE(Has(secret_));
  request.shared = true;
  EXPECT_EQ(Erase(request).erased.size(), 1U);
  EXPECT_FALSE(LiesInAFile(secret_));
  ExpectWhole();
}

TEST_F(Erasing, LogsOfAllRunsThatHaveThemGoTogether) {
  Record({.name = "first", .log = secret_});
  Record({.name = "other", .log = secret_});
  ErasureRequest request = About({"first", "other"});
  request.logs = true;
  EXPECT_EQ(Erase(request).kept, std::vector<std::string>());
  EXPECT_FALSE(LiesInAFile(secret_));
  ExpectWhole();
}

TEST_F(Erasing, PointsOfMetricsThatAnotherRunHasStay) {
  Record({.name = "first", .metrics = {{"auc", 1}, {"loss", 2}}});
  Record({.name = "other", .metrics = {{"auc", 1}}});
  ErasureRequest request = About({"first"});
  request.metrics = true;
  const ErasureReport report = Erase(request);
  ASSERT_EQ(report.kept.size(), 1U);
  EXPECT_NE(report.kept[0].find("the metric 'auc' of the run other"), std::string::npos);
  EXPECT_TRUE(Has("series of auc"));
  EXPECT_FALSE(Has("series of loss"));
}

// Files are erased by content, for all that name them as data; what only happens to have their
// bytes is something else.
TEST_F(Erasing, AFileStaysWithTheLogPatchOrConfigurationThatHasItsBytes) {
  const std::vector<std::pair<TestRun, std::string>> holders = {
      {{.name = "other", .log = secret_}, "the log of the run other"},
      {{.name = "other", .patch = secret_}, "the patch of the run other"},
      {{.name = "other", .metrics = {{"auc", 1}}}, "the metric 'auc' of the run other"},
      {{.name = "other", .configuration = {{"/etc/motd", secret_}}},
       "the file '/etc/motd' of the run other"}};
  for (const auto& [other, holder] : holders) {
    SCOPED_TRACE(holder);
    files_.SyncAll();
    ASSERT_TRUE(RemoveTree(files_, kStore).ok());
    ASSERT_TRUE(Store::Create(files_, kProject).ok());
    const std::string content = other.metrics.empty() ? secret_ : "series of auc";
    Record({.name = "first", .inputs = {{"a.bin", content}}});
    Record({.name = "second", .inputs = {{"b.bin", content}}});
    EXPECT_EQ(Erase(About({NameOf(content)})).erased.size(), 1U);  // Data alone: by content.
    EXPECT_FALSE(Has(content));
    Record({.name = "third", .inputs = {{"a.bin", content}}});
    Record(other);
    const ErasureReport report = Erase(About({NameOf(content)}));
    EXPECT_TRUE(report.erased.empty());
    ASSERT_EQ(report.kept.size(), 1U);
    EXPECT_EQ(report.kept[0],
              "'" + NameOf(content) + "' stays, as " + holder + " has it too; --shared erases it");
    EXPECT_TRUE(Has(content));
    ErasureRequest request = About({NameOf(content)});
    request.shared = true;
    EXPECT_EQ(Erase(request).erased.size(), 1U);
    EXPECT_FALSE(Has(content));
  }
}

TEST_F(Erasing, AFileOfAFolderStaysThatIsEvidenceOfARun) {
  const std::string folder = JoinPath(kProject, "data");
  ASSERT_TRUE(files_.CreateDirectory(folder).ok());
  ASSERT_TRUE(WriteFileDurably(files_, JoinPath(folder, "report.bin"), secret_).ok());
  ASSERT_TRUE(WriteFileDurably(files_, JoinPath(folder, "other.bin"), other_).ok());
  AddRequest adding;
  adding.store_folder = kStore;
  adding.project_folder = kProject;
  adding.paths = {folder};
  adding.name = "data";
  const auto added = AddDatasets(files_, adding, disk_.Options(files_));
  ASSERT_TRUE(added.ok()) << added.error().message;
  Record({.name = "first", .evidence = {{"validation", secret_}}});
  const ErasureReport report = Erase(About({"data"}));
  EXPECT_EQ(report.kept, (std::vector<std::string>{"'report.bin' stays, as the evidence of the run "
                                                   "first has it too; --shared erases it"}));
  EXPECT_TRUE(Has(secret_));
  EXPECT_FALSE(LiesInAFile(other_, kStore));
  ExpectWhole();
}

TEST_F(Erasing, WhatIsOnlyALogOrPatchIsErasedByItsName) {
  Record({.name = "first", .log = secret_, .patch = other_});
  EXPECT_EQ(Erase(About({NameOf(secret_), NameOf(other_)})).erased.size(), 2U);
  EXPECT_FALSE(LiesInAFile(secret_));
  EXPECT_FALSE(LiesInAFile(other_));
}

TEST_F(Erasing, ANoteByTheDigestOfItsDocumentIsPurgedAsOne) {
  const TestRun run{.name = "first"};
  Record(run);
  const std::string text = "a note about " + NameOf(other_);
  ASSERT_TRUE(Open()->AddNote(run.id.ToString(), text).ok());
  Digest document;
  ASSERT_TRUE(Open()
                  ->ledger()
                  .ForEach(0,
                           [&](const storage::LedgerEntry& entry) -> Result<void> {
                             if (entry.kind == "note") document = entry.payload;
                             return {};
                           })
                  .ok());
  const ErasureReport report = Erase(About({document.ToString()}));
  ASSERT_EQ(report.erased.size(), 1U);
  EXPECT_EQ(report.erased[0].items[0].kind, "note");
  EXPECT_TRUE(Open()->GetRun(run.id)->notes.empty());
}

TEST_F(Erasing, WhatDiedInTheInboxIsSwept) {
  Record({.inputs = {{"secret.bin", secret_}}});
  const std::string left = StorePaths(kStore).nursery(Ulid::Generate());
  ASSERT_TRUE(files_.CreateDirectory(left).ok());
  ASSERT_TRUE(WriteFileDurably(files_, JoinPath(left, "some.pack"), secret_).ok());
  Erase(About({NameOf(secret_)}));
  EXPECT_FALSE(LiesInAFile(secret_));
}

TEST_F(Erasing, IsRefusedWhileASessionIsMade) {
  Record({.inputs = {{"secret.bin", secret_}}});
  const auto nursery = files_.Lock(StorePaths(kStore).nursery_lock(), LockMode::kShared, 0);
  ASSERT_TRUE(nursery.ok());
  ASSERT_TRUE(files_.CreateDirectory(StorePaths(kStore).nursery(Ulid::Generate())).ok());
  EXPECT_EQ(Refused(secret_).code, ErrorCode::kTimeout);
}

TEST_F(Erasing, IsRefusedWhereBytesMayHide) {
  Record({.inputs = {{"secret.bin", secret_}}});
  const StorePaths paths(kStore);
  const std::string pack = storage::PackPath(kStore, PacksOnDisk(files_, kStore)->front());
  for (const std::string& stray :
       {JoinPath(paths.inbox(), "copy"), JoinPath(paths.inbox(), ".copy"),
        JoinPath(paths.packs(), "copy.pack"), pack + ".tmp"}) {
    ASSERT_TRUE(WriteFileDurably(files_, stray, secret_).ok());
    const Error error = Refused(secret_);
    EXPECT_EQ(error.code, ErrorCode::kCorruption) << stray;
    EXPECT_NE(error.message.find(stray), std::string::npos) << error.message;
    ASSERT_TRUE(files_.RemoveFile(stray).ok());
  }
  // What cannot be listed: here, because it is no folder.
  ASSERT_TRUE(WriteFileDurably(files_, paths.quarantine(), "").ok());
  EXPECT_NE(Refused(secret_).message.find("cannot be listed"), std::string::npos);
  ASSERT_TRUE(files_.RemoveFile(paths.quarantine()).ok());
  Erase(About({NameOf(secret_)}));
  EXPECT_FALSE(LiesInAFile(secret_));
}

TEST_F(Erasing, APackThatTheCatalogDoesNotKnowIsSearched) {
  Record({.inputs = {{"secret.bin", secret_}}});
  const Ulid known = PacksOnDisk(files_, kStore)->front();
  Record({.inputs = {{"again.bin", secret_}, {"other.bin", other_}}});
  ForgetPacksBut(known);
  Erase(About({NameOf(secret_)}));
  EXPECT_FALSE(LiesInAFile(secret_));
  EXPECT_TRUE(Has(other_));
  ExpectWhole();
}

TEST_F(Erasing, IsRefusedWhereAPackThatTheCatalogDoesNotKnowIsDamaged) {
  Record({.inputs = {{"secret.bin", secret_}}});
  const Ulid known = PacksOnDisk(files_, kStore)->front();
  Record({.inputs = {{"other.bin", other_}}});
  for (const Ulid& pack : ForgetPacksBut(known)) {
    ASSERT_TRUE(WriteFileDurably(files_, storage::PackPath(kStore, pack), "").ok());
  }
  EXPECT_EQ(Refused(secret_).code, ErrorCode::kCorruption);
}

TEST_F(Erasing, AProfileBeginsItsSessionBeforeItReads) {
  const std::string table = "name,amount\nada,17\nbob,18\n";
  Record({.inputs = {{"customers.csv", table}}});
  const auto store = Open();
  files_.SyncAll();
  const auto made = RecordProfiles(*store, ColumnSettings(),
                                   {{"customers.csv", "", crypto::Sha256(table), table.size()}},
                                   [] { return false; });
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(*made, 1U);
  const auto calls = files_.calls();
  const auto begins = std::ranges::find_if(calls, [](const FaultFileSystem::Call& call) {
    return call.method == "CreateDirectory" && call.path.starts_with(kStore + "/inbox/.");
  });
  const auto reads = std::ranges::find_if(calls, [](const FaultFileSystem::Call& call) {
    return call.path.starts_with(kStore + "/packs/");
  });
  ASSERT_NE(begins, calls.end());
  ASSERT_NE(reads, calls.end());
  EXPECT_LT(begins - calls.begin(), reads - calls.begin());
}

TEST_F(Erasing, OfContentThatIsGoneNoProfileIsMadeAndNoSessionIsLeft) {
  const std::string table = "name,amount\nada,17\nbob,18\n";
  Record({.inputs = {{"customers.csv", table}}});
  Erase(About({NameOf(table)}));
  const auto store = Open();
  const auto made = RecordProfiles(*store, ColumnSettings(),
                                   {{"customers.csv", "", crypto::Sha256(table), table.size()}},
                                   [] { return false; });
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(*made, 0U);
  EXPECT_EQ(testing::CountEntries(*store, "profile", NameOf(table)), 0);
  EXPECT_TRUE(files_.List(StorePaths(kStore).inbox())->empty());
}

}  // namespace
}  // namespace reprise::tracker
