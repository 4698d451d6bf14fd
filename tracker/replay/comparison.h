// Comparing the results of a run with those of its reruns.

#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/compare/content_difference.h"
#include "lineage/metric_series.h"
#include "storage/base/result.h"
#include "tracker/replay/tolerance.h"
#include "tracker/replay/verdict.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Every point of series `key` of `run`, in the order in which they were logged.
using SeriesReader = std::function<Result<std::vector<lineage::MetricPoint>>(
    const StoredRun& run, const std::string& key)>;

// How the contents of two versions of an output differ, which have other digests.
using DifferenceReader = std::function<Result<lineage::ContentDifference>(
    const lineage::ArtifactUse& expected, const lineage::ArtifactUse& actual)>;

// Compares outputs by digest, metric series point by point, and how the command ended; leaves
// `environment` and `hardware` empty.  What the reruns warn of that no verdict is about becomes
// `outside_reads`.  `reruns` has one or more.  A run with neither declared
// outputs nor metrics is compared by what it printed.
//
// Several reruns measure the noise: a metric whose last value lies between the least and the
// greatest of theirs, or beyond them by at most the distance between the two, is kWithinNoise.
// Reruns that agree with each other leave no room.
// Where `difference` is given, outputs that differ are described; what is lost or damaged of them
// is named instead. Errors: those of `series`; those of `difference` that are no damage.
Result<Verdict> CompareRuns(const StoredRun& original, std::span<const StoredRun> reruns,
                            const std::map<std::string, Tolerance>& tolerances,
                            const SeriesReader& series, const DifferenceReader& difference = {});

}  // namespace reprise::tracker
