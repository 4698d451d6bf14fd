// From segments to the journal, and what the journal then says: nothing twice, nothing mixed up.

#include "tracker/recorder/segment_drain.h"

#include <gtest/gtest.h>

#include "storage/base/clock.h"
#include "tests/tracker/recorder/session_fixture.h"
#include "tracker/recorder/metric_store.h"
#include "tracker/recorder/run_facts.h"

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
  EXPECT_EQ(Facts().log_text, Line("two begins, two ends") + Line("one begins, one ends"));
}

TEST_F(SegmentDrainTest, ALineWhoseRestNeverCameIsKeptAsFarAsItCame) {
  const auto session = Create(Started());
  SegmentBuilder segment = Segment(1);
  AddLog(segment, "whole", false);
  AddLog(segment, "cut ", true);
  WriteSegment(segment, 1);
  Drain(*session);
  EXPECT_EQ(Facts().log_text, Line("whole") + Line("cut "));
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
  const auto points = JoinSeries(Facts().series.at("loss"));
  ASSERT_TRUE(points.ok());
  std::vector<std::int64_t> steps;
  for (const lineage::MetricPoint& point : *points) steps.push_back(point.step);
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
  const auto points = JoinSeries(Facts().series.at("loss"));
  ASSERT_TRUE(points.ok());
  ASSERT_EQ(points->size(), 2U);
  EXPECT_EQ((*points)[1].value, 2.0);
}

}  // namespace
}  // namespace reprise::tracker
