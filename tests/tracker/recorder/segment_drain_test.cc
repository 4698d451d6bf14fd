// From segments to the journal, and what the journal then says: nothing twice, nothing mixed up.

#include "tracker/recorder/segment_drain.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "storage/base/clock.h"
#include "storage/crypto/sha256.h"
#include "tests/tracker/recorder/session_fixture.h"
#include "tracker/recorder/log_text.h"
#include "tracker/recorder/metric_store.h"
#include "tracker/recorder/run_facts.h"
#include "tracker/sandbox/sandbox_files.h"

namespace reprise::tracker {
namespace {

using sdk::testing::SegmentBuilder;

constexpr std::int64_t kStartedUnixNs = 1'700'000'000'000'000'000;
constexpr std::int64_t kNsPerMs = 1'000'000;

class SegmentDrainTest : public testing::SessionFixture {
 protected:
  static SegmentBuilder Segment(std::uint32_t thread) {
    SegmentBuilder segment;
    segment.header().thread = thread;
    return segment;
  }

  static void AddLog(SegmentBuilder& segment, std::string_view text, bool continues) {
    const wire::LogPayload payload{kStartedUnixNs, 1, static_cast<std::uint32_t>(text.size())};
    segment.Add(wire::RecordKind::kLog, payload, {text}, continues ? wire::kLogContinues : 0);
  }

  void Drain(Session& session) {
    const auto drain = SegmentDrain::Open(files(), session, {});
    ASSERT_TRUE(drain.ok()) << drain.error().message;
    const auto drained = (*drain)->Drain(Writer::kMayLive);
    ASSERT_TRUE(drained.ok()) << drained.error().message;
  }

  RunFacts Facts() {
    auto facts = GatherRunFacts(files(), session_folder());
    EXPECT_TRUE(facts.ok()) << facts.error().message;
    return *std::move(facts);
  }

  std::string LogLines() {
    auto text = ReadLogText(LogText(*JournalReader::Open(files(), session_folder())));
    EXPECT_TRUE(text.ok()) << text.error().message;
    return *std::move(text);
  }

  std::vector<lineage::MetricPoint> Points(const std::string& wanted) {
    std::vector<lineage::MetricPoint> points;
    const auto take = [&](const std::string& key, SeriesMerge& merge) -> Result<void> {
      for (;;) {
        REPRISE_ASSIGN_OR_RETURN(const auto point, merge.Next());
        if (!point.has_value()) return {};
        if (key == wanted) points.push_back(*point);
      }
    };
    const auto journal = JournalReader::Open(files(), session_folder());
    const auto read = ForEachSeries(*journal, Facts().series_blocks, take);
    EXPECT_TRUE(read.ok()) << read.error().message;
    return points;
  }

