// The power goes, or a call fails, at every moment of a ledger's life; whatever is left on the disk
// then, every acknowledged entry is there, and every checkpoint that was handed out still holds.

#include <gtest/gtest.h>

#include "storage/ledger.h"
#include "storage/ledger_files.h"
#include "tests/support/fault_file_system.h"
#include "tests/support/ledgers.h"

namespace reprise::storage {
namespace {

using testing::AppendTestEntries;
using testing::EnumerateCrashes;
using testing::EnumerateFailures;
using testing::Enumeration;
using testing::FaultFileSystem;
using testing::MakeLedger;
using FaultKind = FaultFileSystem::FaultKind;
using FaultDuration = FaultFileSystem::FaultDuration;

// What the scenario was told, and what therefore must be true afterwards.
struct Acknowledged {
  std::uint64_t size = 0;
  std::uint64_t attempted = 0;
  std::vector<std::string> checkpoints;
};

constexpr int kSizeBefore = 5;

// As every key and every entry is always the same, so is the checkpoint that Prepare() leaves.
std::string CheckpointBefore() {
  FaultFileSystem files;
  REPRISE_ASSERT(files.CreateDirectory("/store").ok());
  MakeLedger(files, "/store", {2, 3});
  return *(*Ledger::Open(files, "/store"))->Checkpoint();
}

void Prepare(FaultFileSystem& files) {
  ASSERT_TRUE(files.CreateDirectory("/store").ok());
  MakeLedger(files, "/store", {2, 3});
}

// Two appends, each in a process of its own, as commands do.
void AppendTwice(FaultFileSystem& files, Acknowledged& told) {
  told = {.size = kSizeBefore, .attempted = kSizeBefore, .checkpoints = {CheckpointBefore()}};
  for (const int count : {3, 1}) {
    const auto ledger = Ledger::Open(files, "/store");
    if (!ledger.ok()) return;
    told.attempted = (*ledger)->size() + static_cast<std::uint64_t>(count);
    if (!AppendTestEntries(**ledger, count).ok()) return;
    told.size = told.attempted;
    told.checkpoints.push_back(*(*ledger)->Checkpoint());
  }
}

void ExpectWhole(FaultFileSystem& files, const Acknowledged& told) {
  auto ledger = Ledger::Open(files, "/store");
  ASSERT_TRUE(ledger.ok()) << ledger.error().message;
  const std::uint64_t size = (*ledger)->size();
  EXPECT_GE(size, told.size) << "an acknowledged entry is lost";
  // A batch is there as a whole or not at all.
  EXPECT_TRUE(size == told.size || size == told.attempted) << size;
  const auto expect_no_problems = [&](const std::string& since) {
    const auto report = (*ledger)->Verify(since);
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_TRUE(report->problems.empty()) << report->problems.front();
  };
  // Every checkpoint is a prefix of the next, so that the first and the last speak for all.
  ASSERT_NO_FATAL_FAILURE(expect_no_problems(told.checkpoints.front()));
  ASSERT_NO_FATAL_FAILURE(expect_no_problems(told.checkpoints.back()));
  for (std::uint64_t sequence = 0; sequence < size; sequence += 3) {
    EXPECT_TRUE((*ledger)->ProofDocument(sequence).ok());
  }
  // Life goes on, and what it now promises holds as well.
  const auto appended = AppendTestEntries(**ledger, 2);
  ASSERT_TRUE(appended.ok()) << appended.error().message;
  EXPECT_EQ((*ledger)->size(), size + 2);
  ASSERT_NO_FATAL_FAILURE(expect_no_problems(told.checkpoints.back()));
}

TEST(LedgerCrashTest, NoAcknowledgedEntryIsLostWhenThePowerGoes) {
  Acknowledged told;
  const Enumeration seen = EnumerateCrashes(
      Prepare, [&](FaultFileSystem& files) { AppendTwice(files, told); },
      [&](FaultFileSystem& files) { ExpectWhole(files, told); });
  EXPECT_GT(seen.moments, 10);
  EXPECT_GT(seen.outcomes, 100);
}

TEST(LedgerCrashTest, NoAcknowledgedEntryIsLostWhenThePowerGoesAgainDuringRecovery) {
  // The state to recover from: a whole batch beyond the checkpoint, and half of another.  Both were
  // never acknowledged, for that comes after the checkpoint; the whole one may be taken in.
  Acknowledged told{.size = kSizeBefore, .attempted = kSizeBefore + 2, .checkpoints = {}};
  const auto prepare = [&](FaultFileSystem& files) {
    Prepare(files);
    const LedgerPaths paths("/store");
    const std::string checkpoint = *ReadFile(files, paths.checkpoint);
    ASSERT_TRUE(AppendTestEntries(**Ledger::Open(files, "/store"), 2).ok());
    const std::string entries = *ReadFile(files, paths.entries);
    ASSERT_TRUE(AppendTestEntries(**Ledger::Open(files, "/store"), 2).ok());
    const std::string more = *ReadFile(files, paths.entries);
    const auto file = *files.Open(paths.entries, OpenMode::kReadWrite);
    ASSERT_TRUE(file->Truncate(entries.size() + (more.size() - entries.size()) / 2).ok());
    ASSERT_TRUE(WriteFileDurably(files, paths.checkpoint, checkpoint).ok());
    told.checkpoints = {checkpoint};
  };
  const Enumeration seen = EnumerateCrashes(
      prepare, [](FaultFileSystem& files) { (void)Ledger::Open(files, "/store"); },
      [&](FaultFileSystem& files) { ExpectWhole(files, told); });
  EXPECT_GT(seen.moments, 5);
}

TEST(LedgerCrashTest, NoAcknowledgedEntryIsLostWhenACallFails) {
  Acknowledged told;
  for (const FaultKind kind : {FaultKind::kIoError, FaultKind::kNoSpace}) {
    for (const FaultDuration duration : {FaultDuration::kOnce, FaultDuration::kFromThenOn}) {
      // A disk that is full stays full.
      if (kind == FaultKind::kNoSpace && duration == FaultDuration::kOnce) continue;
      SCOPED_TRACE(static_cast<int>(kind) * 2 + static_cast<int>(duration));
      const Enumeration seen = EnumerateFailures(
          kind, duration, Prepare, [&](FaultFileSystem& files) { AppendTwice(files, told); },
          [&](FaultFileSystem& files) { ExpectWhole(files, told); });
      EXPECT_GT(seen.moments, 5);
    }
  }
}

// The kernel forgets what it could not write, but programs go on seeing it: a process that takes
// such entries in must write them again before it signs them.
TEST(LedgerCrashTest, EntriesWhoseSyncFailedAreWrittenAgainBeforeTheyAreSigned) {
  int failing_sync = -1;
  {
    FaultFileSystem files;
    Prepare(files);
    const auto ledger = *Ledger::Open(files, "/store");
    files.SyncAll();
    ASSERT_TRUE(AppendTestEntries(*ledger, 2).ok());
    const auto calls = files.calls();
    for (int i = 0; i < static_cast<int>(calls.size()); ++i) {
      if (calls[i].method == "Sync" && calls[i].path == LedgerPaths("/store").entries) {
        failing_sync = i;
      }
    }
  }
  ASSERT_GE(failing_sync, 0);
  FaultFileSystem files;
  Prepare(files);
  {
    const auto ledger = *Ledger::Open(files, "/store");
    files.SyncAll();
    files.FailCall(failing_sync, FaultKind::kIoError);
    ASSERT_FALSE(AppendTestEntries(*ledger, 2).ok());
    ASSERT_TRUE(files.fault_injected());
  }
  {
    const auto ledger = Ledger::Open(files, "/store");
    ASSERT_TRUE(ledger.ok()) << ledger.error().message;
    ASSERT_EQ((*ledger)->size(), static_cast<std::uint64_t>(kSizeBefore) + 2);
  }
  const std::string note = *(*Ledger::Open(files, "/store"))->Checkpoint();
  files.Crash();
  for (const auto& loss : files.PowerLosses()) {
    SCOPED_TRACE(ToString(loss));
    files.Reboot(loss);
    ExpectWhole(files,
                {.size = kSizeBefore + 2, .attempted = kSizeBefore + 2, .checkpoints = {note}});
    if (HasFatalFailure()) return;
  }
}

TEST(LedgerCrashTest, AfterAFailedAppendTheObjectAppendsNoMore) {
  FaultFileSystem files;
  Prepare(files);
  files.SyncAll();
  const auto ledger = *Ledger::Open(files, "/store");
  files.SyncAll();  // Numbers calls from 0.
  files.FailCall(0, FaultKind::kNoSpace);
  EXPECT_EQ(AppendTestEntries(*ledger, 1).error().code, ErrorCode::kNoSpace);
  EXPECT_FALSE(AppendTestEntries(*ledger, 1).ok());
  EXPECT_EQ(ledger->size(), static_cast<std::uint64_t>(kSizeBefore));
  EXPECT_TRUE(ledger->Read(0).ok());
  EXPECT_TRUE(AppendTestEntries(**Ledger::Open(files, "/store"), 1).ok());
}

TEST(LedgerCrashTest, OnAFullDiskTheLedgerCanStillBeRead) {
  FaultFileSystem files;
  Prepare(files);
  const LedgerPaths paths("/store");
  const std::string checkpoint = *ReadFile(files, paths.checkpoint);
  ASSERT_TRUE(AppendTestEntries(**Ledger::Open(files, "/store"), 2).ok());
  ASSERT_TRUE(WriteFileAtomically(files, paths.checkpoint, checkpoint).ok());
  ASSERT_TRUE(files.RemoveFile(paths.hashes).ok());
  files.SyncAll();
  files.FailCall(1, FaultKind::kNoSpace, FaultDuration::kFromThenOn);  // 0 makes the file.
  const auto ledger = Ledger::Open(files, "/store");
  ASSERT_TRUE(files.fault_injected());
  ASSERT_TRUE(ledger.ok()) << ledger.error().message;
  EXPECT_EQ((*ledger)->size(), static_cast<std::uint64_t>(kSizeBefore));
  EXPECT_TRUE((*ledger)->ProofDocument(3).ok());
  EXPECT_EQ(AppendTestEntries(**ledger, 1).error().code, ErrorCode::kNoSpace);
}

TEST(LedgerCrashTest, AnInterruptedCreationCanBeRepeated) {
  const auto create = [](FaultFileSystem& files) {
    (void)Ledger::Create(files, "/store", testing::TestStoreId());
  };
  const auto prepare = [](FaultFileSystem& files) {
    ASSERT_TRUE(files.CreateDirectory("/store").ok());
  };
  const auto check = [](FaultFileSystem& files) {
    const auto created = Ledger::Create(files, "/store", testing::TestStoreId());
    ASSERT_TRUE(created.ok()) << created.error().message;
    const auto ledger = Ledger::Open(files, "/store");
    ASSERT_TRUE(ledger.ok()) << ledger.error().message;
    EXPECT_TRUE((*ledger)->notices().empty());
    EXPECT_TRUE(AppendTestEntries(**ledger, 1).ok());
  };
  EXPECT_GT(EnumerateCrashes(prepare, create, check).moments, 10);
}

}  // namespace
}  // namespace reprise::storage
