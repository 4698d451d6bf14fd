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

// Joins the blocks of one series.  The points of a thread keep their order; those of several
// threads are merged by time.
Result<std::vector<lineage::MetricPoint>> JoinSeries(const SeriesBlocks& blocks);

// Stores each series, joined, as one object.
Result<std::map<std::string, lineage::MetricSummary>> StoreSeries(
    const std::map<std::string, SeriesBlocks>& series, storage::ObjectWriter& writer);

}  // namespace reprise::tracker
