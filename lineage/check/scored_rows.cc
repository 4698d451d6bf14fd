#include "lineage/check/scored_rows.h"

namespace reprise::lineage {

Result<void> ScoreReader::Begin() {
  REPRISE_ASSIGN_OR_RETURN(score_place_, rows_.PlaceOf(columns_.score));
  REPRISE_ASSIGN_OR_RETURN(target_place_, rows_.PlaceOf(columns_.target));
  return {};
}

Result<std::optional<ScoredRow>> ScoreReader::Next() {
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const bool has_row, rows_.Next());
    if (!has_row) return std::optional<ScoredRow>();
    REPRISE_ASSIGN_OR_RETURN(const auto score, rows_.Number(score_place_));
    REPRISE_ASSIGN_OR_RETURN(const auto is_positive, outcome_.Read(rows_, target_place_));
    if (!score.has_value() || !is_positive.has_value()) {
      ++left_out_;
      continue;
    }
    ++(*is_positive ? counts_.positives : counts_.negatives);
    return std::optional(ScoredRow{columns_.higher_is_better ? -*score : *score, *is_positive});
  }
}

}  // namespace reprise::lineage