  static std::string Line(std::string_view text) {
    return FormatTime(kStartedUnixNs / kNsPerMs) + " " + std::string(text) + "\n";
  }
};

TEST_F(SegmentDrainTest, PiecesOfLongLinesOfTwoThreadsAreNotMixed) {
  const auto session = Create(Started());
  SegmentBuilder first = Segment(1);
  AddLog(first, "one begins, ", true);
  WriteSegment(first, 1);
  SegmentBuilder second = Segment(2);
  AddLog(second, "two begins, ", true);
  WriteSegment(second, 2);
  Drain(*session);
  AddLog(second, "two ends", false);
  WriteSegment(second, 2);
  Drain(*session);
  AddLog(first, "one ends", false);
  WriteSegment(first, 1);
  Drain(*session);
  EXPECT_EQ(LogLines(), Line("two begins, two ends") + Line("one begins, one ends"));
}

TEST_F(SegmentDrainTest, ALineWhoseRestNeverCameIsKeptAsFarAsItCame) {
  const auto session = Create(Started());
  SegmentBuilder segment = Segment(1);
  AddLog(segment, "whole", false);
  AddLog(segment, "cut ", true);
  WriteSegment(segment, 1);
  Drain(*session);
  EXPECT_EQ(LogLines(), Line("whole") + Line("cut "));
}

TEST_F(SegmentDrainTest, PointsOfOneSeriesByTwoThreadsAreMergedByTime) {
  const auto session = Create(Started());
  SegmentBuilder first = Segment(1);
  first.AddKey(0, "loss");
  for (const std::int64_t step : {0, 2, 4}) {
    first.AddPoint(0, {step, kStartedUnixNs + step * kNsPerMs, 1.0});
  }
  WriteSegment(first, 1);
  SegmentBuilder second = Segment(2);
  second.AddKey(0, "loss");
  for (const std::int64_t step : {1, 3, 5}) {
    second.AddPoint(0, {step, kStartedUnixNs + step * kNsPerMs, 2.0});
  }
  WriteSegment(second, 2);
  Drain(*session);
  std::vector<std::int64_t> steps;
  for (const lineage::MetricPoint& point : Points("loss")) steps.push_back(point.step);
  EXPECT_EQ(steps, (std::vector<std::int64_t>{0, 1, 2, 3, 4, 5}));
}

TEST_F(SegmentDrainTest, ASuccessorRepeatsNothing) {
  const auto session = Create(Started());
  SegmentBuilder segment = Segment(1);
  segment.AddKey(0, "loss").AddPoint(0, {0, kStartedUnixNs, 1.0});
  WriteSegment(segment, 1);
  Drain(*session);
  segment.AddPoint(0, {1, kStartedUnixNs, 2.0});
  WriteSegment(segment, 1);
  Drain(*session);  // A new drain, which knows only what the journal says.
  Drain(*session);
  const auto points = Points("loss");
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[1].value, 2.0);
}

TEST_F(SegmentDrainTest, MoreThanOneFrameHoldsIsJournalledInSeveral) {
  const auto session = Create(Started());
  const std::string value(wire::kTextBytesMax, 'x');
  constexpr int kTags = 70;  // More bytes than a frame may have.
  SegmentBuilder segment((kTags + 1) * (wire::kTextBytesMax + 64));
  for (int i = 0; i < kTags; ++i) {
    const std::string key = "tag" + std::to_string(i);
    segment.Add(wire::RecordKind::kTag,
                wire::TagPayload{kStartedUnixNs, static_cast<std::uint32_t>(key.size()),
                                 static_cast<std::uint32_t>(value.size())},
                {key, value});
  }
  WriteSegment(segment, 1);
  Drain(*session);
  const RunFacts facts = Facts();
  EXPECT_EQ(facts.tags.size(), static_cast<std::size_t>(kTags));
  EXPECT_EQ(facts.tags.at("tag69"), value);
}

TEST_F(SegmentDrainTest, HowAForkedChildExitedSaysNothingOfTheProgram) {
  v1::SessionStarted started = Started();
  started.set_client_pid(4711);
  const auto session = Create(started);
  SegmentBuilder child = Segment(1);
  child.header().pid = 4712;
  child.Add(wire::RecordKind::kExit, wire::ExitPayload{kStartedUnixNs, 1, 0});
  WriteSegment(child, 1, 4712);
  Drain(*session);
  EXPECT_FALSE(Facts().finish_status.has_value());
  SegmentBuilder program = Segment(1);
  program.Add(wire::RecordKind::kExit, wire::ExitPayload{kStartedUnixNs, 1, 3});
  WriteSegment(program, 1);
  Drain(*session);
  EXPECT_EQ(Facts().finish_status, 3);
}

TEST_F(SegmentDrainTest, AnOutputThatChangedBeforeItWasStoredIsNotTheRuns) {
  const auto session = Create(Started());
  const std::string path = ParentPath(store()) + "/model";
  SegmentBuilder segment = Segment(1);
  for (const wire::RecordKind kind : {wire::RecordKind::kOutput, wire::RecordKind::kInput}) {
    wire::FilePayload named{};  // Whatever it was then, it is something else now.
    named.path_bytes = static_cast<std::uint32_t>(path.size());
    segment.Add(kind, named, {path});
  }
  WriteSegment(segment, 1);
  ASSERT_TRUE(WriteFileAtomically(files(), path, "another run's").ok());
  Drain(*session);
  const RunFacts facts = Facts();
  ASSERT_EQ(facts.outputs.size(), 1U);
  EXPECT_EQ(facts.outputs[0].digest(), "");
  EXPECT_NE(facts.outputs[0].problem(), "");
  ASSERT_EQ(facts.inputs.size(), 1U);  // What was read cannot be told any more.
  EXPECT_NE(facts.inputs[0].digest(), "");
  EXPECT_TRUE(facts.inputs[0].unstable());
}

TEST_F(SegmentDrainTest, EvidenceIsStoredAndWhatIsNoneIsToldAndKeptOut) {
  const auto session = Create(Started());
  SegmentBuilder segment = Segment(1);
  const auto add = [&](std::string_view kind, std::string_view text) {
    const wire::EvidenceTextPayload payload{kStartedUnixNs, static_cast<std::uint32_t>(kind.size()),
                                            static_cast<std::uint32_t>(text.size())};
    segment.Add(wire::RecordKind::kEvidenceText, payload, {kind, text});
  };
  add("validation", R"({"auc": 0.8})");
  add("validation", R"({"auc": )");
  add("valuation", R"({"auc": 0.8})");
  add("validation", R"({"type": "reprise/validation/v1", "metrics": 3})");
  WriteSegment(segment, 1);
  const auto drain = SegmentDrain::Open(files(), *session, {});
  ASSERT_TRUE(drain.ok()) << drain.error().message;
  ASSERT_TRUE((*drain)->Drain(Writer::kMayLive).ok());
  const std::string problems = (*drain)->TakeProblems();
  EXPECT_NE(problems.find("is no JSON"), std::string::npos) << problems;
  EXPECT_NE(problems.find("did you mean validation?"), std::string::npos) << problems;
  EXPECT_NE(problems.find("metrics is no object"), std::string::npos) << problems;
  const RunFacts facts = Facts();
  ASSERT_EQ(facts.evidence.size(), 4U);
  EXPECT_EQ(facts.evidence[0].kind(), "validation");
  EXPECT_EQ(facts.evidence[0].artifact().digest(), crypto::Sha256(R"({"auc": 0.8})").ToStored());
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(facts.evidence[i].artifact().digest(), "");
    EXPECT_NE(facts.evidence[i].artifact().problem(), "");
  }
}

