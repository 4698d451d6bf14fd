// A run as its recorder, its command and its keeper make it, step by step in one thread and on any
// file system, with the recorder's own code for all that is recorded.
//
// It has all that a run can leave in its folder: segments of the SDK (parameters, points, lines, a
// tag, an output, a mapped file), an output named by -o, logs of both streams and the report of how
// the command ended.

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/sdk/segment_builder.h"
#include "tracker/recorder/environment_capture.h"
#include "tracker/recorder/exit_report.h"
#include "tracker/recorder/live_client.h"
#include "tracker/recorder/sealer.h"
#include "tracker/recorder/segment_drain.h"
#include "tracker/run_names.h"
#include "tracker/store_folder.h"

namespace reprise::tracker::testing {

using sdk::testing::SegmentBuilder;

inline const std::string kProject = "/project";
inline const std::string kStore = "/project/.reprise";
inline const std::string kModel = "/project/model.bin";  // Named by -o.
// Named through the SDK, and removed when that has said that it is stored.
inline const std::string kPlot = "/project/plot.svg";
inline const std::string kModelContent(40'000, 'm');
inline const std::string kPlotContent = "<svg/>\n";
inline const std::string kCode = "print('hello')\n";
inline const std::string kStdout = "epoch 1\nepoch 2\n";
inline const std::string kStderr = "a warning\n";
inline constexpr std::int64_t kStartedUnixNs = 1'700'000'000'000'000'000;
inline constexpr std::size_t kPointsBefore = 3;  // The plot is named.
inline constexpr std::size_t kPointsAtEnd = 8;

inline const Ulid kRun = *Ulid::Parse("01BX5ZZKBKACTAV9WEVGEMMVRZ");
inline const wire::SegmentName kSegment{4711, 123456, 1, 1};

// What must be there after a crash.
struct Promised {
  bool run = false;          // In the store, in whatever status.
  std::size_t points = 0;    // With the parameter before them.
  bool plot = false;         // The output that the SDK was told is stored.
  bool ending = false;       // The second part of what the program told.
  bool exit_report = false;  // How the command ended.
  bool logs = false;
};

inline v1::SessionStarted Started() {
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

inline std::uint32_t SizeOf(std::string_view text) {
  return static_cast<std::uint32_t>(text.size());
}

inline void AddPoints(SegmentBuilder& segment, std::size_t from, std::size_t to) {
  for (std::size_t step = from; step < to; ++step) {
    const auto number = static_cast<std::int64_t>(step);
    segment.AddPoint(0, {number, kStartedUnixNs, 1.0 / static_cast<double>(step + 1)});
  }
}

// What the program tells before it names its plot.
inline void AddBeginning(SegmentBuilder& segment, const FileStat& plot) {
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

inline void AddEnding(SegmentBuilder& segment) {
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
    REPRISE_TRY(drain->CheckAllRead());
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

}  // namespace reprise::tracker::testing
