// From a session's first call to its adoption, under a loss of power at every change and under the
// failure of every call.
//
// What was acknowledged is there, exactly once in the ledger and whole in the index; what was not
// is absent or whole; the store opens, and fsck finds nothing.  The catalog does its own input and
// output, so its fate at the crash is a parameter: it may have lost everything, the newest batch,
// or nothing.

#include <gtest/gtest.h>

#include "lineage/graph.h"
#include "tests/support/fault_file_system.h"
#include "tests/tracker/store_testing.h"
#include "tracker/fsck.h"
#include "tracker/produced_paths.h"

namespace reprise::tracker {
namespace {

using reprise::testing::EnumerateCrashes;
using reprise::testing::EnumerateFailures;
using reprise::testing::FaultFileSystem;
using testing::CatalogDisk;
using testing::CountEntries;
using testing::TestRun;

const std::string kProject = "/project";
const std::string kStore = "/project/.reprise";
const std::string kInput = "age,income\n";
const std::string kModel = "the model";

enum class CatalogFate { kLost, kBehind, kLevel };

TestRun EarlierRun() {
  return {.id = *Ulid::Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV"),
          .name = "earlier",
          .outputs = {{"data.csv", kInput}}};
}
TestRun NewRun() {
  return {.id = *Ulid::Parse("01BX5ZZKBKACTAV9WEVGEMMVRZ"),
          .name = "newer",
          .inputs = {{"data.csv", kInput}},
          .outputs = {{"model.bin", kModel}}};
}

class CommitCrash : public ::testing::TestWithParam<CatalogFate> {
 protected:
  void Prepare(FaultFileSystem& files) {
    disk_ = {};
    sealed_ = adopted_ = false;
    ASSERT_TRUE(files.CreateDirectory(kProject).ok());
    ASSERT_TRUE(Store::Create(files, kProject).ok());
    ASSERT_TRUE(testing::SealRun(files, kStore, EarlierRun()).ok());
    ASSERT_TRUE(Store::Open(files, kStore, disk_.Options(files)).ok());
    batches_before_ = disk_.batches();
  }

  // What a loss of power does to the catalog; called before each look at the store.
  CatalogDisk CatalogAfterCrash() const {
    CatalogDisk disk = disk_;
    disk.notices.clear();
    if (GetParam() == CatalogFate::kLost) disk.Keep(0);
    if (GetParam() == CatalogFate::kBehind)
      disk.Keep(std::max(batches_before_, disk.batches()) - 1);
    return disk;
  }

  std::unique_ptr<Store> Reopen(FaultFileSystem& files, CatalogDisk& disk) {
    auto store = Store::Open(files, kStore, disk.Options(files));
    EXPECT_TRUE(store.ok()) << store.error().message;
    return store.ok() ? *std::move(store) : nullptr;
  }

  static void ExpectWhole(FaultFileSystem& files, CatalogDisk& disk) {
    const auto report = CheckStore(files, kStore, disk.Options(files), {.read_data_percent = 100});
    ASSERT_TRUE(report.ok()) << report.error().message;
    for (const FsckProblem& problem : report->problems) ADD_FAILURE() << problem.message;
  }

  static void ExpectEdge(Store& store, const Digest& artifact, const Ulid& maker) {
    const auto edges = lineage::EdgesInto(store.catalog(), lineage::NodeId::Artifact(artifact));
    ASSERT_TRUE(edges.ok());
    ASSERT_EQ(edges->size(), 1U);
    EXPECT_EQ(edges->front().from, lineage::NodeId::Run(maker));
  }

  void CheckRun(FaultFileSystem& files) {
    CatalogDisk disk = CatalogAfterCrash();
    {
      const auto store = Reopen(files, disk);
      ASSERT_NE(store, nullptr);
      const TestRun earlier = EarlierRun();
      const TestRun newer = NewRun();
      EXPECT_EQ(CountEntries(*store, "run", earlier.id.ToString()), 1);
      EXPECT_TRUE(store->GetRun(earlier.id).ok());
      ExpectEdge(*store, crypto::Sha256(kInput), earlier.id);

      const int entries = CountEntries(*store, "run", newer.id.ToString());
      const auto run = store->GetRun(newer.id);
      EXPECT_LE(entries, 1);
      EXPECT_EQ(run.ok(), entries == 1);
      EXPECT_TRUE(!sealed_ || entries == 1);
      if (!run.ok()) return;
      EXPECT_EQ(run->record.name, "newer");
      EXPECT_EQ(*store->objects().Get(crypto::Sha256(kModel)), kModel);
      ExpectEdge(*store, crypto::Sha256(kModel), newer.id);
      EXPECT_EQ(
          lineage::EdgesFrom(store->catalog(), lineage::NodeId::Artifact(crypto::Sha256(kInput)))
              ->size(),
          1U);
      EXPECT_EQ(FindRunByName(files, kStore, "newer").value_or(Ulid()), newer.id);
      EXPECT_EQ(ProducedPaths(files, kStore), (std::set<std::string>{"data.csv", "model.bin"}));
    }
    ExpectWhole(files, disk);
  }

  void RecordRun(FaultFileSystem& files) {
    sealed_ = testing::SealRun(files, kStore, NewRun()).ok();
    if (!sealed_) return;
    const auto store = Store::Open(files, kStore, disk_.Options(files));
    adopted_ = store.ok() && (*store)->GetRun(NewRun().id).ok();
  }

  void AddNote(FaultFileSystem& files) {
    const auto store = Store::Open(files, kStore, disk_.Options(files));
    adopted_ = store.ok() && (*store)->AddNote(EarlierRun().id.ToString(), "looks good").ok();
  }

