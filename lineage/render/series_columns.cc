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

void AddExtent(std::span<const MetricPoint> points, const ValueScale& scale, SeriesExtent& extent) {
  for (const MetricPoint& point : points) {
    extent.steps.Add(static_cast<double>(point.step));
    const double value = scale(point.value);
    if (!std::isfinite(value)) continue;
    ++extent.count;
    extent.values.Add(value);
  }
}

ColumnReducer::ColumnReducer(const ValueRange& steps, double width, ValueScale scale)
    : steps_(steps),
      width_(width),
      scale_(std::move(scale)),
      cells_(static_cast<std::size_t>(std::lround(width)) + 3) {}

void ColumnReducer::Add(std::span<const MetricPoint> points) {
  const auto last_cell = static_cast<double>(cells_.size() - 1);
  for (const MetricPoint& point : points) {
    const double value = scale_(point.value);
    const double at = std::round(steps_.Share(static_cast<double>(point.step)) * width_) + 1;
    Cell& cell = cells_[static_cast<std::size_t>(std::clamp(at, 0.0, last_cell))];
    const Place place(point.step, count_++);
    if (!std::isfinite(value)) {
      if (!cell.has_undrawn || place < cell.first_undrawn) cell.first_undrawn = place;
      if (!cell.has_undrawn || place > cell.last_undrawn) cell.last_undrawn = place;
      cell.has_undrawn = true;
      if (std::isnan(point.value)) {
        cell.undrawn.has_nan = true;
      } else {
        (point.value == INFINITY ? cell.undrawn.has_above : cell.undrawn.has_below) = true;
      }
      continue;
    }
    if (!cell.is_drawn || place < cell.first) {
      cell.first = place;
      cell.column.first = value;
    }
    if (!cell.is_drawn || place > cell.last) {
      cell.last = place;
      cell.column.last = value;
    }
    cell.column.values.Add(value);
    cell.is_drawn = true;
  }
}

std::map<int, SeriesColumn> ColumnReducer::Finish() const {
  std::map<int, SeriesColumn> columns;
  bool is_gap = false;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const Cell& cell = cells_[i];
    if (!cell.is_drawn) {
      is_gap = is_gap || cell.has_undrawn;
      continue;
    }
    is_gap = is_gap || (cell.has_undrawn && cell.first_undrawn < cell.first);
    SeriesColumn column = cell.column;
    column.after_gap = is_gap && !columns.empty();
    columns.emplace(static_cast<int>(i) - 1, column);
    is_gap = cell.has_undrawn && cell.last_undrawn > cell.last;
  }
  return columns;
}

std::map<int, UndrawnPoints> ColumnReducer::Undrawn() const {
  std::map<int, UndrawnPoints> columns;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    if (cells_[i].has_undrawn) columns.emplace(static_cast<int>(i) - 1, cells_[i].undrawn);
  }
  return columns;
}

std::map<int, SeriesColumn> ReduceToColumns(std::span<const MetricPoint> points,
                                            const ValueRange& steps, double width,
                                            const ValueScale& scale) {
  ColumnReducer reducer(steps, width, scale);
  reducer.Add(points);
  return reducer.Finish();
}

}  // namespace reprise::lineage
