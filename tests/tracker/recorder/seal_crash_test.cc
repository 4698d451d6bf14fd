// The recorder's own path from a session's first call to its adoption, and recovery's, under a loss
// of power at every change, SIGKILL at every call and the failure of every call.
//
// What was promised by the time of the crash (Promised, in recording.h) is in the store once
// somebody has recovered and opened it; the run is never lost; fsck finds nothing, and nothing
// stays in the inbox.

#include <gtest/gtest.h>

#include <set>

#include "tests/support/fault_file_system.h"
#include "tests/tracker/recorder/recording.h"
#include "tests/tracker/store_testing.h"
#include "tracker/fsck.h"
#include "tracker/recorder/recovery.h"

namespace reprise::tracker {
namespace {

using reprise::testing::FaultFileSystem;
using reprise::testing::PowerLoss;
using testing::CatalogDisk;
using testing::CountEntries;
using testing::kModel;
using testing::kModelContent;
using testing::kPlot;
using testing::kPlotContent;
using testing::kProject;
using testing::kRun;
using testing::kStderr;
using testing::kStdout;
using testing::kStore;
using testing::Promised;
using testing::Recording;

class SealCrash : public ::testing::Test {
 protected:
  static void Write(FaultFileSystem& files, const std::string& path, std::string_view content) {
    ASSERT_TRUE(WriteFileDurably(files, path, content).ok());
  }

  void Prepare(FaultFileSystem& files) {
    disk_ = {};
    ASSERT_TRUE(files.CreateDirectory(kProject).ok());
    ASSERT_TRUE(Store::Create(files, kProject).ok());
    ASSERT_TRUE(Store::Open(files, kStore, disk_.Options(files)).ok());
    Write(files, kModel, kModelContent);
    Write(files, kPlot, kPlotContent);
    Write(files, "/project/libnet.so", "a library");
  }

  // What each test promises before the scenario, and what it has promised when it ended.
  void RecordAndAdopt(FaultFileSystem& files) {
    promised_ = {};
    Recording recording(files, promised_);
    const bool sealed = recording.Record().ok();
    promised_if_nothing_is_lost_ = recording.IfNothingIsLost();
    completed_ = sealed && Adopt(files);
  }

  // A run whose recorder died, whose folder is all on the disk.
  void PrepareDeadRun(FaultFileSystem& files) {
    Prepare(files);
    promised_ = {};
    Recording recording(files, promised_);
    recording.Die();
    promised_ = promised_if_nothing_is_lost_ = recording.IfNothingIsLost();
    ASSERT_TRUE(promised_.ending && promised_.exit_report && promised_.logs);
  }

  void RecoverAndAdopt(FaultFileSystem& files) {
    completed_ = RecoverRun(files, kStore, kRun).ok() && Adopt(files);
  }

  bool Adopt(FaultFileSystem& files) {
    const auto store = Store::Open(files, kStore, disk_.Options(files));
    return store.ok() && (*store)->GetRun(kRun).ok();
  }

  void Check(FaultFileSystem& files, const Promised& promised) {
    CatalogDisk disk = disk_;
    RecoverRuns(files, kStore, [](const std::string& told) { ADD_FAILURE() << told; });
    {
      const auto store = Store::Open(files, kStore, disk.Options(files));
      ASSERT_TRUE(store.ok()) << store.error().message;
      const int entries = CountEntries(**store, "run", kRun.ToString());
      const auto run = (*store)->GetRun(kRun);
      EXPECT_LE(entries, 1);
      EXPECT_EQ(run.ok(), entries == 1);
      // A loss of power may leave the name, not durable yet, to a run that never came to be.
      EXPECT_TRUE(!run.ok() || FindRunByName(files, kStore, "newer").value_or(Ulid()) == kRun);
      ASSERT_TRUE(run.ok() || !promised.run) << run.error().message;
      if (run.ok()) ExpectKept(**store, *run, promised);
    }
    const auto report = CheckStore(files, kStore, disk.Options(files), {.read_data_percent = 100});
    ASSERT_TRUE(report.ok()) << report.error().message;
    for (const FsckProblem& problem : report->problems) ADD_FAILURE() << problem.message;
    const auto inbox = files.List(StorePaths(kStore).inbox());
    ASSERT_TRUE(inbox.ok());
    EXPECT_TRUE(inbox->empty()) << inbox->front().name;
  }

