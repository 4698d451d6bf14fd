// Storing the metric series of a run, and summing them up.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "lineage/run_record.h"
#include "storage/base/result.h"
#include "storage/object_store.h"

namespace reprise::tracker {

// Joins the journalled `blocks` of each series into one object, in order.
Result<std::map<std::string, lineage::MetricSummary>> StoreSeries(
    const std::map<std::string, std::vector<std::string>>& blocks, storage::ObjectWriter& writer);

}  // namespace reprise::tracker
