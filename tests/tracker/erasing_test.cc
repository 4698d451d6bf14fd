// What becomes of an erasure that cannot be finished at once.

#include "tracker/erasing.h"

#include <tuple>

#include "tests/tracker/erasing_testing.h"

namespace reprise::tracker {
namespace {

using reprise::testing::FaultFileSystem;
using reprise::testing::RandomBytes;
using testing::CatalogDisk;
using testing::Erasing;
using testing::kProject;
using testing::kStore;
using testing::NameOf;

TEST_F(Erasing, AnEarlierErasureThatWasTheSameIsNotThisOne) {
  Record({.inputs = {{"secret.bin", secret_}}});
  ASSERT_EQ(Erase(About({NameOf(secret_)})).erased.size(), 1U);
  Record({.inputs = {{"again.bin", secret_}}});
  {
    const auto store = Open();
    std::string document;
    const ErasingPlan plan = Plan(*store, secret_, document);
    ASSERT_TRUE(store->objects().Get(plan.document).ok()) << "it is not the same document";
    ASSERT_TRUE(BeginErasing(files_, kStore, plan).ok());
  }
  EXPECT_TRUE(Has(secret_));  // As nothing of this one is in the ledger.
  EXPECT_FALSE(IsUnfinished());
}

TEST_F(Erasing, OneThatCannotBeFinishedHidesWhatIsToGoAndIsFinishedWhenItCan) {
  Record({.inputs = {{"secret.bin", secret_}, {"other.bin", other_}}});
  PutIntoQuarantine();
  Begin(secret_);
  for (int i = 0; i < 2; ++i) {
    disk_.notices.clear();
    EXPECT_FALSE(Has(secret_));
    EXPECT_TRUE(Has(other_));
    EXPECT_TRUE(
        WasTold("an erasure is not finished, and bytes of it may still be there: damaged "
                "packs in '/project/.reprise/quarantine'"));
    EXPECT_TRUE(IsUnfinished());
    EXPECT_FALSE(Open()->is_read_only());
  }
  const auto checked =
      CheckStore(files_, kStore, disk_.Options(files_), {.read_data_percent = 100});
  ASSERT_TRUE(checked.ok()) << checked.error().message;
  ASSERT_EQ(checked->problems.size(), 1U);
  EXPECT_EQ(checked->problems[0].kind, "erasure");
  const auto second = TryErase(About({NameOf(other_)}));
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("an earlier erasure is not finished"), std::string::npos);
  EmptyQuarantine();
  disk_.notices.clear();
  EXPECT_TRUE(Has(other_));
  EXPECT_TRUE(disk_.notices.empty());
  EXPECT_FALSE(IsUnfinished());
  EXPECT_FALSE(LiesInAFile(secret_));
  ExpectWhole();
}

TEST_F(Erasing, WhatIsStoredAgainWhileOneIsNotFinishedStays) {
  Record({.inputs = {{"secret.bin", secret_}, {"other.bin", other_}}});
  const std::vector<Ulid> old_packs = *PacksOnDisk(files_, kStore);
  PutIntoQuarantine();
  Begin(secret_);
  Record({.inputs = {{"again.bin", secret_}}});
  EXPECT_TRUE(Has(secret_));
  EmptyQuarantine();
  EXPECT_TRUE(Has(secret_));
  EXPECT_TRUE(Has(other_));
  EXPECT_FALSE(IsUnfinished());
  for (const Ulid& pack : old_packs) EXPECT_FALSE(Exists(files_, storage::PackPath(kStore, pack)));
  ExpectWhole();
}

TEST_F(Erasing, TheCatalogMayBeMadeAnewBeforeOneIsFinished) {
  Record({.inputs = {{"secret.bin", secret_}, {"other.bin", other_}}});
  PutIntoQuarantine();
  Begin(secret_);
  ASSERT_TRUE(RemoveTree(files_, StorePaths(kStore).catalog()).ok());
  EXPECT_FALSE(Has(secret_));
  Record({.inputs = {{"again.bin", secret_}}});
  ASSERT_TRUE(RemoveTree(files_, StorePaths(kStore).catalog()).ok());
  EXPECT_TRUE(Has(secret_));
  EmptyQuarantine();
  EXPECT_TRUE(Has(secret_));
  EXPECT_FALSE(IsUnfinished());
  ExpectWhole();
}

TEST_F(Erasing, PiecesThatARunCountsOnThatWasSealedSinceThePlanStayAndItIsSaid) {
  Record({.inputs = {{"secret.bin", secret_}}});
  const std::string longer = secret_ + other_;
  {
    const auto store = Open();
    std::string document;
    const ErasingPlan plan = Plan(*store, secret_, document);
    ASSERT_TRUE(BeginErasing(files_, kStore, plan).ok());
    const auto presence = storage::NewCatalogPresence(store->catalog());
    ASSERT_TRUE(
        testing::SealRun(files_, kStore, {.inputs = {{"longer.bin", longer}}}, presence.get())
            .ok());
    ASSERT_TRUE(store->AddFact(std::string(kErasureEntry), plan.subject, document).ok());
  }
  EXPECT_TRUE(Has(longer));
  EXPECT_FALSE(Has(secret_));
  EXPECT_TRUE(WasTold("pieces of what was erased stay"));
  EXPECT_FALSE(IsUnfinished());
  ExpectWhole();
}

// Every call in turn finds the device full, or fails, from then on or once.
TEST_F(Erasing, OneThatFailsAnywhereLeavesAStoreThatIsReadAndFinishedLater) {
  const std::string secret = RandomBytes(60'000, 3);  // Little, as this is done often.
  const std::string other = RandomBytes(40'000, 4);
  using Kind = FaultFileSystem::FaultKind;
  using Duration = FaultFileSystem::FaultDuration;
  const std::vector<std::tuple<Kind, Duration, bool>> faults = {
      {Kind::kNoSpace, Duration::kFromThenOn, false},
      {Kind::kNoSpace, Duration::kFromThenOn, true},
      {Kind::kIoError, Duration::kOnce, false},
      {Kind::kIoError, Duration::kOnce, true}};
  for (const auto& [kind, duration, purges_catalog] : faults) {
    int moments = 0;
    for (bool was_injected = true; was_injected; ++moments) {
      SCOPED_TRACE(moments);
      files_.SyncAll();
      ASSERT_TRUE(RemoveTree(files_, kStore).ok());
      ASSERT_TRUE(Store::Create(files_, kProject).ok());
      Record({.inputs = {{"secret.bin", secret}, {"other.bin", other}}});
      PutIntoQuarantine();
      Begin(secret, purges_catalog);
      EmptyQuarantine();
      files_.SyncAll();
      files_.FailCall(moments, kind, duration);
      auto store = Store::Open(files_, kStore, disk_.Options(files_));
      was_injected = files_.fault_injected();
      // A device that fails may keep the store from being opened; a full one may not.
      if (kind == Kind::kNoSpace) {
        ASSERT_TRUE(store.ok()) << store.error().message;
        const auto read = (*store)->objects().Get(crypto::Sha256(other));
        ASSERT_TRUE(read.ok()) << read.error().message;
        EXPECT_EQ(*read, other);
      }
      store = Error{ErrorCode::kIoError, "closed"};
      files_.SyncAll();
      EXPECT_TRUE(Has(other));
      EXPECT_FALSE(IsUnfinished());
      EXPECT_FALSE(LiesInAFile(secret));
      ExpectWhole();
      if (HasFatalFailure() || HasNonfatalFailure()) return;
    }
    EXPECT_GT(moments, kind == Kind::kNoSpace ? 2 : 10);
  }
}

// The power goes before each change, and takes the catalog's newest rows with it where these were
// not synced: that is, as long as the packs that they led to before are there.
TEST_F(Erasing, OneThatIsCutOffAnywhereIsFinishedByWhoeverComesNext) {
  const std::string secret = RandomBytes(60'000, 3);
  const std::string other = RandomBytes(40'000, 4);
  for (const auto& variant :
       {std::pair(false, false), std::pair(false, true), std::pair(true, false)}) {
    const bool purges_catalog = variant.first;
    const bool loses_rows = variant.second;
    CatalogDisk disk;
    CatalogDisk at_crash;
    std::size_t batches = 0;
    std::vector<Ulid> packs;
    const auto open = [&](FaultFileSystem& files) {
      return Store::Open(files, kStore, disk.Options(files));
    };
    const auto seen = reprise::testing::EnumerateCrashes(
        [&](FaultFileSystem& files) {
          disk = CatalogDisk();
          ASSERT_TRUE(files.CreateDirectory(kProject).ok());
          ASSERT_TRUE(Store::Create(files, kProject).ok());
          ASSERT_TRUE(
              testing::SealRun(files, kStore, {.inputs = {{"a", secret}, {"b", other}}}).ok());
          ASSERT_TRUE(CreateDirectories(files, StorePaths(kStore).quarantine()).ok());
          ASSERT_TRUE(WriteFileDurably(files, kInQuarantine, "x").ok());
          const auto store = open(files);
          ASSERT_TRUE(store.ok());
          packs = *PacksOnDisk(files, kStore);
          Begin(files, **store, secret, purges_catalog);
          ASSERT_TRUE(RemoveTree(files, StorePaths(kStore).quarantine()).ok());
          batches = disk.batches();
        },
        [&](FaultFileSystem& files) {
          (void)open(files);
          at_crash = disk;
        },
        [&](FaultFileSystem& files) {
          disk = at_crash;
          if (loses_rows && Exists(files, storage::PackPath(kStore, packs.front()))) {
            disk.Keep(batches);
          }
          const auto store = open(files);
          ASSERT_TRUE(store.ok()) << store.error().message;
          const auto read = (*store)->objects().Get(crypto::Sha256(other));
          ASSERT_TRUE(read.ok()) << read.error().message;
          EXPECT_EQ(*read, other);
          EXPECT_FALSE((*store)->objects().Get(crypto::Sha256(secret)).ok());
          EXPECT_FALSE(Exists(files, StorePaths(kStore).erasing()));
          EXPECT_FALSE(LiesInAFile(files, secret, kStore));
        });
    EXPECT_GT(seen.moments, 10);
    EXPECT_GT(seen.outcomes, seen.moments);
  }
}

TEST_F(Erasing, ACatalogThatCannotForgetKeepsEverybodyFromWriting) {
  Record({.inputs = {{"secret.bin", secret_}, {"other.bin", other_}}});
  PutIntoQuarantine();
  {
    const auto store = Open();
    std::string document;
    const ErasingPlan plan = Plan(*store, secret_, document);
    ASSERT_TRUE(BeginErasing(files_, kStore, plan).ok());
    ASSERT_TRUE(store->AddFact(std::string(kErasureEntry), plan.subject, document).ok());
  }
  disk_.FailWrites(true);
  EXPECT_TRUE(Open()->is_read_only());
  EXPECT_TRUE(Has(other_));
  disk_.FailWrites(false);
  EXPECT_FALSE(Open()->is_read_only());
  EXPECT_FALSE(Has(secret_));
}

TEST_F(Erasing, TheRepairOfADamagedPackDoesNotCarryWhatIsToGoIntoAnother) {
  Record({.inputs = {{"secret.bin", secret_}, {"other.bin", other_}}});
  const std::string pack = storage::PackPath(kStore, PacksOnDisk(files_, kStore)->front());
  PutIntoQuarantine();
  Begin(secret_);
  ASSERT_NE(Open(), nullptr);
  std::string bytes = *ReadFile(files_, pack);
  bytes.resize(bytes.size() - 10);  // The index; the records are whole.
  ASSERT_TRUE(WriteFileDurably(files_, pack, bytes).ok());
  ASSERT_TRUE(CheckStore(files_, kStore, disk_.Options(files_), {.repair = true}).ok());
  EXPECT_TRUE(LiesInAFile(secret_, StorePaths(kStore).packs()));
  EXPECT_TRUE(IsUnfinished());
  EmptyQuarantine();
  EXPECT_TRUE(Has(other_));
  EXPECT_FALSE(IsUnfinished());
  EXPECT_FALSE(LiesInAFile(secret_));
  ExpectWhole();
}

}  // namespace
}  // namespace reprise::tracker