  void ExpectKept(Store& store, const StoredRun& run, const Promised& promised) {
    const lineage::RunRecord& record = run.record;
    EXPECT_EQ(record.name, "newer");
    ExpectPoints(store, record, promised.points);
    EXPECT_EQ(run.recipe->parameters.contains("eta"), record.metrics.contains("loss"));
    ExpectOutput(store, record, "model.bin", kModelContent);
    if (promised.plot) ExpectOutput(store, record, "plot.svg", kPlotContent);
    if (promised.ending) {
      ASSERT_TRUE(record.sdk_log.has_value());
      EXPECT_TRUE(store.objects().Get(record.sdk_log->digest)->ends_with(" done\n"));
      EXPECT_EQ(record.tags, (std::map<std::string, std::string>{{"team", "risk"}}));
    }
    if (promised.logs) {
      EXPECT_EQ(*store.objects().Get(record.stdout_log.value().digest), kStdout);
      EXPECT_EQ(*store.objects().Get(record.stderr_log.value().digest), kStderr);
    }
    if (promised.exit_report) {
      EXPECT_EQ(record.status, lineage::RunStatus::kFailed);
      EXPECT_EQ(record.exit_code, 7);
      EXPECT_EQ(record.ended_at_unix_ms, 1'700'000'001'000);
    }
  }

  // At least `count`, and none that was not logged.
  static void ExpectPoints(Store& store, const lineage::RunRecord& record, std::size_t count) {
    const auto metric = record.metrics.find("loss");
    if (metric == record.metrics.end()) {
      EXPECT_EQ(count, 0U) << "all points are lost";
      return;
    }
    const auto points = lineage::DecodeSeries(*store.objects().Get(metric->second.series));
    ASSERT_TRUE(points.ok()) << points.error().message;
    EXPECT_GE(points->size(), count);
    EXPECT_EQ(metric->second.count, points->size());
    for (std::size_t step = 0; step < points->size(); ++step) {
      EXPECT_EQ((*points)[step].step, static_cast<std::int64_t>(step));
      EXPECT_EQ((*points)[step].value, 1.0 / static_cast<double>(step + 1));
    }
  }

  // What could not be read is not there, but the record says so.
  void ExpectOutput(Store& store, const lineage::RunRecord& record, const std::string& path,
                    const std::string& content) {
    for (const lineage::ArtifactUse& output : record.outputs) {
      if (output.path != path) continue;
      EXPECT_EQ(*store.objects().Get(output.digest), content);
      return;
    }
    EXPECT_TRUE(calls_fail_ && !record.warnings.empty() &&
                record.missing_outputs == std::vector<std::string>{path})
        << "the output " << path << " is not recorded";
  }

  using Step = std::function<void(FaultFileSystem&)>;
  struct Scenario {
    Step prepare;  // Durable afterwards.
    Step run;
  };
  Scenario Recorded() {
    return {[this](FaultFileSystem& files) { Prepare(files); },
            [this](FaultFileSystem& files) { RecordAndAdopt(files); }};
  }
  Scenario Recovered() {
    return {[this](FaultFileSystem& files) { PrepareDeadRun(files); },
            [this](FaultFileSystem& files) { RecoverAndAdopt(files); }};
  }

