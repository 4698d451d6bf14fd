// The recorder's own path from a session's first call to its adoption, and recovery's, under a loss
// of power at every change, SIGKILL at every call and the failure of every call.
//
// The run has all that a run can leave in its folder: segments of the SDK (parameters, points,
// lines, a tag, an output, a mapped file), an output named by -o, logs of both streams and the
// report of how the command ended.  What was promised by the time of the crash is in the store once
// somebody has recovered and opened it; the run is never lost; fsck finds nothing, and nothing
// stays in the inbox.  `Promised` says what is promised when.

#include <gtest/gtest.h>

#include <set>

#include "tests/sdk/segment_builder.h"
#include "tests/support/fault_file_system.h"
#include "tests/tracker/store_testing.h"
#include "tracker/fsck.h"
#include "tracker/recorder/environment_capture.h"
#include "tracker/recorder/exit_report.h"
#include "tracker/recorder/live_client.h"
#include "tracker/recorder/recovery.h"
#include "tracker/recorder/sealer.h"
#include "tracker/recorder/segment_drain.h"

namespace reprise::tracker {
namespace {

using reprise::testing::FaultFileSystem;
using reprise::testing::PowerLoss;
using sdk::testing::SegmentBuilder;
using testing::CatalogDisk;
using testing::CountEntries;

const std::string kProject = "/project";
const std::string kStore = "/project/.reprise";
const std::string kModel = "/project/model.bin";  // Named by -o.
const std::string kPlot = "/project/plot.svg";    // Named through the SDK, and removed afterwards.
const std::string kModelContent(40'000, 'm');
const std::string kPlotContent = "<svg/>\n";
const std::string kCode = "print('hello')\n";
const std::string kStdout = "epoch 1\nepoch 2\n";
const std::string kStderr = "a warning\n";
constexpr std::int64_t kStartedUnixNs = 1'700'000'000'000'000'000;
constexpr std::size_t kPointsBefore = 3;  // The plot is named.
constexpr std::size_t kPointsAtEnd = 8;

const Ulid kRun = *Ulid::Parse("01BX5ZZKBKACTAV9WEVGEMMVRZ");
const wire::SegmentName kSegment{4711, 123456, 1, 1};

// What must be there after a crash.
struct Promised {
  bool run = false;          // In the store, in whatever status.
  std::size_t points = 0;    // With the parameter before them.
  bool plot = false;         // The output that the SDK was told is stored.
  bool ending = false;       // The second part of what the program told.
  bool exit_report = false;  // How the command ended.
  bool logs = false;
};

v1::SessionStarted Started() {
  v1::SessionStarted started;
  started.set_kind(v1::SessionStarted::KIND_RUN);
  started.set_project_folder(kProject);
  started.set_working_directory(kProject);
  started.set_started_at_unix_ms(kStartedUnixNs / 1'000'000);
  started.add_arguments("./train");
  started.set_experiment("default");
  started.set_actor("tester");
  started.add_declared_outputs(kModel);
  return started;
}

std::uint32_t SizeOf(std::string_view text) { return static_cast<std::uint32_t>(text.size()); }

void AddPoints(SegmentBuilder& segment, std::size_t from, std::size_t to) {
  for (std::size_t step = from; step < to; ++step) {
    const auto number = static_cast<std::int64_t>(step);
    segment.AddPoint(0, {number, kStartedUnixNs, 1.0 / static_cast<double>(step + 1)});
  }
}

// What the program tells before it names its plot.
void AddBeginning(SegmentBuilder& segment, const FileStat& plot) {
  wire::ParamPayload param{.unix_ns = kStartedUnixNs, .key_bytes = 3, .value_bytes = 3};
  param.type = static_cast<std::uint8_t>(wire::ParamType::kReal);
  segment.Add(wire::RecordKind::kParam, param, {"eta", "0.1"});
  segment.AddKey(0, "loss");
  AddPoints(segment, 0, kPointsBefore);
  wire::FilePayload file{.unix_ns = kStartedUnixNs};
  file.device = plot.device;
  file.inode = plot.inode;
  file.size_bytes = plot.size_bytes;
  file.mtime_unix_ns = plot.mtime_unix_ns;
  file.ctime_unix_ns = plot.ctime_unix_ns;
  file.path_bytes = SizeOf(kPlot);
  segment.Add(wire::RecordKind::kOutput, file, {kPlot});
}

void AddEnding(SegmentBuilder& segment) {
  AddPoints(segment, kPointsBefore, kPointsAtEnd);
  segment.Add(wire::RecordKind::kLog, wire::LogPayload{kStartedUnixNs, 1, 4}, {"done"});
  segment.Add(wire::RecordKind::kTag, wire::TagPayload{kStartedUnixNs, 4, 4}, {"teamrisk"});
  const std::string library = "/project/libnet.so";
  wire::MappedFilePayload mapped{.unix_ns = kStartedUnixNs};
  mapped.path_bytes = SizeOf(library);
  segment.Add(wire::RecordKind::kMappedFile, mapped, {library});
  segment.Add(wire::RecordKind::kFinish, wire::FinishPayload{.unix_ns = kStartedUnixNs});
}

// The recorder of the run, its command and the keeper.
class Recording {
 public:
  Recording(FileSystem& files, Promised& promised) : files_(files), promised_(promised) {}

  // As tracker/recorder/record_run.cc, up to the first failure of the record.
  Result<void> Record() {
    REPRISE_TRY(Begin());
    if (auto captured = Capture(); !captured.ok()) {
      (void)session_->Abandon();  // The command has not been started.
      return captured;
    }
    REPRISE_ASSIGN_OR_RETURN(const auto drain, SegmentDrain::Open(files_, *session_, {}));
    StartCommand();
    REPRISE_TRY(session_->Sync());  // As every second.
    promised_.run = true;
    REPRISE_TRY(drain->Drain(Writer::kMayLive));
    promised_.plot = plot_named_ && drain->TakeProblems().empty();  // What the program is told.
    promised_.points = points_logged_;  // In one frame with the plot, which was synced.
    EndCommand();
    REPRISE_TRY(MarkEnded(files_, session_->folder()));
    REPRISE_TRY(drain->Drain(Writer::kMayLive));
    REPRISE_TRY(SealRun(files_, *session_, {.cache_folder = StorePaths(kStore).cache()}));
    promised_ = IfNothingIsLost();
    return {};
  }

  // A recorder that died when its command ended, with everything that both left.  What the program
  // told at last has nobody else.
  void Die() {
    ASSERT_TRUE(Begin().ok());
    ASSERT_TRUE(Capture().ok());
    StartCommand();
    const auto drain = SegmentDrain::Open(files_, *session_, {});
    ASSERT_TRUE(drain.ok() && (*drain)->Drain(Writer::kMayLive).ok());
    promised_.plot = plot_named_;
    EndCommand();
  }

  // What a process that dies leaves to others: all that lies in the page cache.
  Promised IfNothingIsLost() const {
    Promised promised = promised_;
    promised.run = promised.run || command_started_;
    promised.points = points_logged_;
    promised.ending = has_ended_;
    promised.exit_report = has_exit_report_;
    promised.logs = has_logs_;
    return promised;
  }

 private:
  Result<void> Begin() {
    const auto take_name = [&](v1::SessionStarted& started) -> Result<void> {
      started.set_name("newer");
      return ReserveRunName(files_, kStore, "newer", kRun);
    };
    REPRISE_ASSIGN_OR_RETURN(session_, Session::Create(files_, kStore, kRun, Started(), take_name));
    return {};
  }

  Result<void> Capture() {
    REPRISE_ASSIGN_OR_RETURN(auto writer, session_->NewWriter(nullptr, 1));
    v1::Frame frame;
    REPRISE_ASSIGN_OR_RETURN(const CapturedEnvironment environment,
                             CaptureEnvironment(files_, session_->started(), {}, {},
                                                StorePaths(kStore).cache(), *writer));
    frame.mutable_code()->set_environment(environment.document.ToStored());
    frame.mutable_code()->set_host("{}");
    v1::CodeFile* const code = frame.mutable_code()->add_files();
    REPRISE_ASSIGN_OR_RETURN(const storage::PutResult put, writer->Put(AsBytes(kCode)));
    code->set_path("train.py");
    code->set_digest(put.digest.ToStored());
    code->set_size_bytes(put.size_bytes);
    REPRISE_TRY(session_->FinishWriter(std::move(writer)));
    return session_->Append(frame);
  }

  bool Write(const std::string& path, std::uint64_t offset, std::string_view bytes) {
    const auto file = files_.Open(path, OpenMode::kCreate, 0600);
    return file.ok() && (*file)->WriteAt(offset, AsBytes(bytes)).ok();
  }

  // The command and its keeper have no use for errors: what they cannot do is not done.
  void StartCommand() {
    command_started_ = true;
    (void)ReserveExitReport(files_, session_->folder());
    has_logs_ = Write(session_->folder() + "/stdout", 0, kStdout) &&
                Write(session_->folder() + "/stderr", 0, kStderr);
    const auto plot = files_.StatFollowing(kPlot);
    if (!plot.ok()) return;
    AddBeginning(segment_, *plot);
    plot_named_ = WriteSegment();
    points_logged_ = plot_named_ ? kPointsBefore : 0;
  }

  void EndCommand() {
    if (promised_.plot) (void)files_.RemoveFile(kPlot);  // The store has it.
    if (plot_named_) {
      AddEnding(segment_);
      has_ended_ = WriteSegment();
      if (has_ended_) points_logged_ = kPointsAtEnd;
      CloseSegment();
    }
    has_exit_report_ =
        WriteExitReport(files_, session_->folder(),
                        {.wait_status = 7 << 8, .ended_at_unix_ms = 1'700'000'001'000})
            .ok();
  }

  // What was added since the last call; at first, the whole file.
  bool WriteSegment() {
    const std::size_t from = std::exchange(written_, segment_.offset());
    if (from == 0) return Write(SegmentPath(), 0, segment_.bytes());
    return Write(SegmentPath(), from, segment_.bytes().substr(from, written_ - from));
  }
  void CloseSegment() {
    segment_.header().closed = 1;
    (void)Write(SegmentPath(), 0, segment_.bytes().substr(0, sizeof(wire::SegmentHeader)));
  }
  std::string SegmentPath() const {
    return session_->folder() + "/" + wire::FormatSegmentName(kSegment);
  }

  FileSystem& files_;
  Promised& promised_;
  std::unique_ptr<Session> session_;
  SegmentBuilder segment_;
  std::size_t written_ = 0;
  std::size_t points_logged_ = 0;
  bool command_started_ = false;
  bool plot_named_ = false;
  bool has_ended_ = false;
  bool has_exit_report_ = false;
  bool has_logs_ = false;
};

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
    is_live_ = true;
    promised_ = {};
    Recording recording(files, promised_);
    const bool sealed = recording.Record().ok();
    promised_if_nothing_is_lost_ = recording.IfNothingIsLost();
    completed_ = sealed && Adopt(files);
  }

  // A run whose recorder died, whose folder is all on the disk.
  void PrepareDeadRun(FaultFileSystem& files) {
    Prepare(files);
    is_live_ = false;
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
    // A living recorder does not hold a run up for what it cannot open, but says so.
    const bool is_unread = is_live_ && calls_fail_ &&
                           std::ranges::any_of(record.warnings, [](const std::string& warning) {
                             return warning.starts_with("cannot read what a program reported");
                           });
    ExpectPoints(store, record, is_unread ? 0 : promised.points);
    EXPECT_EQ(run.recipe->parameters.contains("eta"), record.metrics.contains("loss"));
    ExpectOutput(store, record, "model.bin", kModelContent);
    if (promised.plot) ExpectOutput(store, record, "plot.svg", kPlotContent);
    if (promised.ending && !is_unread) {
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
  bool is_live_ = false;  // The recorder, and not recovery, ends the run.
  bool calls_fail_ = false;
};

TEST_F(SealCrash, ARecordedRunSurvivesACrashAtEveryChange) {
  EXPECT_GT(CrashEverywhere(Recorded()), 60);
  EXPECT_TRUE(completed_);
}

TEST_F(SealCrash, ARunThatIsRecoveredSurvivesACrashAtEveryChange) {
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
