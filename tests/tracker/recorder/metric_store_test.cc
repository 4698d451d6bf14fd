// Series from the journal: in order, whole, and without ever being held.

#include "tracker/recorder/metric_store.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <optional>

#include "storage/crypto/sha256.h"
#include "tests/tracker/recorder/session_fixture.h"
#include "tracker/recorder/journal_places.h"

namespace reprise::tracker {
namespace {

using lineage::MetricPoint;
using Points = std::vector<MetricPoint>;

// Blocks one after the other, as in a journal.
class Blocks {
 public:
  Blocks& Add(const std::string& writer, const std::string& block) {
    places_[writer].push_back({bytes_.size(), static_cast<std::uint32_t>(block.size())});
    bytes_ += block;
    return *this;
  }
  Blocks& Add(const std::string& writer, const Points& points) {
    return Add(writer, lineage::EncodeSeries(points));
  }

  SeriesMerge Merge() const { return {AsBytes(bytes_), places_}; }
  Result<std::vector<std::int64_t>> Steps() const {
    SeriesMerge merge = Merge();
    std::vector<std::int64_t> steps;
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const auto point, merge.Next());
      if (!point.has_value()) return steps;
      steps.push_back(point->step);
    }
  }

 private:
  std::string bytes_;
  SeriesPlaces places_;
};

TEST(JournalPlaces, PointsWithoutABlockAreDamage) {
  v1::Frame frame;
  frame.mutable_observed()->add_points()->set_key("loss");
  const auto visit = [](const PointsPlace&) { return Result<void>(); };
  const auto visited = VisitPoints(frame.SerializeAsString(), visit);
  ASSERT_FALSE(visited.ok());
  EXPECT_EQ(visited.error().code, ErrorCode::kCorruption);
  frame.mutable_observed()->mutable_points(0)->set_block("b");
  EXPECT_TRUE(VisitPoints(frame.SerializeAsString(), visit).ok());
}

