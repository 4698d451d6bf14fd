// What is said of a run afterwards, a verdict as `reprise rerun` gives it and tags, under a loss of
// power at every change and under the failure of every call.
//
// What was acknowledged is there, once and readable; what was not is absent or whole.  Notes are in
// tests/tracker/commit_crash_test.cc.

#include <gtest/gtest.h>

#include "storage/base/canonical.h"
#include "tests/support/fault_file_system.h"
#include "tests/tracker/store_testing.h"
#include "tracker/fsck.h"
#include "tracker/replay/given_verdicts.h"
#include "tracker/replay/verdict.h"

namespace reprise::tracker {
namespace {

using reprise::testing::EnumerateCrashes;
using reprise::testing::EnumerateFailures;
using reprise::testing::FaultFileSystem;
using testing::CatalogDisk;
using testing::CountEntries;
using testing::TestRun;

const std::string kStore = "/project/.reprise";
const Ulid kOriginal = *Ulid::Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
const Ulid kRerun = *Ulid::Parse("01BX5ZZKBKACTAV9WEVGEMMVRZ");

std::string VerdictDocument() {
  return *EncodeVerdict({.result = VerdictResult::kIdentical}, kOriginal, {kRerun}, true);
}

class FactCrash : public ::testing::Test {
 protected:
  void Prepare(FaultFileSystem& files) {
    disk_ = {};
    judged_ = tagged_ = false;
    ASSERT_TRUE(files.CreateDirectory("/project").ok());
    ASSERT_TRUE(Store::Create(files, "/project").ok());
    for (const Ulid& id : {kOriginal, kRerun}) {
      ASSERT_TRUE(testing::SealRun(files, kStore, {.id = id, .outputs = {{"model", "m"}}}).ok());
    }
    ASSERT_TRUE(Store::Open(files, kStore, disk_.Options(files)).ok());
  }

  void JudgeAndTag(FaultFileSystem& files) {
    const auto store = Store::Open(files, kStore, disk_.Options(files));
    if (!store.ok()) return;
    judged_ = (*store)->AddFact("verdict", kOriginal.ToString(), VerdictDocument()).ok();
    tagged_ = (*store)->AddTags(kRerun.ToString(), {{"stage", "checked"}}).ok();
  }

  void Check(FaultFileSystem& files) {
    CatalogDisk disk = disk_;
    {
      const auto store = Store::Open(files, kStore, disk.Options(files));
      ASSERT_TRUE(store.ok()) << store.error().message;
      CheckVerdict(**store);
      const int entries = CountEntries(**store, "tags", kRerun.ToString());
      EXPECT_LE(entries, 1);
      EXPECT_TRUE(!tagged_ || entries == 1);
      std::map<std::string, std::string> tags;
      if (entries == 1) tags["stage"] = "checked";
      EXPECT_EQ((*store)->GetRun(kRerun)->tags, tags);
    }
    const auto report = CheckStore(files, kStore, disk.Options(files), {.read_data_percent = 100});
    ASSERT_TRUE(report.ok()) << report.error().message;
    for (const FsckProblem& problem : report->problems) ADD_FAILURE() << problem.message;
    const auto inbox = files.List(StorePaths(kStore).inbox());
    EXPECT_TRUE(inbox.ok() && inbox->empty());
  }

  void CheckVerdict(Store& store) const {
    const int entries = CountEntries(store, "verdict", kOriginal.ToString());
    EXPECT_LE(entries, 1);
    EXPECT_TRUE(!judged_ || entries == 1);
    const auto original = store.GetRun(kOriginal);
    ASSERT_TRUE(original.ok()) << original.error().message;
    const auto verdicts = VerdictsAbout(store, original->record);
    ASSERT_TRUE(verdicts.ok()) << verdicts.error().message;
    ASSERT_EQ(verdicts->size(), static_cast<std::size_t>(entries));
    if (entries == 0) return;
    EXPECT_EQ(verdicts->front().result, "identical");
    EXPECT_EQ(verdicts->front().reruns, std::vector<std::string>{kRerun.ToString()});
  }

  CatalogDisk disk_;
  bool judged_ = false;
  bool tagged_ = false;
};

TEST_F(FactCrash, Promise1AnAcknowledgedVerdictAndTagsSurvivePowerLossAtEveryChange) {
  const auto seen = EnumerateCrashes([&](FaultFileSystem& files) { Prepare(files); },
                                     [&](FaultFileSystem& files) { JudgeAndTag(files); },
                                     [&](FaultFileSystem& files) { Check(files); });
  EXPECT_GT(seen.moments, 40);
  EXPECT_TRUE(judged_ && tagged_);
}

TEST_F(FactCrash, AFailedCallCostsAtMostWhatWasNotAcknowledged) {
  const auto seen = EnumerateFailures(
      FaultFileSystem::FaultKind::kNoSpace, FaultFileSystem::FaultDuration::kOnce,
      [&](FaultFileSystem& files) { Prepare(files); },
      [&](FaultFileSystem& files) { JudgeAndTag(files); },
      [&](FaultFileSystem& files) { Check(files); });
  EXPECT_GT(seen.moments, 20);
}

}  // namespace
}  // namespace reprise::tracker
