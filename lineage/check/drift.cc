#include "lineage/check/drift.h"

#include <algorithm>
#include <memory>

#include "lineage/compare/wording.h"

namespace reprise::lineage {
namespace {

constexpr double kModerateShift = 0.1;  // Siddiqi 2006.
constexpr double kLargeShift = 0.25;

std::string_view StateOf(const ColumnDiff& column) {
  if (!column.population_stability.has_value()) return "not compared";
  const double index = *column.population_stability;
  if (index < kModerateShift) return "stable";
  if (index < column.stability_by_chance) return "within chance";
  return index < kLargeShift ? "moderate shift" : "large shift";
}

std::string_view TypeOf(const ColumnDiff& column) {
  if (column.is_number) return "number";
  const bool has_values =
      column.before.rows > column.before.missing || column.after.rows > column.after.missing;
  return has_values ? "category" : "unknown";
}

class DriftChecker {
 public:
  DriftChecker(const std::vector<CheckedTable>& reference, const CheckedTable& current,
               const DriftOptions& options)
      : options_(options), current_(current) {
    for (const CheckedTable& table : reference) {
      reference_.push_back(std::make_unique<CheckedRows>(table));
    }
  }

  Result<DriftCheck> Check() {
    REPRISE_TRY(current_.Begin());
    for (const auto& rows : reference_) REPRISE_TRY(rows->Begin());
    REPRISE_TRY(ChooseColumns());
    ColumnCollector collector(shared_, options_.limits);
    for (const auto& rows : reference_) {
      REPRISE_TRY(Collect(*rows, ColumnCollector::kBefore, collector, check_.reference.rows));
    }
    REPRISE_TRY(Collect(current_, ColumnCollector::kAfter, collector, check_.current.rows));
    // Of nothing no column has drifted, and no gate may pass on that.
    const std::string none = "it has no rows below its header";
    if (check_.reference.rows == 0) return reference_.front()->Wrong(none);
    if (check_.current.rows == 0) return current_.Wrong(none);
    Report(collector.Finish());
    check_.sampled_share = collector.sampled_share();
    check_.sampling_error = collector.sampling_error();
    return std::move(check_);
  }

 private:
  static bool Has(const CheckedRows& rows, const std::string& name) {
    return std::ranges::find(rows.columns(), name) != rows.columns().end();
  }

  // Which columns are asked for, and which of them both have.
  Result<void> ChooseColumns() {
    asked_ = options_.columns.empty() ? reference_.front()->columns() : options_.columns;
    for (const std::string& name : asked_) {
      for (const auto& rows : reference_) REPRISE_TRY(rows->PlaceOf(name));
      if (Has(current_, name)) shared_.push_back(name);
    }
    return {};
  }

  static Result<void> CollectRows(CheckedRows& rows, const std::vector<std::size_t>& places,
                                  ColumnCollector::Side side, ColumnCollector& collector) {
    const ComparedRow row(rows.reader(), places);
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const bool has_row, rows.Next());
      if (!has_row) return {};
      collector.Add(side, row);
    }
  }

  Result<void> Collect(CheckedRows& rows, ColumnCollector::Side side, ColumnCollector& collector,
                       std::uint64_t& count) const {
    std::vector<std::size_t> places;
    for (const std::string& name : shared_) {
      REPRISE_ASSIGN_OR_RETURN(const std::size_t place, rows.PlaceOf(name));
      places.push_back(place);
    }
    REPRISE_TRY(CollectRows(rows, places, side, collector));
    count += rows.row();
    return {};
  }

  void Report(const std::vector<ColumnDiff>& diffs) {
    auto next = diffs.begin();  // They are in the order of `shared_`.
    for (const std::string& name : asked_) {
      if (next == diffs.end() || next->name != name) {
        check_.columns.push_back({name, "unknown", std::nullopt, std::nullopt, "missing"});
        continue;
      }
      check_.columns.push_back({name, TypeOf(*next), next->kolmogorov_smirnov,
                                next->population_stability, StateOf(*next)});
      ++next;
    }
    if (!options_.columns.empty()) return;
    for (const std::string& name : current_.columns()) {
      if (Has(*reference_.front(), name)) continue;
      check_.columns.push_back({name, "unknown", std::nullopt, std::nullopt, "added"});
    }
  }

  const DriftOptions& options_;
  std::vector<std::unique_ptr<CheckedRows>> reference_;
  CheckedRows current_;
  std::vector<std::string> asked_;
  std::vector<std::string> shared_;
  DriftCheck check_;
};

}  // namespace

Result<DriftCheck> CheckDrift(const std::vector<CheckedTable>& reference, const Digest& digest,
                              const CheckedTable& current, const DriftOptions& options) {
  REPRISE_ASSIGN_OR_RETURN(DriftCheck check, DriftChecker(reference, current, options).Check());
  check.reference.digest = digest;
  check.current.digest = current.digest;
  return check;
}

}  // namespace reprise::lineage
