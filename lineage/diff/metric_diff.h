// How the metrics of two runs differ.
//
// Thread-safety: one thread at a time.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "lineage/diff/run_diff.h"

namespace reprise::lineage {

// The metrics that differ, the largest relative change of the last value first; those that one of
// them lacks last.  Series are read where their digests differ; what cannot be read is added to
// `not_compared`.
// Errors: kIoError.
Result<std::vector<MetricDiff>> DiffMetrics(storage::ObjectReader& objects,
                                            const std::map<std::string, MetricSummary>& before,
                                            const std::map<std::string, MetricSummary>& after,
                                            std::vector<NotCompared>& not_compared);

}  // namespace reprise::lineage
