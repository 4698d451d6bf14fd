// The points of a stored metric series.

#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "lineage/metric_series.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Every point of series `key` of `run`, in the order in which they were logged.
// Errors: kNotFound  the run has no such metric.  kCorruption.
Result<std::vector<lineage::MetricPoint>> MetricHistory(Store& store, const StoredRun& run,
                                                        const std::string& key);

// The same in parts, for whoever need not hold all of them: a series may have millions.
Result<void> VisitMetricHistory(
    Store& store, const StoredRun& run, const std::string& key,
    const std::function<void(std::span<const lineage::MetricPoint>)>& visit);

}  // namespace reprise::tracker
