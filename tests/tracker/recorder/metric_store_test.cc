#include "tracker/recorder/metric_store.h"

#include <gtest/gtest.h>

namespace reprise::tracker {
namespace {

using lineage::MetricPoint;

std::vector<std::int64_t> Steps(const std::vector<MetricPoint>& points) {
  std::vector<std::int64_t> steps;
  for (const MetricPoint& point : points) steps.push_back(point.step);
  return steps;
}

std::string Block(const std::vector<MetricPoint>& points) { return lineage::EncodeSeries(points); }

TEST(JoinSeries, BlocksOfOneThreadKeepTheirOrderWhateverTheClockSays) {
  const auto joined = JoinSeries({{"1-1-1",
                                   {Block({{0, 50, 1.0}, {1, 20, 1.0}}),  //
                                    Block({{2, 10, 1.0}})}}});
  ASSERT_TRUE(joined.ok());
  EXPECT_EQ(Steps(*joined), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(JoinSeries, PointsOfSeveralThreadsAreMergedByTime) {
  const auto joined = JoinSeries({{"1-1-1", {Block({{0, 10, 1.0}, {3, 40, 1.0}})}},
                                  {"1-1-2", {Block({{1, 20, 1.0}}), Block({{4, 50, 1.0}})}},
                                  {"1-1-3", {Block({{2, 30, 1.0}})}}});
  ASSERT_TRUE(joined.ok());
  EXPECT_EQ(Steps(*joined), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
}

TEST(JoinSeries, AThreadWhoseClockWasSetBackKeepsItsOrderBesideAnother) {
  const auto joined = JoinSeries({{"1-1-1", {Block({{0, 50, 1.0}, {1, 20, 1.0}, {2, 60, 1.0}})}},
                                  {"1-1-2", {Block({{10, 30, 1.0}, {11, 55, 1.0}})}}});
  ASSERT_TRUE(joined.ok());
  std::vector<std::int64_t> first;
  for (const std::int64_t step : Steps(*joined)) {
    if (step < 10) first.push_back(step);
  }
  EXPECT_EQ(first, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(joined->size(), 5U);
}

TEST(JoinSeries, ADamagedBlockIsAnError) {
  EXPECT_FALSE(JoinSeries({{"1-1-1", {"no block"}}}).ok());
}

}  // namespace
}  // namespace reprise::tracker