TEST_F(SegmentDrainTest, AFileAsEvidenceIsNoOutputAndIsCheckedToo) {
  const auto session = Create(Started());
  SegmentBuilder segment = Segment(1);
  const auto add = [&](const std::string& path, std::string_view content) {
    ASSERT_TRUE(WriteFileAtomically(files(), path, content).ok());
    const auto stat = files().Stat(path);
    ASSERT_TRUE(stat.ok());
    wire::FilePayload named{};
    named.device = stat->device;
    named.inode = stat->inode;
    named.size_bytes = stat->size_bytes;
    named.mtime_unix_ns = stat->mtime_unix_ns;
    named.ctime_unix_ns = stat->ctime_unix_ns;
    named.mode = stat->mode;
    named.path_bytes = static_cast<std::uint32_t>(path.size());
    named.role_bytes = 5;
    segment.Add(wire::RecordKind::kEvidenceFile, named, {path, "drift"});
  };
  add(project() + "/notes.txt", "stable");
  add(project() + "/drift.json", R"({"type": "reprise/drift/v1"})");
  WriteSegment(segment, 1);
  Drain(*session);
  const RunFacts facts = Facts();
  EXPECT_TRUE(facts.outputs.empty());
  EXPECT_TRUE(facts.inputs.empty());
  ASSERT_EQ(facts.evidence.size(), 2U);
  EXPECT_EQ(facts.evidence[0].artifact().digest(), crypto::Sha256("stable").ToStored());
  EXPECT_EQ(facts.evidence[0].artifact().role(), "");
  EXPECT_EQ(facts.evidence[1].artifact().digest(), "");
  EXPECT_NE(facts.evidence[1].artifact().problem().find("reference is missing"), std::string::npos);
}

