// How a model does for groups of people: each value, or stretch of values, of some columns.
//
// Thread-safety: pure functions, with content that one thread uses.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/check/check_table.h"
#include "lineage/check/groups.h"
#include "lineage/check/interval.h"
#include "lineage/check/scored_rows.h"
#include "lineage/table/row_sorter.h"
#include "storage/base/result.h"

namespace reprise::lineage {

inline constexpr std::size_t kGroupColumnsMax = 16;

struct GroupResult {
  std::string column;
  std::string group;
  std::uint64_t rows = 0;  // That have a score and an outcome.
  Ranking ranking;         // Of these.
  Estimate positive_rate;  // The share with the positive outcome.
  Estimate approval_rate;  // The share that the threshold approves; absent without one.
};

struct SubpopulationCheck {
  CheckedData data;
  ScoreColumns columns;
  std::string positive;
  std::optional<double> threshold;
  std::uint64_t left_out = 0;       // Rows without a score or an outcome.
  GroupResult overall;              // Its column and group are "".
  std::vector<GroupResult> groups;  // By column as given, then as in ColumnGroups::names().
};

struct SubpopulationOptions {
  ScoreColumns columns;
  std::vector<std::string> groups;  // Columns: one to kGroupColumnsMax.
  // A row is approved if its score is at most that; with higher_is_better if it is at least that.
  std::optional<double> threshold;
  RowSorterOptions sorting{};
};

// Reads the table twice: for the groups, and for the rows.  Exact whatever their number, except
// that the quartiles of very many different numbers are approximate (quantile_sketch.h).
// Errors: kInvalidArgument  no table, no such columns, values that are none, too many groups, or no
//                           row with both; those of the content and of RowSorter.
Result<SubpopulationCheck> CheckSubpopulations(const CheckedTable& data,
                                               const SubpopulationOptions& options);

}  // namespace reprise::lineage
