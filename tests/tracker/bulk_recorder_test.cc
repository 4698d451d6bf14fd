// Many runs at once: durable as a whole, and the same in the catalog as when it is rebuilt.

#include "tracker/bulk_recorder.h"

#include <gtest/gtest.h>

#include "lineage/graph.h"
#include "storage/tree.h"
#include "tests/support/disk_model.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/memory_objects.h"
#include "tests/tracker/store_testing.h"
#include "tracker/fsck.h"
#include "tracker/leased_store.h"
#include "tracker/run_names.h"
#include "tracker/session.h"

namespace reprise::tracker {
namespace {

using reprise::testing::FaultFileSystem;
using testing::AllRows;
using testing::CatalogDisk;
using testing::FileUse;

const std::string kProject = "/project";
const std::string kStore = "/project/.reprise";

class BulkRecorderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(files_.CreateDirectory(kProject).ok());
    ASSERT_TRUE(Store::Create(files_, kProject).ok());
  }
  std::unique_ptr<Store> Open(bool rebuild = false) {
    StoreOptions options = disk_.Options(files_);
    options.rebuild_catalog = rebuild;
    auto store = Store::Open(files_, kStore, options);
    EXPECT_TRUE(store.ok()) << store.error().message;
    return store.ok() ? *std::move(store) : nullptr;
  }

  static Ulid Id(std::uint64_t number) {
    return Ulid::FromParts(1'700'000'000'000 + number, AsBytes("0123456789"));
  }

  // Run `number` of a chain, with code and an environment that it shares with its neighbours.
  Result<void> Add(BulkRecorder& recorder, std::uint64_t number) {
    storage::Tree tree;
    tree.entries.push_back(reprise::testing::FileOf("train.py", std::to_string(number / 3)));
    lineage::Code code;
    REPRISE_ASSIGN_OR_RETURN(code.tree, recorder.Put(AsBytes(storage::EncodeTree(tree))));
    code.commit = "c0ffee" + std::to_string(number / 3);
    REPRISE_ASSIGN_OR_RETURN(
        const Digest environment,
        recorder.Put(AsBytes(R"({"files":[{"digest":")" + crypto::Sha256("libc").ToString() +
                             R"(","path":"/lib/libc"}],"type":"reprise/environment/v1"})")));
    lineage::Recipe recipe;
    recipe.command = {"train"};
    recipe.working_directory = ".";
    recipe.code = code.tree;
    recipe.environment = environment;
    recipe.inputs = {FileUse("in", std::to_string(number))};
    lineage::RunRecord run;
    run.id = Id(number);
    run.status = lineage::RunStatus::kFinished;
    run.exit_code = 0;
    run.started_at_unix_ms = static_cast<std::int64_t>(run.id.unix_ms());
    run.ended_at_unix_ms = run.started_at_unix_ms + 10;
    run.outputs = {FileUse("out", std::to_string(number + 1))};
    if (number % 4 == 3) run.derived_from = Id(number - 1).ToString();
    return recorder.AddRun(run, recipe, &code);
  }

  static std::size_t CountRuns(Store& store) {
    std::size_t count = 0;
    EXPECT_TRUE(store.ForEachRun([&](const StoredRun&) { return ++count > 0; }).ok());
    return count;
  }

  FaultFileSystem files_;
  CatalogDisk disk_;
};

TEST_F(BulkRecorderTest, WhatIsCommittedIsInTheLedgerAndTheGraph) {
  const auto store = Open();
  BulkRecorder recorder(*store);
  for (std::uint64_t i = 0; i < 50; ++i) ASSERT_TRUE(Add(recorder, i).ok());
  EXPECT_EQ(CountRuns(*store), 0U);
  const auto committed = recorder.Commit();
  ASSERT_TRUE(committed.ok()) << committed.error().message;
  EXPECT_EQ(CountRuns(*store), 50U);
  EXPECT_EQ(store->ledger().size(), 50U);
  EXPECT_TRUE(store->ledger().Verify()->problems.empty());
  const auto up = lineage::Traverse(store->catalog(), lineage::NodeId::Run(Id(49)),
                                    lineage::Direction::kUp, std::nullopt);
  ASSERT_TRUE(up.ok());
  EXPECT_EQ(up->nodes.size(), 100U);
  const auto run = store->GetRun(Id(7));
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(run->code->commit, "c0ffee2");
  EXPECT_EQ(run->record.derived_from, Id(6).ToString());
}

