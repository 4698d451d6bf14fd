// Both tables are read side by side, once for everything if what differs fits into memory.

#include "lineage/diff/table_diff.h"

#include <algorithm>
#include <unordered_map>

#include "lineage/compare/kinds.h"
#include "lineage/compare/text_content.h"
#include "lineage/compare/wording.h"

namespace reprise::lineage {
namespace {

// A byte order mark is none of the first field.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Result<std::uint64_t> MarkBytes(const ContentSource& source) {
  REPRISE_ASSIGN_OR_RETURN(const std::string begin, ReadText(source, 0, kByteOrderMark.size()));
  return begin == kByteOrderMark ? begin.size() : 0;
}

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
    RowCounts counts(limits_.rows_held_max, 0, 1);
    REPRISE_ASSIGN_OR_RETURN(const bool are_tables, Read(&collector, counts, why_not));
    if (!are_tables) return std::optional<TableDiff>();
    diff_.columns = collector.Finish();
    diff_.sampled_share = collector.sampled_share();
    diff_.sampling_error = collector.sampling_error();
    std::ranges::stable_sort(diff_.columns, std::ranges::greater(), [](const ColumnDiff& column) {
      return column.population_stability.value_or(-1);
    });
    if (matched_.names.empty()) return std::optional(std::move(diff_));
    if (counts.has_overflowed()) {
      REPRISE_TRY(CountInParts());
    } else {
      diff_.rows_removed = counts.removed();
      diff_.rows_added = counts.added();
      REPRISE_TRY(FindExamples(counts));
    }
    diff_.rows_reordered = has_other_place_ && diff_.rows_added == 0U && diff_.rows_removed == 0U;
    return std::optional(std::move(diff_));
  }

 private:
  // Reads both from front to back into `counts` and, if given, `collector`.
  Result<bool> Read(ColumnCollector* collector, RowCounts& counts, std::string& why_not) {
    TableRows before(before_, before_shape_, matched_.before);
    TableRows after(after_, after_shape_, matched_.after);
    // Rows that are written alike are alike only if their fields are the same columns.
    const bool is_same_order = matched_.before == matched_.after && diff_.same_delimiter &&
                               before_shape_.columns == after_shape_.columns;
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(const bool has_before, before.Next());
      REPRISE_ASSIGN_OR_RETURN(const bool has_after, after.Next());
      if ((has_before && !before.Split()) || (has_after && !after.Split()) ||
          !before.why_not().empty() || !after.why_not().empty()) {
        why_not = before.why_not().empty() ? after.why_not() : before.why_not();
        return false;
      }
      if (!has_before && !has_after) break;
      if (collector != nullptr && has_before) collector->Add(ColumnCollector::kBefore, before);
      if (collector != nullptr && has_after) collector->Add(ColumnCollector::kAfter, after);
      if (has_before && has_after && is_same_order && before.text() == after.text()) continue;
      AddKeys(before, has_before, after, has_after, counts);
    }
    diff_.rows_before = before.row();
    diff_.rows_after = after.row();
    return true;
  }

  void AddKeys(const TableRows& before, bool has_before, const TableRows& after, bool has_after,
               RowCounts& counts) {
    std::optional<RowKey> removed;
    std::optional<RowKey> added;
    if (has_before) removed = RowKeyOf(before);
    if (has_after) added = RowKeyOf(after);
    if (removed == added) return;
    has_other_place_ = true;
    if (removed.has_value()) counts.Add(*removed, 1);
    if (added.has_value()) counts.Add(*added, -1);
  }

  // Counts what differs part by part, so that no part is too much for memory.
  Result<void> CountInParts() {
    // Even if no row were in both, a part has so few that chance hardly makes it too many.
    const std::uint64_t parts =
        1 + 2 * (diff_.rows_before + diff_.rows_after) / limits_.rows_held_max;
    if (parts > limits_.parts_max) return {};
    std::uint64_t added = 0;
    std::uint64_t removed = 0;
    std::string why_not;
    for (std::uint64_t part = 0; part < parts; ++part) {
      RowCounts counts(limits_.rows_held_max, part, parts);
      REPRISE_TRY(Read(nullptr, counts, why_not));
      if (counts.has_overflowed()) return {};
      added += counts.added();
      removed += counts.removed();
      if (part == 0) REPRISE_TRY(FindExamples(counts));
    }
    diff_.rows_added = added;
    diff_.rows_removed = removed;
    return {};
  }

  // The first rows of those that were counted.
  Result<void> FindExamples(RowCounts& counts) {
    const auto find = [&](const ContentSource& source, const TableShape& shape,
                          const std::vector<std::size_t>& order, bool is_before,
                          std::vector<RowExample>& examples) -> Result<void> {
      const std::uint64_t count = is_before ? counts.removed() : counts.added();
      const std::uint64_t wanted = std::min<std::uint64_t>(count, kListedMax);
      TableRows rows(source, shape, order);
      while (examples.size() < wanted) {
        REPRISE_ASSIGN_OR_RETURN(const bool has_row, rows.Next());
        if (!has_row || !rows.Split()) break;
        if (!counts.Take(RowKeyOf(rows), is_before)) continue;
        std::string_view text = rows.text();
        if (text.ends_with('\n')) text.remove_suffix(1);
        if (text.ends_with('\r')) text.remove_suffix(1);
        examples.push_back({rows.row(), Shown(text)});
      }
      return {};
    };
    REPRISE_TRY(find(before_, before_shape_, matched_.before, true, diff_.removed));
    return find(after_, after_shape_, matched_.after, false, diff_.added);
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
  REPRISE_ASSIGN_OR_RETURN(const std::uint64_t old_mark, MarkBytes(before));
  REPRISE_ASSIGN_OR_RETURN(const std::uint64_t new_mark, MarkBytes(after));
  const ContentRange old_content(before, old_mark, before.size_bytes() - old_mark);
  const ContentRange new_content(after, new_mark, after.size_bytes() - new_mark);
  REPRISE_ASSIGN_OR_RETURN(const bool are_text,
                           AreText({.expected = old_content, .actual = new_content, .name = name}));
  if (!are_text) return std::optional<TableDiff>();
  REPRISE_ASSIGN_OR_RETURN(auto old_shape, FindTableShape(old_content, name));
  if (!old_shape.has_value()) return std::optional<TableDiff>();
  REPRISE_ASSIGN_OR_RETURN(auto new_shape, FindTableShape(new_content, name));
  if (!new_shape.has_value()) return std::optional<TableDiff>();
  if (old_shape->has_header != new_shape->has_header) {
    why_not = "not as a table: only one of them has a header";
    return std::optional<TableDiff>();
  }
  if (std::max(old_shape->columns.size(), new_shape->columns.size()) > kTableColumnsMax) {
    why_not = "not as a table: it has more than " + std::to_string(kTableColumnsMax) + " columns";
    return std::optional<TableDiff>();
  }
  return TableDiffer(old_content, new_content, *std::move(old_shape), *std::move(new_shape), limits)
      .Diff(why_not);
}

}  // namespace reprise::lineage
