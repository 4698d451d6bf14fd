// How much better one model ranks the same rows than another.
//
// Thread-safety: pure functions, with content that one thread uses.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lineage/check/check_table.h"
#include "lineage/check/interval.h"
#include "lineage/check/scored_rows.h"
#include "lineage/table/row_sorter.h"
#include "storage/base/result.h"

namespace reprise::lineage {

struct AreaDifference {
  CheckedData a;
  CheckedData b;
  // Why they are not about the same rows, a sentence; the rest is absent then.
  std::optional<std::string> not_comparable;
  ClassCounts counts;  // Rows that have both scores and an outcome.
  Estimate a_area;
  Estimate b_area;
  // b's area less a's, with the variance of DeLong, DeLong and Clarke-Pearson (Biometrics 44, 1988)
  // for scores of the same rows: plus and minus kNormalQuantile975 standard errors.  The ends are
  // absent where a class has fewer than two rows.
  Estimate difference;
  std::optional<double> p_value;  // Two-sided, that both areas are one; absent without a variance.
};

// The rows of both tables are those of one hold-out in one order: equally many, with the same
// outcomes.  Exact whatever their number.
// Errors: kInvalidArgument  no table, no such columns, or values that are none; those of the
//                           content and of RowSorter.
Result<AreaDifference> CompareAreas(const CheckedTable& a, const ScoreColumns& a_columns,
                                    const CheckedTable& b, const ScoreColumns& b_columns,
                                    const RowSorterOptions& sorting);

}  // namespace reprise::lineage
