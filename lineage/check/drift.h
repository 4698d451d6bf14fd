// How far the columns of newer data are from those of the data that a model was trained on.
//
// Thread-safety: pure functions, with content that one thread uses.

#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/check/check_table.h"
#include "lineage/diff/table_columns.h"
#include "storage/base/result.h"

namespace reprise::lineage {

struct DriftColumn {
  std::string name;
  // "number", "category", or "unknown" where there is nothing to tell it from.
  std::string_view type;
  std::optional<double> kolmogorov_smirnov;
  std::optional<double> population_stability;
  // "stable", "moderate shift", "large shift", "within chance" (docs/formats/checks.md); "missing"
  // or "added" where the newer or the earlier data lacks it; "not compared".
  std::string_view state;
};

struct DriftCheck {
  CheckedData reference;
  CheckedData current;
  std::vector<DriftColumn> columns;  // In the order of the reference; then those that were added.
  double sampled_share = 1;          // As ColumnCollector has them.
  double sampling_error = 0;
};

struct DriftOptions {
  std::vector<std::string> columns;  // Empty: all.
  ColumnLimits limits{};
};

// `reference` has one table or more, all with the same columns, of the content `digest`.
// Errors: kInvalidArgument  one of them is no table or has not the columns, or one side has no
//                           rows; those of the content.
Result<DriftCheck> CheckDrift(const std::vector<CheckedTable>& reference, const Digest& digest,
                              const CheckedTable& current, const DriftOptions& options);

}  // namespace reprise::lineage
