// Storing the metric series of a run, and summing them up.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "lineage/metric_series.h"
#include "lineage/run_record.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "tracker/recorder/run_facts.h"

namespace reprise::tracker {

// Joins the journalled blocks of one series.  The points of a thread keep their order; those of
// several threads are merged by time.  Errors: kCorruption.
Result<std::vector<lineage::MetricPoint>> JoinSeries(const SeriesBlocks& blocks);

// All but the digests of the series.
lineage::MetricSummary Summarise(const std::vector<lineage::MetricPoint>& points);

// Stores each series, joined, as one object.
Result<std::map<std::string, lineage::MetricSummary>> StoreSeries(
    const std::map<std::string, SeriesBlocks>& series, storage::ObjectWriter& writer);

}  // namespace reprise::tracker