TEST_F(BulkRecorderTest, RowsAreThoseOfARebuiltCatalog) {
  testing::Rows rows;
  {
    const auto store = Open();
    BulkRecorder recorder(*store);
    for (std::uint64_t i = 0; i < 40; ++i) {
      ASSERT_TRUE(Add(recorder, i).ok());
      if (i % 15 != 0) continue;
      ASSERT_TRUE(recorder.Commit().ok());
    }
    ASSERT_TRUE(recorder.Commit().ok());
    rows = AllRows(store->catalog());
  }
  const auto rebuilt = Open(true);
  const testing::Rows again = AllRows(rebuilt->catalog());
  EXPECT_EQ(rows.size(), again.size());
  EXPECT_TRUE(rows == again);
}

TEST_F(BulkRecorderTest, SessionsThatAreAdoptedWhileTheNextGathersGiveTheRowsOfARebuiltCatalog) {
  testing::Rows rows;
  {
    const auto store = Open();
    BulkRecorder recorder(*store, {.runs_at_once = 3});
    for (std::uint64_t i = 0; i < 40; ++i) ASSERT_TRUE(Add(recorder, i).ok());
    ASSERT_TRUE(recorder.Commit().ok());
    EXPECT_EQ(CountRuns(*store), 40U);
    rows = AllRows(store->catalog());
  }
  EXPECT_TRUE(rows == AllRows(Open(true)->catalog()));
}

TEST_F(BulkRecorderTest, AFailureOfAnAdoptionIsToldWhenTheNextSessionIsFull) {
  const auto store = Open();
  ASSERT_TRUE(RemoveTree(files_, kStore + "/packs").ok());
  ASSERT_TRUE(files_.Open(kStore + "/packs", OpenMode::kCreate).ok());  // No folder.
  BulkRecorder recorder(*store, {.runs_at_once = 2});
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(Add(recorder, i).ok());
  EXPECT_FALSE(Add(recorder, 3).ok());
  EXPECT_EQ(store->ledger().size(), 0U);
}

TEST_F(BulkRecorderTest, ARunInEachSessionGivesTheSameGraphAsManyInOne) {
  const auto graph = [&](bool one_by_one) {
    const auto store = Open();
    BulkRecorder recorder(*store);
    for (std::uint64_t i = 0; i < 12; ++i) {
      EXPECT_TRUE(Add(recorder, i).ok());
      if (!one_by_one) continue;
      EXPECT_TRUE(recorder.Commit().ok());
    }
    EXPECT_TRUE(recorder.Commit().ok());
    testing::Rows rows = AllRows(store->catalog());
    std::erase_if(rows, [](const auto& row) {
      const storage::Space space = row.first.first;
      return space != storage::Space::kEdge && space != storage::Space::kNode;
    });
    return rows;
  };
  const auto together = graph(false);
  ASSERT_TRUE(RemoveTree(files_, kStore).ok());
  ASSERT_TRUE(Store::Create(files_, kProject).ok());
  disk_.Keep(0);
  EXPECT_TRUE(together == graph(true));
}

TEST_F(BulkRecorderTest, WhatIsNotCommittedLeavesNothing) {
  const auto store = Open();
  {
    BulkRecorder recorder(*store);
    for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(Add(recorder, i).ok());
  }
  EXPECT_EQ(store->ledger().size(), 0U);
  EXPECT_TRUE(ListSessions(files_, kStore)->empty());
  EXPECT_TRUE(BulkRecorder(*store).Commit().ok());  // Of nothing.
}

