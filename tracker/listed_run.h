// A run as lists need it: what they show, filter and sort by, without its documents.
//
// The catalog holds one such row for each run beside the run's documents, so that going through a
// hundred thousand runs reads tens of megabytes and parses no JSON.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/run_record.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/catalog.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Of one metric's series.
struct MetricBounds {
  double min = 0;
  double max = 0;
  std::uint64_t count = 0;
  friend bool operator==(const MetricBounds&, const MetricBounds&) = default;
};

struct ListedRun {
  Ulid id;
  std::string experiment;
  std::string name;
  lineage::RunStatus status = lineage::RunStatus::kRunning;
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::int64_t started_at_unix_ms = 0;
  std::optional<std::int64_t> ended_at_unix_ms;
  std::string actor;
  std::optional<std::string> commit;
  std::optional<std::string> branch;
  std::optional<bool> dirty;
  std::optional<std::string> host;            // The machine's name.
  std::map<std::string, double> metrics;      // The last value of each.
  std::vector<MetricBounds> metric_bounds;    // In the order of `metrics`; or empty.
  std::map<std::string, std::string> params;  // Canonical text of the values.
  std::map<std::string, std::string> tags;    // Later ones included.

  friend bool operator==(const ListedRun&, const ListedRun&) = default;
};

ListedRun ListedRunOf(const StoredRun& run);

std::string EncodeListedRun(const ListedRun& run);
// `id` is the row's key.  Errors: kCorruption.
Result<ListedRun> DecodeListedRun(const Ulid& id, std::string_view value);

// The rows of `ids`, which are sorted; a run that the catalog does not have is left out.
// Errors: kCorruption.
Result<std::map<Ulid, ListedRun>> FindListedRuns(const storage::Catalog& catalog,
                                                 std::span<const Ulid> ids);

}  // namespace reprise::tracker
