// Both tables are read side by side, once for everything, and as far again as the first rows lie
// that differ.

#include "lineage/diff/table_diff.h"

#include <algorithm>
#include <unordered_map>

#include "lineage/compare/kinds.h"
#include "lineage/compare/text_content.h"
#include "lineage/compare/wording.h"

namespace reprise::lineage {
namespace {

// The columns that both have, by their places.
struct MatchedColumns {
  std::vector<std::string> names;
  std::vector<std::size_t> before;
  std::vector<std::size_t> after;
};

MatchedColumns MatchColumns(const TableShape& before, const TableShape& after, TableDiff& diff) {
  MatchedColumns matched;
  std::unordered_map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < after.columns.size(); ++i) places.emplace(after.columns[i], i);
  std::vector<bool> is_matched(after.columns.size(), false);
  for (std::size_t i = 0; i < before.columns.size(); ++i) {
    const auto found = places.find(before.columns[i]);
    if (found == places.end()) {
      diff.columns_removed.push_back(before.columns[i]);
      continue;
    }
    is_matched[found->second] = true;
    diff.columns_reordered |= !matched.after.empty() && matched.after.back() > found->second;
    matched.names.push_back(before.columns[i]);
    matched.before.push_back(i);
    matched.after.push_back(found->second);
  }
  for (std::size_t i = 0; i < after.columns.size(); ++i) {
    if (!is_matched[i]) diff.columns_added.push_back(after.columns[i]);
  }
  return matched;
}

class TableDiffer {
 public:
  TableDiffer(const ContentSource& before, const ContentSource& after, TableShape before_shape,
              TableShape after_shape, const TableLimits& limits)
      : before_(before),
        after_(after),
        before_shape_(std::move(before_shape)),
        after_shape_(std::move(after_shape)),
        limits_(limits) {
    diff_.has_header = before_shape_.has_header;
    diff_.same_delimiter = before_shape_.delimiter == after_shape_.delimiter;
    matched_ = MatchColumns(before_shape_, after_shape_, diff_);
  }

  // Absent: they are no tables after all, for the reason in `why_not`.
  Result<std::optional<TableDiff>> Diff(std::string& why_not) {
    ColumnCollector collector(matched_.names, limits_.columns);
    RowCounts counts(limits_.rows_held_max, limits_.sorting);
    REPRISE_ASSIGN_OR_RETURN(const bool are_tables, Read(collector, counts, why_not));
    if (!are_tables) return std::optional<TableDiff>();
    diff_.columns = collector.Finish();
    diff_.sampled_share = collector.sampled_share();
    diff_.sampling_error = collector.sampling_error();
    std::ranges::stable_sort(diff_.columns, std::ranges::greater(), [](const ColumnDiff& column) {
      return column.population_stability.value_or(-1);
    });
    if (matched_.names.empty()) return std::optional(std::move(diff_));
    REPRISE_TRY(counts.Finish());
    diff_.rows_removed = counts.removed();
    diff_.rows_added = counts.added();
    REPRISE_TRY(FindExamples(counts));
    diff_.rows_reordered = has_other_place_ && diff_.rows_added == 0U && diff_.rows_removed == 0U;
    return std::optional(std::move(diff_));
  }