TEST_F(BulkRecorderTest, WhatIsLargeIsSealedWithFewRuns) {
  const auto store = Open();
  BulkRecorder recorder(*store, {.bytes_at_once = 100'000});
  ASSERT_TRUE(Add(recorder, 0).ok());
  EXPECT_EQ(recorder.stored_bytes(), 0U);
  ASSERT_TRUE(recorder.Put(AsBytes(std::string(100'000, 'x'))).ok());
  ASSERT_TRUE(Add(recorder, 1).ok());  // A thread seals and adopts these two …
  ASSERT_TRUE(recorder.Put(AsBytes(std::string(100'000, 'y'))).ok());
  ASSERT_TRUE(Add(recorder, 2).ok());  // … and is awaited before the next are its.
  EXPECT_GT(recorder.stored_bytes(), 0U);
  ASSERT_TRUE(recorder.Commit().ok());
  EXPECT_EQ(CountRuns(*store), 3U);
}

TEST_F(BulkRecorderTest, NamesOfRunsThatAreGivenUpAreFreeAgain) {
  const auto store = Open();
  {
    BulkRecorder recorder(*store);
    for (std::uint64_t i = 0; i < 3; ++i) {
      const std::string name = "run-of-" + std::to_string(i);
      ASSERT_TRUE(ReserveRunName(files_, kStore, name, Id(i)).ok());
      recorder.HoldName(name, Id(i));
      ASSERT_TRUE(Add(recorder, i).ok());
      if (i == 0) {
        ASSERT_TRUE(recorder.Commit().ok());
      }
    }
  }
  EXPECT_TRUE(FindRunByName(files_, kStore, "run-of-0").ok());
  EXPECT_FALSE(FindRunByName(files_, kStore, "run-of-1").ok());
  EXPECT_FALSE(FindRunByName(files_, kStore, "run-of-2").ok());
}

TEST_F(BulkRecorderTest, AStoreThatIsOnlyLeasedCanBeUsedInBetween) {
  LeasedStore lease(files_, kStore, disk_.Options(files_));
  BulkRecorder recorder(files_, kStore, lease, {.runs_at_once = 2});
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(Add(recorder, i).ok());
  ASSERT_TRUE(recorder.Commit().ok());
  lease.Release();
  EXPECT_EQ(CountRuns(*Open()), 5U);
  ASSERT_TRUE(Add(recorder, 5).ok());
  ASSERT_TRUE(recorder.Commit().ok());
  lease.Release();
  EXPECT_EQ(CountRuns(*Open()), 6U);
}

TEST_F(BulkRecorderTest, ARunThatNoDocumentCanHoldHindersNoOther) {
  const auto store = Open();
  BulkRecorder recorder(*store);
  ASSERT_TRUE(Add(recorder, 0).ok());
  lineage::RunRecord run;
  run.id = Id(1);
  run.tags["not UTF-8: \xff"] = "";
  lineage::Recipe recipe;
  recipe.working_directory = ".";
  const auto added = recorder.AddRun(run, recipe, nullptr);
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, ErrorCode::kInvalidArgument);
  ASSERT_TRUE(Add(recorder, 2).ok());
  ASSERT_TRUE(recorder.Commit().ok());
  EXPECT_EQ(CountRuns(*store), 2U);
}

TEST_F(BulkRecorderTest, AnAcknowledgedBatchSurvivesLossOfPower) {
  files_.SyncAll();
  {
    const auto store = Open();
    BulkRecorder recorder(*store);
    for (std::uint64_t i = 0; i < 20; ++i) ASSERT_TRUE(Add(recorder, i).ok());
    ASSERT_TRUE(recorder.Commit().ok());
    for (std::uint64_t i = 20; i < 25; ++i) ASSERT_TRUE(Add(recorder, i).ok());
    files_.Crash();
  }
  for (const auto& loss : files_.PowerLosses()) {
    SCOPED_TRACE(ToString(loss));
    files_.Reboot(loss);
    disk_.Keep(0);
    const auto store = Open();
    ASSERT_NE(store, nullptr);
    EXPECT_EQ(CountRuns(*store), 20U);
  }
}

TEST_F(BulkRecorderTest, RunsThatCameFromEachOtherAreDamageThatFsckNames) {
  {
    const auto store = Open();
    BulkRecorder recorder(*store);
    lineage::Recipe recipe;
    recipe.command = {"train"};
    recipe.working_directory = ".";
    for (std::uint64_t i = 0; i < 3; ++i) {
      lineage::RunRecord run;
      run.id = Id(i);
      run.status = lineage::RunStatus::kFinished;
      run.exit_code = 0;
      run.started_at_unix_ms = 1;
      run.ended_at_unix_ms = 2;
      run.derived_from = Id((i + 1) % 3).ToString();
      ASSERT_TRUE(recorder.AddRun(run, recipe, nullptr).ok());
    }
    ASSERT_TRUE(recorder.Commit().ok());
  }
  const auto report = CheckStore(files_, kStore, disk_.Options(files_), {});
  ASSERT_TRUE(report.ok()) << report.error().message;
  const auto problem = std::ranges::find(report->problems, "lineage", &FsckProblem::kind);
  ASSERT_NE(problem, report->problems.end());
  EXPECT_NE(problem->message.find(Id(2).ToString()), std::string::npos);
}

}  // namespace
}  // namespace reprise::tracker
