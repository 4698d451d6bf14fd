// Comparing the results of a run with those of its reruns.

#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "lineage/metric_series.h"
#include "storage/base/result.h"
#include "tracker/replay/tolerance.h"
#include "tracker/replay/verdict.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Every point of series `key` of `run`, in the order in which they were logged.
using SeriesReader = std::function<Result<std::vector<lineage::MetricPoint>>(
    const StoredRun& run, const std::string& key)>;

// Compares outputs by digest, metric series point by point, and how the command ended; leaves
// `environment` and `hardware` empty.  What the reruns warn of that no verdict is about becomes
// `outside_reads`.  `reruns` has one or more.  A run with neither declared
// outputs nor metrics is compared by what it printed.
//
// Several reruns measure the noise: a metric whose last value lies between the least and the
// greatest of theirs, or beyond them by at most the distance between the two, is kWithinNoise.
// Reruns that agree with each other leave no room.
// Errors: those of `series`.
Result<Verdict> CompareRuns(const StoredRun& original, std::span<const StoredRun> reruns,
                            const std::map<std::string, Tolerance>& tolerances,
                            const SeriesReader& series);

}  // namespace reprise::tracker
