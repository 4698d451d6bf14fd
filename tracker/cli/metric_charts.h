// The metrics of runs as a picture.

#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lineage/metric_series.h"
#include "tracker/cli/command.h"
#include "tracker/cli/refs_support.h"

namespace reprise::cli {

// Of a running run what it has logged so far.
Result<std::vector<lineage::MetricPoint>> PointsOf(tracker::Store& store, const KnownRun& known,
                                                   const std::string& key);

// Likewise in parts, for whoever need not hold all of them.
Result<void> VisitPoints(tracker::Store& store, const KnownRun& known, const std::string& key,
                         const std::function<void(std::span<const lineage::MetricPoint>)>& visit);

struct ChartRequest {
  std::string ref;  // The first run.
  // Names of its metrics, and references to further runs: a word that is both is a metric.
  std::vector<std::string> words;
  bool is_logarithmic = false;
  std::optional<std::string> output;  // A new file; absent: Context::out.
};

// Draws the metrics that are named, or all of all runs, as one chart each with every run in it.
// Returns the exit status.
// Errors: kNotFound  a word is neither.  kAlreadyExists  the output is there.
Result<int> DrawMetrics(const ChartRequest& request, Context& context);

}  // namespace reprise::cli