TEST_F(SegmentDrainTest, AFileOfASandboxIsThatOfTheSandboxAndNotOfTheHost) {
  const std::string base = project() + "/base";
  const std::string scratch = project() + "/scratch";
  const std::string path = project() + "/base/model";  // Is another file in the sandbox.
  ASSERT_TRUE(CreateDirectories(files(), base + ParentPath(path)).ok());
  ASSERT_TRUE(CreateDirectories(files(), scratch).ok());
  ASSERT_TRUE(WriteFileAtomically(files(), base + path, "inside").ok());
  ASSERT_TRUE(WriteFileAtomically(files(), path, "of the host").ok());
  v1::SessionStarted started = Started();
  started.set_in_sandbox(true);
  const auto session = Create(started);
  const auto stat = files().Stat(base + path);
  ASSERT_TRUE(stat.ok());
  wire::FilePayload named{};  // Of an overlay, which has other numbers.
  named.device = stat->device + 1;
  named.inode = stat->inode + 1;
  named.size_bytes = stat->size_bytes;
  named.mtime_unix_ns = stat->mtime_unix_ns;
  named.ctime_unix_ns = stat->ctime_unix_ns;
  named.mode = stat->mode;
  named.path_bytes = static_cast<std::uint32_t>(path.size());
  SegmentBuilder segment = Segment(1);
  segment.Add(wire::RecordKind::kOutput, named, {path});
  WriteSegment(segment, 1);

  auto sandbox = Sandbox::Prepare(
      files(), {.base = base, .scratch = scratch, .user_id = geteuid(), .group_id = getegid()});
  if (!sandbox.ok() && sandbox.error().code == ErrorCode::kUnsupported) {
    GTEST_SKIP() << "SKIPPED: " << sandbox.error().message;
  }
  ASSERT_TRUE(sandbox.ok()) << sandbox.error().message;
  SandboxFiles sandbox_files(files(), **sandbox);
  const auto drain = SegmentDrain::Open(files(), *session, {}, &sandbox_files);
  ASSERT_TRUE(drain.ok()) << drain.error().message;
  ASSERT_TRUE((*drain)->Drain(Writer::kMayLive).ok());
  const RunFacts facts = Facts();
  ASSERT_EQ(facts.outputs.size(), 1U);
  EXPECT_EQ(facts.outputs[0].problem(), "");
  EXPECT_EQ(facts.outputs[0].path(), path);
  EXPECT_EQ(facts.outputs[0].size_bytes(), std::string("inside").size());
}

TEST_F(SegmentDrainTest, AFileOfASandboxThatIsGoneIsNotLookedForOnTheHost) {
  const std::string path = project() + "/model";
  ASSERT_TRUE(WriteFileAtomically(files(), path, "of the host").ok());
  v1::SessionStarted started = Started();
  started.set_in_sandbox(true);
  const auto session = Create(started);
  wire::FilePayload named{};
  named.path_bytes = static_cast<std::uint32_t>(path.size());
  SegmentBuilder segment = Segment(1);
  segment.Add(wire::RecordKind::kInput, named, {path});
  WriteSegment(segment, 1);
  Drain(*session);
  const RunFacts facts = Facts();
  ASSERT_EQ(facts.inputs.size(), 1U);
  EXPECT_EQ(facts.inputs[0].digest(), "");
  EXPECT_NE(facts.inputs[0].problem(), "");
}

}  // namespace
}  // namespace reprise::tracker
