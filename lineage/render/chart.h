// Metric charts as SVG: one chart below the other, with the same run in the same colour in each.
//
// Colours are those of M. Okabe and K. Ito, "Color Universal Design" (2008), which readers with any
// kind of colour vision tell apart; beyond seven lines the dashes differ.  A value that is not
// finite, or not positive on a logarithmic scale, is a gap in the line and a sign at the edge of
// the plot.
//
// Equal input gives equal bytes, and neither their number nor the memory that it takes grows with
// the number of points.  Thread-safety: pure functions.

#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "lineage/metric_series.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// Gives a series to `visit`, part by part, in the order in which it was logged.  It is asked twice,
// so that nobody need hold a series of millions of points.
using SeriesSource =
    std::function<Result<void>(const std::function<void(std::span<const MetricPoint>)>& visit)>;
SeriesSource SeriesInMemory(std::vector<MetricPoint> points);

struct ChartLine {
  std::size_t style = 0;  // Equal in every chart of a run; 0 to as many as there are labels.
  SeriesSource points;
};

struct Chart {
  std::string title;  // The metric.
  std::vector<ChartLine> lines;
};

struct ChartOptions {
  bool is_logarithmic = false;  // The axis of values.
};

// A complete SVG 1.1 document.  `labels` names what each style stands for, in the legend.
// Errors: those of the sources.
Result<std::string> RenderCharts(const std::vector<Chart>& charts,
                                 const std::vector<std::string>& labels,
                                 const ChartOptions& options);

// Where an axis from `low` to `high` has its marks: at most `count_max` multiples of 1, 2 or 5
// times a power of ten.
std::vector<double> AxisMarks(double low, double high, std::size_t count_max);

}  // namespace reprise::lineage
