// Each table is sorted by its scores, which gives every row its place value (ranking.h); the place
// values are then sorted by row, where those of the two models meet, and give their covariance.

#include "lineage/check/area_difference.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <memory>
#include <numbers>
#include <vector>

namespace reprise::lineage {
namespace {

// Sums over the rows of one class.
struct PairMoments {
  std::uint64_t count = 0;
  long double a = 0;
  long double b = 0;
  long double aa = 0;
  long double bb = 0;
  long double ab = 0;

  void Add(double x, double y) {
    ++count;
    a += x;
    b += y;
    aa += static_cast<long double>(x) * x;
    bb += static_cast<long double>(y) * y;
    ab += static_cast<long double>(x) * y;
  }
  // What the class adds to the variance of an area, or to the covariance of both.
  long double Part(long double sum_of_products, long double sum, long double other) const {
    if (count < 2) return 0;
    const auto n = static_cast<long double>(count);
    return (sum_of_products - sum * other / n) / (n - 1) / n;
  }
};

// Rows with one score, whose place values are known once the last has come.
class TiedRows {
 public:
  explicit TiedRows(const RowSorterOptions& sorting) : sorting_(sorting) {}

  const ClassCounts& counts() const { return counts_; }

  Result<void> Add(const SortedRow& row) {
    ++(row.tag != 0 ? counts_.positives : counts_.negatives);
    if (held_.size() < kHeldMax) {
      held_.push_back(row);
      return {};
    }
    if (more_ == nullptr) more_ = std::make_unique<RowSorter>(sorting_);
    return more_->Add(row);
  }

  // Visits all of them, and begins anew.
  Result<void> Take(const std::function<Result<void>(const SortedRow& row)>& visit) {
    for (const SortedRow& row : held_) REPRISE_TRY(visit(row));
    if (more_ != nullptr) REPRISE_TRY(more_->Finish(visit));
    held_.clear();
    more_.reset();
    counts_ = {};
    return {};
  }

 private:
  static constexpr std::size_t kHeldMax = std::size_t{1} << 20;

  const RowSorterOptions& sorting_;
  std::vector<SortedRow> held_;
  std::unique_ptr<RowSorter> more_;  // The rest.
  ClassCounts counts_;
};

class AreaComparer {
 public:
  AreaComparer(const CheckedTable& a, const ScoreColumns& a_columns, const CheckedTable& b,
               const ScoreColumns& b_columns, const RowSorterOptions& sorting)
      : a_rows_(a),
        b_rows_(b),
        a_columns_(a_columns),
        b_columns_(b_columns),
        sorting_(sorting),
        a_sorter_(sorting),
        b_sorter_(sorting),
        places_(sorting) {
    result_.a.digest = a.digest;
    result_.b.digest = b.digest;
  }

  Result<AreaDifference> Compare() {
    REPRISE_TRY(a_rows_.Begin());
    REPRISE_TRY(b_rows_.Begin());
    REPRISE_TRY(ReadRows());
    result_.a.rows = a_rows_.row();
    result_.b.rows = b_rows_.row();
    if (!result_.not_comparable.has_value() && !result_.counts.has_both()) {
      result_.not_comparable = "no row with both scores has the one outcome, or none the other";
    }
    if (result_.not_comparable.has_value()) return std::move(result_);
    REPRISE_TRY(FindPlaces(a_sorter_, kA));
    REPRISE_TRY(FindPlaces(b_sorter_, kB));
    REPRISE_TRY(places_.Finish([this](const SortedRow& row) -> Result<void> {
      Pair(row);
      return {};
    }));
    Finish();
    return std::move(result_);
  }

 private:
  enum Model : std::uint64_t { kA = 0, kB = 1 };
  struct Cells {
    std::size_t score = 0;
    std::size_t target = 0;
  };

  static Result<Cells> CellsOf(const CheckedRows& rows, const ScoreColumns& columns) {
    Cells cells;
    REPRISE_ASSIGN_OR_RETURN(cells.score, rows.PlaceOf(columns.score));
    REPRISE_ASSIGN_OR_RETURN(cells.target, rows.PlaceOf(columns.target));
    return cells;
  }

