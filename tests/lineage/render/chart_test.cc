#include "lineage/render/chart.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <span>

#include "lineage/render/series_columns.h"

namespace reprise::lineage {
namespace {

std::vector<MetricPoint> Points(const std::vector<double>& values) {
  std::vector<MetricPoint> points;
  for (const double value : values) {
    points.push_back({static_cast<std::int64_t>(points.size()), 0, value});
  }
  return points;
}

std::size_t Count(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

std::string Draw(const std::vector<double>& values, bool is_logarithmic = false) {
  return *RenderCharts({{"loss", {{0, SeriesInMemory(Points(values))}}}}, {"run"},
                       {.is_logarithmic = is_logarithmic});
}

TEST(Chart, BreaksTheLineWhereAValueIsNotFinite) {
  EXPECT_EQ(Count(Draw({1, 2, 3, 4}), "<polyline"), 1U);
  EXPECT_EQ(Count(Draw({1, 2, NAN, 3, 4}), "<polyline"), 2U);
  EXPECT_EQ(Count(Draw({1, 2, INFINITY, 3}), "<circle"), 1U);
  EXPECT_EQ(Count(Draw({1, 2, NAN, NAN}), "<polyline"), 1U);
}

TEST(Chart, MarksWhatHasNoHeightAndSaysWhatTheMarksMean) {
  EXPECT_EQ(Count(Draw({1, 2, 3}), "class=\"sign\""), 0U);
  const std::string svg = Draw({1, NAN, 2, INFINITY, -INFINITY, NAN});
  EXPECT_EQ(Count(svg, "<title>NaN</title>"), 2U);
  EXPECT_EQ(Count(svg, "<title>+Infinity</title>"), 1U);
  EXPECT_EQ(Count(svg, "<title>-Infinity</title>"), 1U);
  EXPECT_EQ(Count(svg, "× NaN   △ +Infinity   ▽ -Infinity"), 1U);
  const std::string logarithmic = Draw({1, 0, 10, -3}, true);
  EXPECT_EQ(Count(logarithmic, "<title>zero or less</title>"), 2U);
  EXPECT_EQ(Count(logarithmic, "▽ zero or less"), 1U);
}

TEST(Chart, TheAxisReachesStepsWhoseValuesAreNotFinite) {
  // Diverged after its second step: the line takes the first half alone.
  const std::string svg = Draw({1, 2, NAN});
  EXPECT_EQ(Count(svg, ">2</text>"), 2U);  // A step and a value.
}

TEST(Chart, SaysThatThereIsNothingToDraw) {
  EXPECT_EQ(Count(Draw({NAN, INFINITY}), "no finite values"), 1U);
  EXPECT_EQ(Count(Draw({-1, 0}, true), "no positive finite values"), 1U);
  EXPECT_EQ(Count(Draw({}), "no finite values"), 1U);
}

TEST(Chart, DoesNotGrowWithTheNumberOfPoints) {
  std::vector<double> values(1'000'000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i % 1000);
  EXPECT_LT(Draw(values).size(), 64U << 10);
}

TEST(Chart, KeepsThePeakOfALongSeries) {
  std::vector<double> values(100'000, 1.0);
  values[54'321] = 9;
  const auto scale = [](double value) { return value; };
  SeriesExtent extent;
  AddExtent(Points(values), scale, extent);
  double greatest = 0;
  for (const auto& [at, column] : ReduceToColumns(Points(values), extent.steps, 600, scale)) {
    greatest = std::max(greatest, column.values.max);
  }
  EXPECT_EQ(greatest, 9);
}

// What ColumnReducer is to give, of all points at once and by the definition.
std::map<int, SeriesColumn> ColumnsByDefinition(std::vector<MetricPoint> points,
                                                const ValueRange& steps, double width) {
  std::ranges::stable_sort(points, {}, &MetricPoint::step);
  std::map<int, SeriesColumn> columns;
  bool is_gap = false;
  for (const MetricPoint& point : points) {
    if (!std::isfinite(point.value)) {
      is_gap = true;
      continue;
    }
    const int at =
        static_cast<int>(std::lround(steps.Share(static_cast<double>(point.step)) * width));
    const auto [column, is_new] = columns.try_emplace(at);
    if (is_new) column->second.first = point.value;
    if (is_new) column->second.after_gap = is_gap && columns.size() > 1;
    column->second.values.Add(point.value);
    column->second.last = point.value;
    is_gap = false;
  }
  return columns;
}

TEST(ColumnReducer, GivesOfPartsInAnyOrderWhatSortedPointsAre) {
  const auto scale = [](double value) { return value; };
  std::minstd_rand random(7);
  for (int round = 0; round < 400; ++round) {
    std::vector<MetricPoint> points;
    const std::size_t count = random() % 40;
    const auto range = static_cast<std::int64_t>(random() % 30 + 1);
    for (std::size_t i = 0; i < count; ++i) {
      const auto step = static_cast<std::int64_t>(random()) % range - range / 2;
      points.push_back({step, 0, random() % 4 == 0 ? NAN : static_cast<double>(random() % 9)});
    }
    SeriesExtent extent;
    AddExtent(points, scale, extent);
    if (extent.count == 0) continue;
    ColumnReducer reducer(extent.steps, 10, scale);
    for (std::span<const MetricPoint> rest = points; !rest.empty();) {
      const std::size_t part = std::min<std::size_t>(rest.size(), random() % 5 + 1);
      reducer.Add(rest.first(part));
      rest = rest.subspan(part);
    }
    const auto wanted = ColumnsByDefinition(points, extent.steps, 10);
    const auto got = reducer.Finish();
    ASSERT_EQ(got.size(), wanted.size());
    for (const auto& [at, column] : wanted) {
      ASSERT_TRUE(got.contains(at)) << at;
      EXPECT_EQ(got.at(at).first, column.first);
      EXPECT_EQ(got.at(at).last, column.last);
      EXPECT_EQ(got.at(at).values.min, column.values.min);
      EXPECT_EQ(got.at(at).values.max, column.values.max);
      EXPECT_EQ(got.at(at).after_gap, column.after_gap) << round << ": " << at;
    }
  }
}

TEST(Chart, AsksForASeriesTwiceAndOneAfterTheOther) {
  std::vector<int> asked;
  const auto source = [&](int number) -> SeriesSource {
    return [&asked, number](const auto& visit) {
      asked.push_back(number);
      visit(Points({1, 2, 3}));
      return Result<void>();
    };
  };
  const auto svg = RenderCharts({{"a", {{0, source(1)}, {1, source(2)}}}, {"b", {{0, source(3)}}}},
                                {"x", "y"}, {});
  ASSERT_TRUE(svg.ok());
  EXPECT_EQ(asked, (std::vector<int>{1, 2, 1, 2, 3, 3}));
}

TEST(Chart, TellsWhatASourceFailsWith) {
  const SeriesSource damaged = [](const auto&) {
    return Result<void>(Error{ErrorCode::kCorruption, "damaged"});
  };
  const auto svg = RenderCharts({{"a", {{0, damaged}}}}, {"x"}, {});
  ASSERT_FALSE(svg.ok());
  EXPECT_EQ(svg.error().code, ErrorCode::kCorruption);
}

TEST(Chart, EscapesWhatItIsTold) {
  const std::string svg = *RenderCharts({{"a<b>&\"", {}}}, {"<run>"}, {});
  EXPECT_EQ(Count(svg, "<b>"), 0U);
  EXPECT_EQ(Count(svg, "<run>"), 0U);
  EXPECT_EQ(Count(svg, "a&lt;b&gt;&amp;"), 1U);
}

TEST(Chart, GivesARunOneStyleInEveryChart) {
  const SeriesSource series = SeriesInMemory(Points({1, 2}));
  const std::string svg =
      *RenderCharts({{"a", {{1, series}}}, {"b", {{1, series}}}}, {"first", "second"}, {});
  EXPECT_EQ(Count(svg, "stroke=\"#d55e00\""), 3U);  // With the legend.
}

TEST(AxisMarks, AreRoundNumbersWithinTheRange) {
  EXPECT_EQ(AxisMarks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(AxisMarks(-1, 1, 4), (std::vector<double>{-1, -0.5, 0, 0.5, 1}));
  EXPECT_EQ(AxisMarks(3, 3, 5), std::vector<double>{3});
  EXPECT_FALSE(AxisMarks(-1.7e308, 1.7e308, 5).empty());
}

}  // namespace
}  // namespace reprise::lineage