TEST(SeriesMerge, BlocksOfOneThreadKeepTheirOrderWhateverTheClockSays) {
  const auto steps =
      Blocks().Add("1-1-1", Points{{0, 50, 1.0}, {1, 20, 1.0}}).Add("1-1-1", Points{{2, 10, 1.0}});
  EXPECT_EQ(*steps.Steps(), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(SeriesMerge, PointsOfSeveralThreadsAreMergedByTime) {
  Blocks blocks;
  blocks.Add("1-1-1", Points{{0, 10, 1.0}, {3, 40, 1.0}})
      .Add("1-1-2", Points{{1, 20, 1.0}})
      .Add("1-1-3", Points{{2, 30, 1.0}})
      .Add("1-1-2", Points{{4, 50, 1.0}});
  EXPECT_EQ(*blocks.Steps(), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

TEST(SeriesMerge, OfEqualTimesThatOfTheFirstWriterComesFirst) {
  Blocks blocks;
  blocks.Add("b", Points{{1, 10, 1.0}, {3, 20, 1.0}}).Add("a", Points{{0, 10, 1.0}, {2, 20, 1.0}});
  EXPECT_EQ(*blocks.Steps(), (std::vector<std::int64_t>{0, 1, 2, 3}));
}

TEST(SeriesMerge, AThreadWhoseClockWasSetBackKeepsItsOrderBesideAnother) {
  Blocks blocks;
  blocks.Add("1-1-1", Points{{0, 50, 1.0}, {1, 20, 1.0}, {2, 60, 1.0}})
      .Add("1-1-2", Points{{10, 30, 1.0}, {11, 55, 1.0}});
  EXPECT_EQ(*blocks.Steps(), (std::vector<std::int64_t>{10, 0, 1, 11, 2}));
}

TEST(SeriesMerge, ABlockWithoutPointsIsPassedOver) {
  EXPECT_EQ(*Blocks().Add("a", Points{}).Add("a", Points{{7, 1, 1.0}}).Steps(),
            std::vector<std::int64_t>{7});
  EXPECT_TRUE(Blocks().Add("a", Points{}).Steps()->empty());
}

TEST(SeriesMerge, ADamagedBlockIsAnError) {
  const auto steps = Blocks().Add("1-1-1", "no block").Steps();
  ASSERT_FALSE(steps.ok());
  EXPECT_EQ(steps.error().code, ErrorCode::kCorruption);
}

TEST(SeriesMerge, OfManyWritersAtOnceNoMoreIsHeldThanOfOne) {
  constexpr std::int64_t kPoints = 65536;
  constexpr int kWriters = 40;
  Points points;
  for (std::int64_t i = 0; i < kPoints; ++i) points.push_back({i, i, 0.5});
  const std::string block = lineage::EncodeSeries(points);
  Blocks blocks;
  for (int i = 0; i < kWriters; ++i) blocks.Add(std::to_string(i), block);
  SeriesMerge merge = blocks.Merge();
  std::int64_t count = 0;
  for (;; ++count) {
    const auto point = merge.Next();
    ASSERT_TRUE(point.ok());
    if (!point->has_value()) break;
    ASSERT_EQ((*point)->step, count / kWriters);
  }
  EXPECT_EQ(count, kPoints * kWriters);
  EXPECT_LE(merge.held_points_max(), kMergedPointsMax);
}

class StoreSeriesTest : public testing::SessionFixture {
 protected:
  static void AddBlock(v1::Frame& frame, const std::string& key, const std::string& block) {
    auto* const points = frame.mutable_observed()->add_points();
    points->set_key(key);
    points->set_writer("1-1-1");
    points->set_block(block);
  }
};

TEST_F(StoreSeriesTest, AStoredSeriesIsThatOfItsPointsEncodedAtOnce) {
  const auto session = Create(Started());
  Points first;
  for (std::int64_t i = 0; i < 100'000; ++i) first.push_back({i, 10 * i, 1.0 / (i + 1.0)});
  Points second;
  for (std::int64_t i = 0; i < 70'000; ++i) second.push_back({i, 2'000'000 + i, 0.5 * i});
  for (const Points& points : {first, second}) {
    v1::Frame frame;
    AddBlock(frame, "loss", lineage::EncodeSeries(points));
    AddBlock(frame, "other", lineage::EncodeSeries(Points{{3, 4, 5.0}}));
    ASSERT_TRUE(session->Append(frame).ok());
  }
  auto writer = session->NewWriter(nullptr);
  const auto stored =
      StoreSeries(files(), session->folder(), {{"loss", 2}, {"other", 2}}, **writer);
  ASSERT_TRUE(stored.ok()) << stored.error().message;
  Points joined = first;
  joined.insert(joined.end(), second.begin(), second.end());
  const lineage::MetricSummary& loss = stored->at("loss");
  EXPECT_EQ(loss.series, crypto::Sha256(lineage::EncodeSeries(joined)));
  EXPECT_EQ(loss.values, lineage::SeriesValuesDigest(joined));
  EXPECT_EQ(loss.count, joined.size());
  EXPECT_EQ(loss.last_step, 69'999);
  EXPECT_EQ(loss.last, 0.5 * 69'999);
  EXPECT_EQ(loss.min, 0.0);
  EXPECT_EQ(stored->at("other").count, 2U);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// The peak of this process' memory since it was last asked.
std::optional<std::int64_t> PeakBytes() {
  std::int64_t peak_kib = 0;
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word == "VmHWM:") status >> peak_kib;
  }
  std::ofstream begin_anew("/proc/self/clear_refs");  // proc(5): so does the peak.
  begin_anew << "5" << std::flush;
  if (!begin_anew.good() || peak_kib == 0) return std::nullopt;
  return peak_kib * 1024;
}

TEST_F(StoreSeriesTest, ALongSeriesIsNeverHeldNorIsTheJournal) {
  constexpr int kBlocks = 48;
  constexpr std::int64_t kBlockPoints = 65536;
  const auto session = Create(Started());
  Points points;
  std::uint64_t noise = 88172645463325252ULL;
  for (std::int64_t i = 0; i < kBlockPoints; ++i) {
    noise ^= noise << 13U;
    noise ^= noise >> 7U;
    noise ^= noise << 17U;
    points.push_back({i, i, static_cast<double>(noise)});
  }
  v1::Frame frame;
  AddBlock(frame, "loss", lineage::EncodeSeries(points));
  for (int i = 0; i < kBlocks; ++i) ASSERT_TRUE(session->Append(frame).ok());
  (void)PeakBytes();
  const auto before_bytes = PeakBytes();
  if (!before_bytes.has_value()) {
    GTEST_SKIP() << "SKIPPED: this kernel does not let a process begin its peak anew";
  }
  auto writer = session->NewWriter(nullptr, 1);
  const auto stored = StoreSeries(files(), session->folder(), {{"loss", kBlocks}}, **writer);
  ASSERT_TRUE(stored.ok() && session->FinishWriter(*std::move(writer)).ok());
  EXPECT_EQ(stored->at("loss").count, static_cast<std::uint64_t>(kBlocks * kBlockPoints));
  // As points it would take 72 MiB, and the journal has 22.
  const std::int64_t taken_bytes = PeakBytes().value_or(INT64_MAX) - *before_bytes;
  EXPECT_LT(taken_bytes, 48LL << 20);
  RecordProperty("taken_bytes", std::to_string(taken_bytes));
}

#endif

}  // namespace
}  // namespace reprise::tracker
