#include "tracker/audit/curve.h"

#include <array>
#include <cstdio>

#include "lineage/render/series_columns.h"

namespace reprise::tracker {
namespace {

constexpr int kWidth = 96;
constexpr int kHeight = 24;
constexpr double kMargin = 2;

std::string At(double x, double y) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), " %.1f,%.1f", x, y);
  return text.data();
}

}  // namespace

std::string CurveSvg(const std::vector<lineage::MetricPoint>& points) {
  const auto scale = [](double value) { return value; };
  lineage::SeriesExtent extent;
  lineage::AddExtent(points, scale, extent);
  if (extent.count < 2) return "";
  const auto columns = lineage::ReduceToColumns(points, extent.steps, kWidth - 2 * kMargin, scale);
  const auto height_of = [&](double value) {
    return kMargin + (1 - extent.values.Share(value)) * (kHeight - 2 * kMargin);
  };
  std::string line;
  for (const auto& [column, reduced] : columns) {
    const lineage::ValueRange& range = reduced.values;
    line += At(kMargin + column, height_of(range.min));
    if (range.max > range.min) line += At(kMargin + column, height_of(range.max));
  }
  const std::string size =
      "width=\"" + std::to_string(kWidth) + "\" height=\"" + std::to_string(kHeight) + "\"";
  return "<svg class=\"curve\" role=\"img\" aria-label=\"course by step\" " + size +
         " fill=\"none\" stroke=\"#0969da\" stroke-width=\"1.2\"><polyline points=\"" +
         line.substr(1) + "\"/></svg>";
}

}  // namespace reprise::tracker
