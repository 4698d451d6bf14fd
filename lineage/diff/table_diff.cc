// Both tables are read side by side, once for everything, and as far again as the first rows lie
// that differ.

#include "lineage/diff/table_diff.h"

#include <algorithm>
#include <iterator>
#include <set>
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
    diff_.has_repeated_names = before_shape_.has_repeated_names || after_shape_.has_repeated_names;
    diff_.columns_withheld = PersonalColumns(before_shape_, after_shape_, limits.is_personal);
    matched_ = MatchColumns(before_shape_, after_shape_, diff_);
  }

  // Absent: they are no tables after all, for the reason in `why_not`.
  Result<std::optional<TableDiff>> Diff(std::string& why_not) {
    ColumnCollector collector(matched_.names, limits_.columns);
    RowCounts counts(limits_.rows_held_max, limits_.sorting);
    REPRISE_ASSIGN_OR_RETURN(const bool are_tables, Read(collector, counts, why_not));
    if (!are_tables) return std::optional<TableDiff>();
    diff_.columns = collector.Finish();
    for (ColumnDiff& column : diff_.columns) {
      if (IsWithheld(column.name)) Withhold(column);
    }
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
    const auto wanted = [&](std::uint64_t count) {
      return std::min<std::uint64_t>(count,
                                     std::min(limits_.rows_listed_max, limits_.rows_held_max));
    };
    const std::uint64_t removed_wanted = wanted(counts.removed());
    const std::uint64_t added_wanted = wanted(counts.added());
    TableReader before(before_);
    TableReader after(after_);
    REPRISE_TRY(before.Begin());
    REPRISE_TRY(after.Begin());
    const ComparedRow old_row(before, matched_.before);
    const ComparedRow new_row(after, matched_.after);
    while (diff_.removed.size() < removed_wanted || diff_.added.size() < added_wanted) {
      REPRISE_ASSIGN_OR_RETURN(const bool has_before, before.Next());
      REPRISE_ASSIGN_OR_RETURN(const bool has_after, after.Next());
      if (!has_before && !has_after) break;
      std::optional<RowKey> removed;
      std::optional<RowKey> added;
      if (has_before) removed = RowKeyOf(old_row);
      if (has_after) added = RowKeyOf(new_row);
      if (removed == added) continue;
      if (has_before && diff_.removed.size() < removed_wanted && counts.Take(*removed, true)) {
        diff_.removed.push_back({before.row(), TextOf(before)});
      }
      if (has_after && diff_.added.size() < added_wanted && counts.Take(*added, false)) {
        diff_.added.push_back({after.row(), TextOf(after)});
      }
    }
    return {};
  }

  bool IsWithheld(const std::string& column) const {
    return std::ranges::binary_search(diff_.columns_withheld, column);
  }

  // What a column holds is told, and not which.
  static void Withhold(ColumnDiff& column) {
    column.is_withheld = true;
    for (ColumnSide* const side : {&column.before, &column.after}) {
      side->min.reset();
      side->max.reset();
      side->mean.reset();
    }
    column.added.clear();
    column.removed.clear();
  }

  // The row at which the reader stands, without the values that are withheld.
  std::string TextOf(const TableReader& reader) const {
    const TableShape& shape = reader.shape();
    if (std::ranges::none_of(shape.columns,
                             [&](const std::string& column) { return IsWithheld(column); })) {
      std::string_view text = reader.text();
      if (text.ends_with('\n')) text.remove_suffix(1);
      if (text.ends_with('\r')) text.remove_suffix(1);
      return Shown(text);
    }
    std::string text;
    for (std::size_t i = 0; i < shape.columns.size(); ++i) {
      if (i > 0) text += shape.delimiter;
      if (IsWithheld(shape.columns[i])) {
        text += kWithheldValue;
      } else {
        AppendField(reader.fields()[i], shape.delimiter, text);
      }
    }
    return Shown(text);
  }

  // In quotes where it needs them (RFC 4180).
  static void AppendField(std::string_view field, char delimiter, std::string& text) {
    const std::string special{delimiter, '"', '\r', '\n'};
    if (field.find_first_of(special) == field.npos) {
      text += field;
      return;
    }
    text += '"';
    for (const char c : field) {
      text += c;
      if (c == '"') text += c;
    }
    text += '"';
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

std::vector<std::string> PersonalColumns(const TableShape& before, const TableShape& after,
                                         const IsPersonal& is_personal) {
  std::set<std::string> columns;
  if (is_personal == nullptr) return {};
  for (const TableShape* const shape : {&before, &after}) {
    std::ranges::copy_if(shape->columns, std::inserter(columns, columns.end()), is_personal);
  }
  return {columns.begin(), columns.end()};
}

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
