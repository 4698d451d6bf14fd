// The course of a metric as a small drawing.

#pragma once

#include <string>
#include <vector>

#include "lineage/metric_series.h"

namespace reprise::tracker {

// An inline SVG element of the points by step; "" where fewer than two of them are finite.  The
// same points give the same bytes.  Its size does not grow with the number of points.
std::string CurveSvg(const std::vector<lineage::MetricPoint>& points);

}  // namespace reprise::tracker
