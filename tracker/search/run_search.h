// Lists of runs: those that match, in the order that is asked for, at the cost of what is listed
// rather than of what is stored, wherever the index (tracker/run_index.h) can serve it.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lineage/query/expression.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/catalog.h"
#include "tracker/listed_run.h"

namespace reprise::tracker {

struct RunSearch {
  std::optional<lineage::query::Expression> where{};  // Absent: all runs.
  std::optional<lineage::query::Field> sort_by{};     // Absent: newest first.
  bool descending = false;
  std::uint64_t limit = 0;             // At most so many; 0: all.
  bool may_use_index = true;           // For tests: the answer is the same without,
  std::uint64_t probed_runs = 1'000;   // and however many of the newest are tried first.
  std::vector<ListedRun> live_runs{};  // That are not in the catalog; they are searched likewise.
};

// Adds a condition.
void Require(lineage::query::Expression condition, RunSearch& search);
lineage::query::Expression InExperiment(const std::string& experiment);
lineage::query::Expression StartedSince(std::int64_t unix_ms);

struct FoundRuns {
  std::vector<Ulid> ids;        // In order.
  bool is_truncated = false;    // More match.
  bool has_sort_field = true;   // The first of them at least.
  std::uint64_t runs_read = 0;  // What it cost: runs looked at,
  std::uint64_t rows_read = 0;  // and rows of the index.
};

// Holds some 100 bytes for each run that is found, and no more than 64 MiB beyond.
// Errors: those of the catalog.
Result<FoundRuns> SearchRuns(const storage::Catalog& catalog, const RunSearch& search);

// Calls `visit` for each run of `ids` that the catalog has, in their order, until it returns false;
// for others with nullopt.
Result<void> ForEachRunOf(
    const storage::Catalog& catalog, const std::vector<Ulid>& ids,
    const std::function<Result<bool>(const Ulid&, std::optional<ListedRun>&&)>& visit);

}  // namespace reprise::tracker
