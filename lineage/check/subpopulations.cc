// The groups of a row travel with its score through the sort, a byte for each column; then one pass
// in the order of the scores ranks all groups at once.

#include "lineage/check/subpopulations.h"

#include "lineage/compare/wording.h"

namespace reprise::lineage {
namespace {

static_assert(kGroupsMax < 256);  // With kMissingGroup: a byte holds the number of a group.

constexpr std::size_t kBytesInWord = 8;

// A group while its rows are counted, then ranked.
struct Tally {
  ClassCounts counts;
  std::uint64_t approved = 0;
  std::optional<RankingTally> ranking;
  ClassCounts tied;  // Rows of the score that is under way.
};

class SubpopulationChecker {
 public:
  SubpopulationChecker(const CheckedTable& data, const SubpopulationOptions& options)
      : data_(data),
        options_(options),
        groups_(options.groups.size()),
        tallies_(options.groups.size()),
        sorter_(options.sorting) {}

  Result<SubpopulationCheck> Check() {
    REPRISE_TRY(LearnGroups());
    REPRISE_TRY(CountRows());
    BeginRanking(overall_);
    for (auto& column : tallies_) {
      for (Tally& tally : column) BeginRanking(tally);
    }
    REPRISE_TRY(sorter_.Finish([this](const SortedRow& row) -> Result<void> {
      Rank(row);
      return {};
    }));
    EndScore();
    Report();
    return std::move(check_);
  }

 private:
  Result<std::vector<std::size_t>> PlacesOfGroups(const CheckedRows& rows) const {
    std::vector<std::size_t> places;
    for (const std::string& name : options_.groups) {
      REPRISE_ASSIGN_OR_RETURN(const std::size_t place, rows.PlaceOf(name));
      places.push_back(place);
    }
    return places;
  }

  Result<void> LearnGroups() {
    CheckedRows rows(data_);
    REPRISE_TRY(rows.Begin());
    REPRISE_ASSIGN_OR_RETURN(const auto places, PlacesOfGroups(rows));
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const bool has_row, rows.Next());
      if (!has_row) break;
      for (std::size_t i = 0; i < places.size(); ++i) groups_[i].Learn(rows.field(places[i]));
    }
    for (std::size_t i = 0; i < groups_.size(); ++i) {
      if (auto finished = groups_[i].Finish(); !finished.ok()) {
        return rows.Wrong("the column " + Quoted(options_.groups[i]) + ": " +
                          finished.error().message);
      }
      tallies_[i].resize(groups_[i].names().size());
    }
    return {};
  }

  Result<void> CountRows() {
    CheckedRows rows(data_);
    REPRISE_TRY(rows.Begin());
    REPRISE_ASSIGN_OR_RETURN(const auto places, PlacesOfGroups(rows));
    ScoreReader reader(rows, options_.columns);
    REPRISE_TRY(reader.Begin());
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const auto row, reader.Next());
      if (!row.has_value()) break;
      SortedRow sorted{.key = {OrderOf(row->score), 0}, .tag = 0, .row = row->is_positive};
      Count(*row, overall_);
      for (std::size_t i = 0; i < places.size(); ++i) {
        const std::size_t group = groups_[i].GroupOf(rows.field(places[i]));
        Count(*row, tallies_[i][group]);
        WordOf(i, sorted) |= static_cast<std::uint64_t>(group) << ShiftOf(i);
      }
      REPRISE_TRY(sorter_.Add(sorted));
    }
    if (overall_.counts.rows() == 0) return rows.Wrong("no row has both a score and an outcome");
    check_.data = {data_.digest, rows.row()};
    check_.positive = reader.positive();
    check_.left_out = reader.left_out();
    return {};
  }

  static std::uint64_t& WordOf(std::size_t column, SortedRow& row) {
    return column < kBytesInWord ? row.key[1] : row.tag;
  }
  static std::size_t ShiftOf(std::size_t column) { return column % kBytesInWord * 8; }

  void Count(const ScoredRow& row, Tally& tally) const {
    ++(row.is_positive ? tally.counts.positives : tally.counts.negatives);
    if (!options_.threshold.has_value()) return;
    const double limit =
        options_.columns.higher_is_better ? -*options_.threshold : *options_.threshold;
    if (row.score <= limit) ++tally.approved;
  }

  static void BeginRanking(Tally& tally) { tally.ranking.emplace(tally.counts); }

  void Rank(SortedRow row) {
    if (!touched_.empty() && row.key[0] != score_) EndScore();
    score_ = row.key[0];
    Tie(row.row != 0, overall_);
    for (std::size_t i = 0; i < tallies_.size(); ++i) {
      Tie(row.row != 0, tallies_[i][WordOf(i, row) >> ShiftOf(i) & 0xff]);
    }
  }

  void Tie(bool is_positive, Tally& tally) {
    if (tally.tied.rows() == 0) touched_.push_back(&tally);
    ++(is_positive ? tally.tied.positives : tally.tied.negatives);
  }

  // All rows with one score have come.
  void EndScore() {
    for (Tally* const tally : touched_) {
      tally->ranking->Add(tally->tied);
      tally->tied = {};
    }
    touched_.clear();
  }

  GroupResult ResultOf(const Tally& tally, std::string column, std::string group) const {
    GroupResult result{std::move(column), std::move(group), tally.counts.rows(), {}, {}, {}};
    result.ranking = tally.ranking->Finish();
    result.positive_rate = ShareOf(tally.counts.positives, result.rows);
    if (options_.threshold.has_value()) {
      result.approval_rate = ShareOf(tally.approved, result.rows);
    }
    return result;
  }

  void Report() {
    check_.columns = options_.columns;
    check_.threshold = options_.threshold;
    check_.overall = ResultOf(overall_, "", "");
    for (std::size_t i = 0; i < tallies_.size(); ++i) {
      for (std::size_t group = 0; group < tallies_[i].size(); ++group) {
        const Tally& tally = tallies_[i][group];
        if (tally.counts.rows() == 0) continue;
        check_.groups.push_back(ResultOf(tally, options_.groups[i], groups_[i].names()[group]));
      }
    }
  }

  const CheckedTable& data_;
  const SubpopulationOptions& options_;
  std::vector<ColumnGroups> groups_;
  std::vector<std::vector<Tally>> tallies_;  // By column, then group.
  Tally overall_;
  std::uint64_t score_ = 0;      // That is under way.
  std::vector<Tally*> touched_;  // Groups with rows that have it.
  RowSorter sorter_;
  SubpopulationCheck check_;
};

}  // namespace

Result<SubpopulationCheck> CheckSubpopulations(const CheckedTable& data,
                                               const SubpopulationOptions& options) {
  return SubpopulationChecker(data, options).Check();
}

}  // namespace reprise::lineage
