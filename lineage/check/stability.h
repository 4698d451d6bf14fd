// How far newer scores of a model are from earlier ones.
//
// Thread-safety: pure functions, with content that one thread uses.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/check/check_table.h"
#include "lineage/table/row_sorter.h"
#include "storage/base/result.h"

namespace reprise::lineage {

struct StabilityBin {
  std::optional<double> from;  // Scores are above it; absent: from the lowest.
  std::optional<double> to;    // And at most this; absent: to the highest.
  std::uint64_t expected = 0;  // Rows of the reference.
  std::uint64_t actual = 0;    // Rows of the newer scores.
};

struct StabilityCheck {
  CheckedData reference;
  CheckedData current;
  std::string score;
  std::uint64_t reference_missing = 0;  // Rows without a score, which count for nothing else.
  std::uint64_t current_missing = 0;
  double population_stability = 0;
  double stability_by_chance = 0;
  double kolmogorov_smirnov = 0;
  std::vector<StabilityBin> bins;  // About a tenth of the reference each: DecileEdges().
};

// Exact whatever the number of rows: what is too much for memory is sorted in a temporary file.
// Errors: kInvalidArgument  one of them is no table, has no such column, or no score in it; those
//                           of the content and of RowSorter.
Result<StabilityCheck> CheckStability(const CheckedTable& reference, const CheckedTable& current,
                                      const std::string& score, const RowSorterOptions& sorting);

}  // namespace reprise::lineage
