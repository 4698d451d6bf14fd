// Points that share a column of pixels are drawn as the stretch between the least and the greatest
// of them, so that no peak is lost and the drawing stays small.

#include "tracker/audit/curve.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <map>

namespace reprise::tracker {
namespace {

constexpr int kWidth = 96;
constexpr int kHeight = 24;
constexpr double kMargin = 2;

struct Range {
  double min = INFINITY;
  double max = -INFINITY;

  void Add(double value) {
    min = std::min(min, value);
    max = std::max(max, value);
  }
  // Where `value` lies, from 0 to 1; the middle of a range of one value.
  double Share(double value) const {
    // Halved first: the width of a range may be beyond the largest double.
    return max > min ? (value / 2 - min / 2) / (max / 2 - min / 2) : 0.5;
  }
};

std::string At(double x, double y) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), " %.1f,%.1f", x, y);
  return text.data();
}

}  // namespace

std::string CurveSvg(const std::vector<lineage::MetricPoint>& points) {
  Range steps;
  Range values;
  std::size_t finite = 0;
  for (const lineage::MetricPoint& point : points) {
    if (!std::isfinite(point.value)) continue;
    ++finite;
    steps.Add(static_cast<double>(point.step));
    values.Add(point.value);
  }
  if (finite < 2) return "";
  std::map<int, Range> columns;
  for (const lineage::MetricPoint& point : points) {
    if (!std::isfinite(point.value)) continue;
    const double share = steps.Share(static_cast<double>(point.step));
    columns[static_cast<int>(std::lround(share * (kWidth - 2 * kMargin)))].Add(point.value);
  }
  const auto height_of = [&](double value) {
    return kMargin + (1 - values.Share(value)) * (kHeight - 2 * kMargin);
  };
  std::string line;
  for (const auto& [column, range] : columns) {
    line += At(kMargin + column, height_of(range.min));
    if (range.max > range.min) line += At(kMargin + column, height_of(range.max));
  }
  const std::string size =
      "width=\"" + std::to_string(kWidth) + "\" height=\"" + std::to_string(kHeight) + "\"";
  return "<svg class=\"curve\" role=\"img\" aria-label=\"course by step\" " + size +
         "><polyline points=\"" + line.substr(1) + "\"/></svg>";
}

}  // namespace reprise::tracker
