// A long series as the pixels of a curve: points that share a column are the stretch between the
// least and the greatest of them, so that no peak is lost and a drawing does not grow with what it
// shows.
//
// Thread-safety: pure functions.

#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <utility>
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
  ValueRange values;      // As scaled.
  std::size_t count = 0;  // Of the points that are drawn.
};

// Adds to `extent` the steps of all points, and the values of those that are drawn: whose scaled
// value is finite.
void AddExtent(std::span<const MetricPoint> points, const ValueScale& scale, SeriesExtent& extent);

struct SeriesColumn {
  ValueRange values;  // As scaled.
  double first = 0;   // Of the column's points by step.
  double last = 0;
  bool after_gap = false;  // Points that are not drawn lie between it and the column before.
};

// What a column holds that cannot be drawn at its height.
struct UndrawnPoints {
  bool has_nan = false;
  bool has_above = false;  // Positive infinity.
  bool has_below = false;  // Negative infinity, and what a logarithmic scale does not reach.

  friend bool operator==(const UndrawnPoints&, const UndrawnPoints&) = default;
};

// Takes a series part by part, in memory that grows with the number of columns alone.  Points may
// come in any order of steps: the result is that of points sorted by step, and of equal steps in
// the order in which they came.
class ColumnReducer {
 public:
  // `width` + 1 columns over `steps`, those of AddExtent().
  ColumnReducer(const ValueRange& steps, double width, ValueScale scale);

  void Add(std::span<const MetricPoint> points);
  // The columns that hold points, by their number.
  std::map<int, SeriesColumn> Finish() const;
  // Those that hold points which are not drawn.
  std::map<int, UndrawnPoints> Undrawn() const;

 private:
  using Place = std::pair<std::int64_t, std::uint64_t>;  // The step, and the how manieth it came.

  // What is known of the points of a column that are drawn, and of those that are not.
  struct Cell {
    SeriesColumn column;
    Place first;
    Place last;
    bool is_drawn = false;
    Place first_undrawn;
    Place last_undrawn;
    bool has_undrawn = false;
    UndrawnPoints undrawn;
  };

  const ValueRange steps_;
  const double width_;
  const ValueScale scale_;
  std::vector<Cell> cells_;  // One more on either side, for what is not drawn.
  std::uint64_t count_ = 0;
};

// Of a series that is in memory.
std::map<int, SeriesColumn> ReduceToColumns(std::span<const MetricPoint> points,
                                            const ValueRange& steps, double width,
                                            const ValueScale& scale);

}  // namespace reprise::lineage