  Result<void> ReadRows() {
    REPRISE_ASSIGN_OR_RETURN(const Cells a, CellsOf(a_rows_, a_columns_));
    REPRISE_ASSIGN_OR_RETURN(const Cells b, CellsOf(b_rows_, b_columns_));
    Outcome a_outcome(a_columns_.positive);
    Outcome b_outcome(b_columns_.positive);
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const bool has_a, a_rows_.Next());
      REPRISE_ASSIGN_OR_RETURN(const bool has_b, b_rows_.Next());
      if (has_a != has_b) {
        result_.not_comparable = "one table of scores has more rows than the other";
        return {};
      }
      if (!has_a) return {};
      REPRISE_ASSIGN_OR_RETURN(const auto a_score, a_rows_.Number(a.score));
      REPRISE_ASSIGN_OR_RETURN(const auto b_score, b_rows_.Number(b.score));
      REPRISE_ASSIGN_OR_RETURN(const auto is_positive, a_outcome.Read(a_rows_, a.target));
      REPRISE_ASSIGN_OR_RETURN(const auto also, b_outcome.Read(b_rows_, b.target));
      if (is_positive != also) {
        result_.not_comparable = "the outcomes in row " + std::to_string(a_rows_.row()) +
                                 " differ: the tables are not about the same rows in one order";
        return {};
      }
      if (!a_score.has_value() || !b_score.has_value() || !is_positive.has_value()) continue;
      ++(*is_positive ? result_.counts.positives : result_.counts.negatives);
      REPRISE_TRY(AddScore(*a_score, a_columns_, *is_positive, a_sorter_));
      REPRISE_TRY(AddScore(*b_score, b_columns_, *is_positive, b_sorter_));
    }
  }

  Result<void> AddScore(double score, const ScoreColumns& columns, bool is_positive,
                        RowSorter& sorter) const {
    const double oriented = columns.higher_is_better ? -score : score;
    return sorter.Add({.key = {OrderOf(oriented), 0}, .tag = is_positive, .row = a_rows_.row()});
  }

  // Sends the place value of each row to `places_`.
  Result<void> FindPlaces(RowSorter& sorter, Model model) {
    RankingTally tally(result_.counts);
    TiedRows tied(sorting_);
    const auto end_score = [&]() -> Result<void> {
      const auto positive = std::bit_cast<std::uint64_t>(tally.PlaceOfPositives(tied.counts()));
      const auto negative = std::bit_cast<std::uint64_t>(tally.PlaceOfNegatives(tied.counts()));
      tally.Add(tied.counts());
      return tied.Take([&](const SortedRow& row) {
        return places_.Add(
            {.key = {row.row, model}, .tag = row.tag != 0 ? positive : negative, .row = row.tag});
      });
    };
    std::uint64_t score = 0;
    REPRISE_TRY(sorter.Finish([&](const SortedRow& row) -> Result<void> {
      if (tied.counts().rows() > 0 && score != row.key[0]) REPRISE_TRY(end_score());
      score = row.key[0];
      return tied.Add(row);
    }));
    REPRISE_TRY(end_score());
    (model == kA ? result_.a_area : result_.b_area) = tally.Finish().area;
    return {};
  }

  // The two place values of a row come one after the other.
  void Pair(const SortedRow& row) {
    const auto place = std::bit_cast<double>(row.tag);
    if (row.key[1] == kA) {
      a_place_ = place;
    } else {
      (row.row != 0 ? positives_ : negatives_).Add(a_place_, place);
    }
  }

  void Finish() {
    const auto variance_of = [](const PairMoments& moments) {
      return moments.Part(moments.aa, moments.a, moments.a) +
             moments.Part(moments.bb, moments.b, moments.b) -
             2 * moments.Part(moments.ab, moments.a, moments.b);
    };
    const double difference = *result_.b_area.value - *result_.a_area.value;
    result_.difference.value = difference;
    if (result_.counts.positives < 2 || result_.counts.negatives < 2) return;
    const auto variance = static_cast<double>(variance_of(positives_) + variance_of(negatives_));
    const double error = std::sqrt(std::max(0.0, variance));
    if (!(error > 0)) return;  // So few rows do not tell how sure it is.
    result_.difference.low = std::max(-1.0, difference - kNormalQuantile975 * error);
    result_.difference.high = std::min(1.0, difference + kNormalQuantile975 * error);
    result_.p_value = std::erfc(std::abs(difference) / error / std::numbers::sqrt2);
  }

  CheckedRows a_rows_;
  CheckedRows b_rows_;
  const ScoreColumns& a_columns_;
  const ScoreColumns& b_columns_;
  const RowSorterOptions& sorting_;
  RowSorter a_sorter_;
  RowSorter b_sorter_;
  RowSorter places_;
  double a_place_ = 0;
  PairMoments positives_;
  PairMoments negatives_;
  AreaDifference result_;
};

}  // namespace

Result<AreaDifference> CompareAreas(const CheckedTable& a, const ScoreColumns& a_columns,
                                    const CheckedTable& b, const ScoreColumns& b_columns,
                                    const RowSorterOptions& sorting) {
  return AreaComparer(a, a_columns, b, b_columns, sorting).Compare();
}

}  // namespace reprise::lineage
