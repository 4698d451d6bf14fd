// The points of a stored metric series.

#pragma once

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

}  // namespace reprise::tracker
