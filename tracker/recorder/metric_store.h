// The metric series of a run, from its journal into the object store.
//
// A run may log more points than fit into memory, so no series is ever held: its blocks stay where
// they are in the journal, and its points are merged, encoded and stored as they come.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "lineage/run_record.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/object_store.h"
#include "tracker/journal.h"
#include "tracker/recorder/series_merge.h"

namespace reprise::tracker {

// How many blocks of each series a journal holds, by key (RunFacts).
using SeriesBlockCounts = std::map<std::string, std::uint64_t>;

// Adds one more point to all of the summary but its digests.  Begin with EmptySummary().
void AddToSummary(const lineage::MetricPoint& point, lineage::MetricSummary& summary);
lineage::MetricSummary EmptySummary();

// Calls `visit` for each series in `blocks`, ordered by key: a series that came into the journal
// since these were counted is left out. Errors: those of reading the journal and of `visit`.
Result<void> ForEachSeries(
    const JournalReader& journal, const SeriesBlockCounts& blocks,
    const std::function<Result<void>(const std::string& key, SeriesMerge& points)>& visit);

// Stores each series as one object.
Result<std::map<std::string, lineage::MetricSummary>> StoreSeries(FileSystem& files,
                                                                  const std::string& session_folder,
                                                                  const SeriesBlockCounts& blocks,
                                                                  storage::ObjectWriter& writer);

}  // namespace reprise::tracker
