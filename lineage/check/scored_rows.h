// Rows of a table with a score and an outcome, in the order of their scores.
//
// Thread-safety: pure functions, with content that one thread uses.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "lineage/check/check_table.h"
#include "lineage/check/ranking.h"
#include "lineage/table/row_sorter.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// What the columns of a table of scores mean.
struct ScoreColumns {
  std::string score;
  std::string target;
  std::optional<std::string> positive;  // As Outcome has it.
  // Of points of a scorecard: the higher, the less probable the positive outcome.
  bool higher_is_better = false;
};

// A row that has both.
struct ScoredRow {
  double score = 0;  // The higher, the more probable the positive outcome: of points the negative.
  bool is_positive = false;
};

// Reads the columns of a table.
class ScoreReader {
 public:
  // `rows` must outlive it, and stand before its first row.
  ScoreReader(CheckedRows& rows, const ScoreColumns& columns)
      : rows_(rows), columns_(columns), outcome_(columns.positive) {}

  // Errors: kInvalidArgument  a column is not there.
  Result<void> Begin();
  // The next row that has both; absent at the end.
  // Errors: those of CheckedRows::Next(), Number() and Outcome::Read().
  Result<std::optional<ScoredRow>> Next();

  const ClassCounts& counts() const { return counts_; }
  std::uint64_t left_out() const { return left_out_; }  // Rows that lack one of the two.
  std::string positive() const { return outcome_.positive(); }

 private:
  CheckedRows& rows_;
  const ScoreColumns& columns_;
  Outcome outcome_;
  std::size_t score_place_ = 0;
  std::size_t target_place_ = 0;
  ClassCounts counts_;
  std::uint64_t left_out_ = 0;
};

}  // namespace reprise::lineage
