// A long series as the pixels of a curve: points that share a column are the stretch between the
// least and the greatest of them, so that no peak is lost and a drawing does not grow with what it
// shows.
//
// Thread-safety: pure functions.

#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "lineage/metric_series.h"

namespace reprise::lineage {

struct ValueRange {
  double min = INFINITY;
  double max = -INFINITY;

  bool is_empty() const { return min > max; }
  void Add(double value);
  // Where `value` lies, from 0 to 1; the middle of a range of one value.
  double Share(double value) const;
};

// What is drawn of a value; not a number where nothing is.
using ValueScale = std::function<double(double value)>;

struct SeriesExtent {
  ValueRange steps;
  ValueRange values;  // As scaled.
  std::size_t count = 0;
};

// Adds the points that are drawn to `extent`: those whose scaled value is finite.
void AddExtent(const std::vector<MetricPoint>& points, const ValueScale& scale,
               SeriesExtent& extent);

struct SeriesColumn {
  ValueRange values;  // As scaled.
  double first = 0;   // Of the column's points by step.
  double last = 0;
  bool after_gap = false;  // Points that are not drawn lie between it and the column before.
};

// The columns that hold points, of `width` + 1 over `steps`, by their number.
std::map<int, SeriesColumn> ReduceToColumns(const std::vector<MetricPoint>& points,
                                            const ValueRange& steps, double width,
                                            const ValueScale& scale);

}  // namespace reprise::lineage