 private:
  // Reads both from front to back.
  Result<bool> Read(ColumnCollector& collector, RowCounts& counts, std::string& why_not) {
    TableReader before(before_);
    TableReader after(after_);
    REPRISE_TRY(before.Begin());
    REPRISE_TRY(after.Begin());
    const ComparedRow old_row(before, matched_.before);
    const ComparedRow new_row(after, matched_.after);
    // Rows that are written alike are alike only if their fields are the same columns.
    const bool is_same_order = matched_.before == matched_.after && diff_.same_delimiter &&
                               before_shape_.columns == after_shape_.columns;
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const bool has_before, before.Next());
      REPRISE_ASSIGN_OR_RETURN(const bool has_after, after.Next());
      why_not = before.why_not().empty() ? after.why_not() : before.why_not();
      if (!why_not.empty()) return false;
      if (!has_before && !has_after) break;
      if (has_before) collector.Add(ColumnCollector::kBefore, old_row);
      if (has_after) collector.Add(ColumnCollector::kAfter, new_row);
      if (has_before && has_after && is_same_order && before.text() == after.text()) continue;
      REPRISE_TRY(Count(has_before ? &old_row : nullptr, has_after ? &new_row : nullptr, counts));
    }
    diff_.rows_before = before.row();
    diff_.rows_after = after.row();
    return true;
  }

  // Counts the rows at one place of the two, unless they are equal.
  Result<void> Count(const ComparedRow* before, const ComparedRow* after, RowCounts& counts) {
    std::optional<RowKey> removed;
    std::optional<RowKey> added;
    if (before != nullptr) removed = RowKeyOf(*before);
    if (after != nullptr) added = RowKeyOf(*after);
    if (removed == added) return {};
    has_other_place_ = true;
    if (removed.has_value()) REPRISE_TRY(counts.Add(*removed, true, before->row()));
    if (added.has_value()) REPRISE_TRY(counts.Add(*added, false, after->row()));
    return {};
  }

  // The first rows of those that were counted.
  Result<void> FindExamples(RowCounts& counts) {
    const auto find = [&](const ContentSource& source, const std::vector<std::size_t>& order,
                          bool is_before, std::vector<RowExample>& examples) -> Result<void> {
      const std::uint64_t count = is_before ? counts.removed() : counts.added();
      const std::uint64_t wanted = std::min<std::uint64_t>(count, kListedMax);
      TableReader reader(source);
      const ComparedRow row(reader, order);
      REPRISE_TRY(reader.Begin());
      while (examples.size() < wanted) {
        REPRISE_ASSIGN_OR_RETURN(const bool has_row, reader.Next());
        if (!has_row) break;
        if (!counts.Take(RowKeyOf(row), is_before)) continue;
        std::string_view text = reader.text();
        if (text.ends_with('\n')) text.remove_suffix(1);
        if (text.ends_with('\r')) text.remove_suffix(1);
        examples.push_back({row.row(), Shown(text)});
      }
      return {};
    };
    REPRISE_TRY(find(before_, matched_.before, true, diff_.removed));
    return find(after_, matched_.after, false, diff_.added);
  }

  const ContentSource& before_;
  const ContentSource& after_;
  const TableShape before_shape_;
  const TableShape after_shape_;
  const TableLimits limits_;
  MatchedColumns matched_;
  TableDiff diff_;
  bool has_other_place_ = false;  // Some row is not at the same place in both.
};

}  // namespace

Result<std::optional<TableDiff>> DiffTables(const ContentSource& before, const ContentSource& after,
                                            std::string_view name, std::string& why_not,
                                            const TableLimits& limits) {
  REPRISE_ASSIGN_OR_RETURN(const bool are_text,
                           AreText({.expected = before, .actual = after, .name = name}));
  if (!are_text) return std::optional<TableDiff>();
  REPRISE_ASSIGN_OR_RETURN(auto old_shape, FindTableShape(before, name));
  if (!old_shape.has_value()) return std::optional<TableDiff>();
  REPRISE_ASSIGN_OR_RETURN(auto new_shape, FindTableShape(after, name));
  if (!new_shape.has_value()) return std::optional<TableDiff>();
  if (old_shape->has_header != new_shape->has_header) {
    why_not = "not as a table: only one of them has a header";
    return std::optional<TableDiff>();
  }
  if (std::max(old_shape->columns.size(), new_shape->columns.size()) > kTableColumnsMax) {
    why_not = "not as a table: it has more than " + std::to_string(kTableColumnsMax) + " columns";
    return std::optional<TableDiff>();
  }
  return TableDiffer(before, after, *std::move(old_shape), *std::move(new_shape), limits)
      .Diff(why_not);
}

}  // namespace reprise::lineage
