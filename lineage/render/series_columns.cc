#include "lineage/render/series_columns.h"

#include <algorithm>

namespace reprise::lineage {

void ValueRange::Add(double value) {
  min = std::min(min, value);
  max = std::max(max, value);
}

double ValueRange::Share(double value) const {
  // Halved first: the width of a range may be beyond the largest double.
  return max > min ? (value / 2 - min / 2) / (max / 2 - min / 2) : 0.5;
}

void AddExtent(const std::vector<MetricPoint>& points, const ValueScale& scale,
               SeriesExtent& extent) {
  for (const MetricPoint& point : points) {
    const double value = scale(point.value);
    if (!std::isfinite(value)) continue;
    ++extent.count;
    extent.steps.Add(static_cast<double>(point.step));
    extent.values.Add(value);
  }
}

std::map<int, SeriesColumn> ReduceToColumns(const std::vector<MetricPoint>& points,
                                            const ValueRange& steps, double width,
                                            const ValueScale& scale) {
  std::vector<MetricPoint> sorted;
  const bool is_sorted = std::ranges::is_sorted(points, {}, &MetricPoint::step);
  if (!is_sorted) {
    sorted = points;
    std::ranges::stable_sort(sorted, {}, &MetricPoint::step);
  }
  std::map<int, SeriesColumn> columns;
  bool is_gap = false;
  for (const MetricPoint& point : is_sorted ? points : sorted) {
    const double value = scale(point.value);
    if (!std::isfinite(value)) {
      is_gap = true;
      continue;
    }
    const int at =
        static_cast<int>(std::lround(steps.Share(static_cast<double>(point.step)) * width));
    const auto [column, is_new] = columns.try_emplace(at);
    if (is_new) {
      column->second.first = value;
      column->second.after_gap = is_gap && columns.size() > 1;
    }
    column->second.values.Add(value);
    column->second.last = value;
    is_gap = false;
  }
  return columns;
}

}  // namespace reprise::lineage
