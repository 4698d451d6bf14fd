// How the recorded metrics of a run and of a rerun of it differ.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/replay/comparison.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct MetricsOfRerun {
  Ulid rerun;
  std::string rerun_name;
  std::uint64_t compared = 0;  // Metrics of either run.
  // Those that are not identical: the largest relative difference first, and those that one of the
  // runs lacks before all.
  std::vector<MetricComparison> differing;
};

// The newest recorded rerun of `original`; nullopt: there is none.  Errors: of reading the store.
Result<std::optional<Ulid>> NewestRerunOf(Store& store, const Ulid& original);

// Compares point by point.  Errors: those of MetricHistory(), and of reading the rerun.
Result<MetricsOfRerun> CompareMetrics(Store& store, const StoredRun& original, const Ulid& rerun);

}  // namespace reprise::tracker
