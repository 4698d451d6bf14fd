// Storing the metric series of a run, and summing them up.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "lineage/metric_series.h"
#include "lineage/run_record.h"
#include "storage/base/result.h"
#include "storage/object_store.h"

namespace reprise::tracker {

// The points of the journalled `blocks` of one series, in order.  Errors: kCorruption.
Result<std::vector<lineage::MetricPoint>> DecodeBlocks(const std::vector<std::string>& blocks);

// All but the digests of the series.
lineage::MetricSummary Summarise(const std::vector<lineage::MetricPoint>& points);

// Joins the journalled `blocks` of each series into one object, in order.
Result<std::map<std::string, lineage::MetricSummary>> StoreSeries(
    const std::map<std::string, std::vector<std::string>>& blocks, storage::ObjectWriter& writer);

}  // namespace reprise::tracker