  // What other programs find after the crash of `files`: everything, had only the processes died,
  // and what a loss of power leaves.  Of the outcomes of one moment a few are tried, the plainest
  // and others at other moments, so that every kind comes up.
  void CheckOutcomes(FaultFileSystem& files, int moment) {
    files.Reboot(files.NothingLost());
    Check(files, promised_if_nothing_is_lost_);
    const std::vector<PowerLoss> losses = files.PowerLosses();
    std::set<std::size_t> chosen = {0};
    for (std::size_t i = 0; i < kOutcomesPerMoment; ++i) {
      chosen.insert((static_cast<std::size_t>(moment) + i * losses.size() / kOutcomesPerMoment) %
                    losses.size());
    }
    for (const std::size_t i : chosen) {
      SCOPED_TRACE(ToString(losses[i]));
      files.Reboot(losses[i]);
      Check(files, promised_);
      if (HasFailure()) return;
    }
  }

  // Returns how many moments there were.
  int CrashEverywhere(const Scenario& scenario) {
    for (int moment = 0;; ++moment) {
      SCOPED_TRACE("power lost at change " + std::to_string(moment));
      FaultFileSystem files;
      scenario.prepare(files);
      files.SyncAll();
      files.CrashAfterChange(moment);
      scenario.run(files);
      const bool is_complete = !files.crashed();
      if (is_complete) files.Crash();
      CheckOutcomes(files, moment);
      if (is_complete || HasFailure()) return moment;
    }
  }

  int FailEverywhere(FaultFileSystem::FaultKind kind, FaultFileSystem::FaultDuration duration,
                     const Scenario& scenario) {
    calls_fail_ = kind == FaultFileSystem::FaultKind::kIoError;
    for (int moment = 0;; ++moment) {
      FaultFileSystem files;
      scenario.prepare(files);
      files.SyncAll();
      files.FailCall(moment, kind, duration);
      scenario.run(files);
      if (!files.fault_injected()) return moment;
      SCOPED_TRACE("failing call " + std::to_string(moment));
      files.Crash();
      CheckOutcomes(files, moment);
      if (HasFailure()) return moment;
    }
  }

  static constexpr std::size_t kOutcomesPerMoment = 2;

  CatalogDisk disk_;
  Promised promised_;  // Whatever survives.
  Promised promised_if_nothing_is_lost_;
  bool completed_ = false;
  bool calls_fail_ = false;
};

TEST_F(SealCrash, Promise1ARecordedRunSurvivesACrashAtEveryChange) {
  EXPECT_GT(CrashEverywhere(Recorded()), 60);
  EXPECT_TRUE(completed_);
}

TEST_F(SealCrash, Promise2ARunThatIsRecoveredSurvivesACrashAtEveryChange) {
  EXPECT_GT(CrashEverywhere(Recovered()), 30);
  EXPECT_TRUE(completed_);
}

using Fault = FaultFileSystem;

TEST_F(SealCrash, ACallThatFailsOnceCostsARecordedRunNothingUnsaid) {
  EXPECT_GT(FailEverywhere(Fault::FaultKind::kIoError, Fault::FaultDuration::kOnce, Recorded()),
            100);
}

TEST_F(SealCrash, ACallThatFailsOnceCostsARunThatIsRecoveredNothingUnsaid) {
  EXPECT_GT(FailEverywhere(Fault::FaultKind::kIoError, Fault::FaultDuration::kOnce, Recovered()),
            60);
}

TEST_F(SealCrash, ADiskThatIsFullFromAnyCallOnCostsARecordedRunNothing) {
  EXPECT_GT(
      FailEverywhere(Fault::FaultKind::kNoSpace, Fault::FaultDuration::kFromThenOn, Recorded()),
      40);
}

TEST_F(SealCrash, ADiskThatIsFullFromAnyCallOnCostsARunThatIsRecoveredNothing) {
  EXPECT_GT(
      FailEverywhere(Fault::FaultKind::kNoSpace, Fault::FaultDuration::kFromThenOn, Recovered()),
      20);
}

}  // namespace
}  // namespace reprise::tracker