  void CheckNote(FaultFileSystem& files) {
    CatalogDisk disk = CatalogAfterCrash();
    {
      const auto store = Reopen(files, disk);
      ASSERT_NE(store, nullptr);
      const int entries = CountEntries(*store, "note", EarlierRun().id.ToString());
      EXPECT_LE(entries, 1);
      EXPECT_TRUE(!adopted_ || entries == 1);
      const auto run = store->GetRun(EarlierRun().id);
      ASSERT_TRUE(run.ok()) << run.error().message;
      EXPECT_EQ(run->notes.size(), static_cast<std::size_t>(entries));
      // The store is not only whole, it works.
      ASSERT_TRUE(store->AddNote(EarlierRun().id.ToString(), "another").ok());
      EXPECT_EQ(CountEntries(*store, "note", EarlierRun().id.ToString()), entries + 1);
    }
    ExpectWhole(files, disk);
    const auto inbox = ListSessions(files, kStore);
    EXPECT_TRUE(inbox.ok() && inbox->empty());
  }

  CatalogDisk disk_;
  std::size_t batches_before_ = 0;
  bool sealed_ = false;
  bool adopted_ = false;
};

TEST_P(CommitCrash, ARunSurvivesPowerLossAtEveryChangeOnceItIsSealed) {
  const auto seen = EnumerateCrashes([&](FaultFileSystem& files) { Prepare(files); },
                                     [&](FaultFileSystem& files) { RecordRun(files); },
                                     [&](FaultFileSystem& files) { CheckRun(files); });
  EXPECT_GT(seen.moments, 30);
  EXPECT_TRUE(adopted_);
}

TEST_P(CommitCrash, Promise1AnAcknowledgedFactSurvivesPowerLossAtEveryChange) {
  const auto seen = EnumerateCrashes([&](FaultFileSystem& files) { Prepare(files); },
                                     [&](FaultFileSystem& files) { AddNote(files); },
                                     [&](FaultFileSystem& files) { CheckNote(files); });
  EXPECT_GT(seen.moments, 20);
  EXPECT_TRUE(adopted_);
}

class CommitFailure : public CommitCrash {};

TEST_P(CommitFailure, AFailedCallCostsAtMostWhatWasNotAcknowledged) {
  using Fault = FaultFileSystem;
  for (const auto& [kind, duration] :
       {std::pair(Fault::FaultKind::kIoError, Fault::FaultDuration::kOnce),
        std::pair(Fault::FaultKind::kNoSpace, Fault::FaultDuration::kFromThenOn)}) {
    const auto runs = EnumerateFailures(
        kind, duration, [&](FaultFileSystem& files) { Prepare(files); },
        [&](FaultFileSystem& files) { RecordRun(files); },
        [&](FaultFileSystem& files) { CheckRun(files); });
    EXPECT_GT(runs.moments, 8);
    const auto notes = EnumerateFailures(
        kind, duration, [&](FaultFileSystem& files) { Prepare(files); },
        [&](FaultFileSystem& files) { AddNote(files); },
        [&](FaultFileSystem& files) { CheckNote(files); });
    EXPECT_GT(notes.moments, 8);
    if (HasFatalFailure()) return;
  }
}

std::string FateName(const ::testing::TestParamInfo<CatalogFate>& fate) {
  if (fate.param == CatalogFate::kLost) return "CatalogLost";
  return fate.param == CatalogFate::kBehind ? "CatalogBehind" : "CatalogLevel";
}
INSTANTIATE_TEST_SUITE_P(, CommitCrash,
                         ::testing::Values(CatalogFate::kLost, CatalogFate::kBehind,
                                           CatalogFate::kLevel),
                         FateName);
INSTANTIATE_TEST_SUITE_P(, CommitFailure, ::testing::Values(CatalogFate::kBehind), FateName);

// Opens the store, made again unless `made`, and writes to it.
void CheckCreation(FaultFileSystem& files, bool made) {
  CatalogDisk disk;
  auto store = Store::Open(files, "/deep/project/.reprise", disk.Options(files));
  if (!store.ok()) {
    ASSERT_FALSE(made) << store.error().message;
    ASSERT_EQ(store.error().code, ErrorCode::kNotFound) << store.error().message;
    const auto again = Store::Create(files, "/deep/project");
    ASSERT_TRUE(again.ok()) << again.error().message;
    store = Store::Open(files, "/deep/project/.reprise", disk.Options(files));
  }
  ASSERT_TRUE(store.ok()) << store.error().message;
  EXPECT_TRUE((*store)->AddTags("sha256:" + std::string(64, 'a'), {{"k", "v"}}).ok());
}

TEST(StoreCreationCrash, AStoreThatWasMadeIsThereAndAnInterruptedOneCanBeMadeAgain) {
  bool made = false;
  const auto seen = EnumerateCrashes(
      [&](FaultFileSystem&) { made = false; },
      [&](FaultFileSystem& files) { made = Store::Create(files, "/deep/project").ok(); },
      [&](FaultFileSystem& files) { CheckCreation(files, made); });
  EXPECT_GT(seen.moments, 15);
  EXPECT_TRUE(made);
}

// As after a kill: nothing is lost, and nothing is done any more.
TEST(StoreCreationCrash, WhatAnInitThatWasKilledLeftIsTakenOver) {
  bool made = false;
  const auto seen = EnumerateFailures(
      FaultFileSystem::FaultKind::kIoError, FaultFileSystem::FaultDuration::kFromThenOn,
      [&](FaultFileSystem&) { made = false; },
      [&](FaultFileSystem& files) { made = Store::Create(files, "/deep/project").ok(); },
      [&](FaultFileSystem& files) { CheckCreation(files, made); });
  EXPECT_GT(seen.moments, 15);
  EXPECT_TRUE(made);
}

}  // namespace
}  // namespace reprise::tracker
