// Whether what a model predicts happens as often as it says.
//
// Thread-safety: pure functions, with content that one thread uses.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lineage/check/check_table.h"
#include "lineage/check/interval.h"
#include "lineage/check/scored_rows.h"
#include "lineage/table/row_sorter.h"
#include "storage/base/result.h"

namespace reprise::lineage {

struct CalibrationBin {
  double predicted = 0;  // The mean of the predictions.
  Estimate observed;     // The share of positive outcomes: ShareOf().
  std::uint64_t rows = 0;
};

struct CalibrationCheck {
  CheckedData data;
  ScoreColumns columns;
  std::string positive;
  std::uint64_t left_out = 0;  // Rows without a prediction or an outcome.
  // The mean of (prediction - outcome) squared, the outcome being 0 or 1 (Brier, "Verification of
  // forecasts expressed in terms of probability", Monthly Weather Review 78, 1950).
  double brier = 0;
  std::vector<CalibrationBin> bins;
};

inline constexpr std::uint64_t kCalibrationBins = 10;
inline constexpr std::uint64_t kCalibrationBinsMax = 1000;

// `bins` of about equally many rows; rows with one prediction are never parted, so that there may
// be fewer.  Exact whatever the number of rows.
// Errors: kInvalidArgument  no table, no such columns, a prediction that is no probability, or no
//                           row with both; those of the content and of RowSorter.
Result<CalibrationCheck> CheckCalibration(const CheckedTable& data, const ScoreColumns& columns,
                                          std::uint64_t bins, const RowSorterOptions& sorting);

}  // namespace reprise::lineage
