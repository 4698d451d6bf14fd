#include "lineage/check/calibration.h"

#include "lineage/compare/wording.h"

namespace reprise::lineage {
namespace {

// Parts rows that come in the order of their predictions into bins.
class Binner {
 public:
  Binner(std::uint64_t rows, std::uint64_t bins) : rows_(rows), bins_max_(bins) {}

  void Add(double predicted, bool is_positive) {
    if (in_bin_ > 0 && predicted != last_ && seen_ >= EndOf(next_)) Close();
    last_ = predicted;
    sum_ += predicted;
    ++seen_;
    ++in_bin_;
    if (is_positive) ++positives_;
  }

  std::vector<CalibrationBin> Finish() {
    if (in_bin_ > 0) Close();
    return std::move(bins_);
  }

 private:
  // How many rows the first `bin` bins have together, if no ties are in the way.
  std::uint64_t EndOf(std::uint64_t bin) const { return (rows_ * bin + bins_max_ - 1) / bins_max_; }

  void Close() {
    bins_.push_back({static_cast<double>(sum_ / static_cast<long double>(in_bin_)),
                     ShareOf(positives_, in_bin_), in_bin_});
    while (next_ < bins_max_ && EndOf(next_) <= seen_) ++next_;
    sum_ = 0;
    in_bin_ = 0;
    positives_ = 0;
  }

  const std::uint64_t rows_;
  const std::uint64_t bins_max_;
  std::uint64_t next_ = 1;
  std::uint64_t seen_ = 0;
  double last_ = 0;
  long double sum_ = 0;
  std::uint64_t in_bin_ = 0;
  std::uint64_t positives_ = 0;
  std::vector<CalibrationBin> bins_;
};

}  // namespace

Result<CalibrationCheck> CheckCalibration(const CheckedTable& data, const ScoreColumns& columns,
                                          std::uint64_t bins, const RowSorterOptions& sorting) {
  CheckedRows rows(data);
  REPRISE_TRY(rows.Begin());
  ScoreReader reader(rows, columns);
  REPRISE_TRY(reader.Begin());
  RowSorter sorter(sorting);
  long double squares = 0;
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const auto row, reader.Next());
    if (!row.has_value()) break;
    if (row->score < 0 || row->score > 1) {
      return rows.WrongRow(BriefNumber(row->score) + " in the column " + Quoted(columns.score) +
                           " is no probability, and calibration is about those");
    }
    const long double off = row->score - (row->is_positive ? 1.0 : 0.0);
    squares += off * off;
    REPRISE_TRY(sorter.Add({.key = {OrderOf(row->score), 0}, .tag = row->is_positive, .row = 0}));
  }
  const std::uint64_t count = reader.counts().rows();
  if (count == 0) return rows.Wrong("no row has both a prediction and an outcome");
  CalibrationCheck check;
  check.data = {data.digest, rows.row()};
  check.columns = columns;
  check.positive = reader.positive();
  check.left_out = reader.left_out();
  check.brier = static_cast<double>(squares / static_cast<long double>(count));
  Binner binner(count, bins);
  REPRISE_TRY(sorter.Finish([&](const SortedRow& row) -> Result<void> {
    binner.Add(NumberOf(row.key[0]), row.tag != 0);
    return {};
  }));
  check.bins = binner.Finish();
  return check;
}

}  // namespace reprise::lineage
