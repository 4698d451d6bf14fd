#include "lineage/render/chart.h"

#include <gtest/gtest.h>

#include <cmath>

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
  return RenderCharts({{"loss", {{0, Points(values)}}}}, {"run"},
                      {.is_logarithmic = is_logarithmic});
}

TEST(Chart, BreaksTheLineWhereAValueIsNotFinite) {
  EXPECT_EQ(Count(Draw({1, 2, 3, 4}), "<polyline"), 1U);
  EXPECT_EQ(Count(Draw({1, 2, NAN, 3, 4}), "<polyline"), 2U);
  EXPECT_EQ(Count(Draw({1, 2, INFINITY, 3}), "<circle"), 1U);
  EXPECT_EQ(Count(Draw({1, 2, NAN, NAN}), "<polyline"), 1U);
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

TEST(Chart, EscapesWhatItIsTold) {
  const std::string svg = RenderCharts({{"a<b>&\"", {}}}, {"<run>"}, {});
  EXPECT_EQ(Count(svg, "<b>"), 0U);
  EXPECT_EQ(Count(svg, "<run>"), 0U);
  EXPECT_EQ(Count(svg, "a&lt;b&gt;&amp;"), 1U);
}

TEST(Chart, GivesARunOneStyleInEveryChart) {
  const std::string svg = RenderCharts({{"a", {{1, Points({1, 2})}}}, {"b", {{1, Points({1, 2})}}}},
                                       {"first", "second"}, {});
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
