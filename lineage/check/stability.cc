// The scores of both tables are sorted together, so that one pass over them finds the deciles of
// the reference, counts both in the bins, and sees where their distribution functions part most.

#include "lineage/check/stability.h"

#include <algorithm>
#include <cmath>

#include "lineage/compare/wording.h"
#include "lineage/diff/distribution.h"

namespace reprise::lineage {
namespace {

enum Side : std::uint64_t { kReference = 0, kCurrent = 1 };

struct SideCounts {
  std::uint64_t scored = 0;
  std::uint64_t missing = 0;
};

Result<SideCounts> AddScores(const CheckedTable& table, const std::string& score, Side side,
                             RowSorter& sorter, std::uint64_t& row_count) {
  CheckedRows rows(table);
  REPRISE_TRY(rows.Begin());
  REPRISE_ASSIGN_OR_RETURN(const std::size_t place, rows.PlaceOf(score));
  SideCounts counts;
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const bool has_row, rows.Next());
    if (!has_row) break;
    REPRISE_ASSIGN_OR_RETURN(const auto number, rows.Number(place));
    if (!number.has_value()) {
      ++counts.missing;
      continue;
    }
    ++counts.scored;
    REPRISE_TRY(sorter.Add({.key = {OrderOf(*number), 0}, .tag = side, .row = 0}));
  }
  row_count = rows.row();
  if (counts.scored == 0) return rows.Wrong("no row has a score in " + Quoted(score));
  return counts;
}

// What one pass over the sorted scores finds.
class BinCounter {
 public:
  BinCounter(std::uint64_t expected, std::uint64_t actual) : expected_(expected), actual_(actual) {}

  void Add(double score, Side side) {
    if (!has_score_ || score != score_) Flush();
    has_score_ = true;
    score_ = score;
    ++(side == kReference ? bin_.expected : bin_.actual);
    ++(side == kReference ? seen_expected_ : seen_actual_);
  }

  void Finish(StabilityCheck& check) {
    Flush();
    bins_.push_back(bin_);
    std::vector<std::uint64_t> before;
    std::vector<std::uint64_t> after;
    for (const StabilityBin& bin : bins_) {
      before.push_back(bin.expected);
      after.push_back(bin.actual);
    }
    check.population_stability = PopulationStability(before, after);
    check.stability_by_chance = StabilityByChance(before, after);
    check.kolmogorov_smirnov = distance_;
    check.bins = std::move(bins_);
  }

 private:
  // All rows with one score have come.
  void Flush() {
    if (!has_score_) return;
    const double distance =
        std::abs(static_cast<double>(seen_expected_) / static_cast<double>(expected_) -
                 static_cast<double>(seen_actual_) / static_cast<double>(actual_));
    distance_ = std::max(distance_, distance);
    bool is_edge = false;
    while (next_decile_ < kBins && seen_expected_ >= RankOf(next_decile_)) {
      is_edge = true;
      ++next_decile_;
    }
    if (!is_edge) return;
    bin_.to = score_;
    bins_.push_back(bin_);
    bin_ = {.from = score_, .to = {}};
  }

  // As DecileEdges() has it.
  std::uint64_t RankOf(std::uint64_t decile) const {
    return (expected_ * decile + kBins - 1) / kBins;
  }

  static constexpr std::uint64_t kBins = 10;
  const std::uint64_t expected_;
  const std::uint64_t actual_;
  bool has_score_ = false;
  double score_ = 0;
  std::uint64_t seen_expected_ = 0;
  std::uint64_t seen_actual_ = 0;
  std::uint64_t next_decile_ = 1;
  double distance_ = 0;
  StabilityBin bin_;
  std::vector<StabilityBin> bins_;
};

}  // namespace

Result<StabilityCheck> CheckStability(const CheckedTable& reference, const CheckedTable& current,
                                      const std::string& score, const RowSorterOptions& sorting) {
  StabilityCheck check;
  check.reference.digest = reference.digest;
  check.current.digest = current.digest;
  check.score = score;
  RowSorter sorter(sorting);
  REPRISE_ASSIGN_OR_RETURN(const SideCounts expected,
                           AddScores(reference, score, kReference, sorter, check.reference.rows));
  REPRISE_ASSIGN_OR_RETURN(const SideCounts actual,
                           AddScores(current, score, kCurrent, sorter, check.current.rows));
  check.reference_missing = expected.missing;
  check.current_missing = actual.missing;
  BinCounter counter(expected.scored, actual.scored);
  REPRISE_TRY(sorter.Finish([&](const SortedRow& row) -> Result<void> {
    counter.Add(NumberOf(row.key[0]), static_cast<Side>(row.tag));
    return {};
  }));
  counter.Finish(check);
  return check;
}

}  // namespace reprise::lineage
