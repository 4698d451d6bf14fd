// Delimited tables, record by record: records are matched by place, and columns by their names
// where there is a header.

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "lineage/compare/kinds.h"
#include "lineage/compare/table_reader.h"
#include "lineage/compare/text_content.h"
#include "lineage/compare/wording.h"
#include "lineage/run_record.h"
#include "lineage/table/field_value.h"

namespace reprise::lineage {
namespace {

using Fields = std::span<const std::string_view>;

// The finite number that a cell holds.
std::optional<double> FiniteNumber(std::string_view field) {
  if (IsMissing(field)) return std::nullopt;
  const FieldValue value = ReadFieldValue(field);
  if ((value.types & kIsReal) == 0 || !std::isfinite(value.number)) return std::nullopt;
  return value.number;
}

// One column that both have.
struct Column {
  std::string name;
  std::size_t expected = 0;  // Its place.
  std::size_t actual = 0;
  std::uint64_t differing = 0;
  // Of cells that are finite numbers in both.
  std::optional<double> absolute_max;
  std::uint64_t absolute_max_row = 0;
};

struct FirstCell {
  std::uint64_t row = 0;
  std::string column;
  std::string expected;
  std::string actual;
};

class TableComparer {
 public:
  TableComparer(const ContentPair& pair, TableShape expected, TableShape actual)
      : pair_(pair), expected_(std::move(expected)), actual_(std::move(actual)) {
    MatchColumns();
  }

  // False: they are no tables after all, for the reason in `why_not`.
  Result<bool> Compare(std::string& why_not);
  ContentDifference Describe() const;

 private:
  void MatchColumns();
  void CompareRows(Fields expected, Fields actual);
  void CompareCell(Column& column, std::string_view expected, std::string_view actual);
  std::string DescribeColumns() const;
  std::string DescribeRows() const;

  const ContentPair& pair_;
  TableShape expected_;
  TableShape actual_;
  std::vector<Column> columns_;
  std::vector<std::string> added_;
  std::vector<std::string> removed_;
  bool is_reordered_ = false;
  std::uint64_t row_ = 0;  // The one that is compared, from 1 on, without the header.
  std::uint64_t expected_rows_ = 0;
  std::uint64_t actual_rows_ = 0;
  std::uint64_t differing_cells_ = 0;
  std::uint64_t differing_rows_ = 0;
  // Over the records that differ: equal where the same records stand in another order.
  std::uint64_t expected_sum_ = 0;
  std::uint64_t actual_sum_ = 0;
  std::optional<FirstCell> first_;
};

void TableComparer::MatchColumns() {
  const auto& after = actual_.columns;
  std::vector<bool> is_matched(after.size(), false);
  for (std::size_t i = 0; i < expected_.columns.size(); ++i) {
    const auto found = std::ranges::find(after, expected_.columns[i]);
    if (found == after.end()) {
      removed_.push_back(expected_.columns[i]);
      continue;
    }
    const auto place = static_cast<std::size_t>(found - after.begin());
    is_matched[place] = true;
    is_reordered_ |= !columns_.empty() && columns_.back().actual > place;
    columns_.push_back({.name = expected_.columns[i], .expected = i, .actual = place});
  }
  for (std::size_t i = 0; i < after.size(); ++i) {
    if (!is_matched[i]) added_.push_back(after[i]);
  }
}

Result<bool> TableComparer::Compare(std::string& why_not) {
  TableReader before(pair_.expected);
  TableReader after(pair_.actual);
  REPRISE_TRY(before.Begin());
  REPRISE_TRY(after.Begin());
  // What is written alike holds the same cells only in the same columns.
  const bool is_same_shape =
      expected_.columns == actual_.columns && expected_.delimiter == actual_.delimiter;
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const bool has_before, before.Next());
    REPRISE_ASSIGN_OR_RETURN(const bool has_after, after.Next());
    why_not = before.why_not().empty() ? after.why_not() : before.why_not();
    if (!why_not.empty()) return false;
    if (!has_before && !has_after) break;
    ++row_;
    if (has_before && has_after && is_same_shape && before.text() == after.text()) continue;
    if (has_before) expected_sum_ += std::hash<std::string_view>()(before.text());
    if (has_after) actual_sum_ += std::hash<std::string_view>()(after.text());
    if (has_before && has_after) CompareRows(before.fields(), after.fields());
  }
  expected_rows_ = before.row();
  actual_rows_ = after.row();
  return true;
}

void TableComparer::CompareRows(Fields expected, Fields actual) {
  const std::uint64_t before = differing_cells_;
  for (Column& column : columns_) {
    CompareCell(column, expected[column.expected], actual[column.actual]);
  }
  if (differing_cells_ > before) ++differing_rows_;
}

void TableComparer::CompareCell(Column& column, std::string_view expected,
                                std::string_view actual) {
  if (expected == actual) return;
  ++differing_cells_;
  ++column.differing;
  if (!first_.has_value()) {
    first_ = FirstCell{row_, column.name, std::string(expected), std::string(actual)};
  }
  const auto e = FiniteNumber(expected);
  const auto a = FiniteNumber(actual);
  if (!e.has_value() || !a.has_value()) return;
  const double absolute = std::abs(*e - *a);
  if (column.absolute_max.has_value() && absolute <= *column.absolute_max) return;
  column.absolute_max = absolute;
  column.absolute_max_row = row_;
}

std::string TableComparer::DescribeColumns() const {
  std::string text;
  const auto say = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (!removed_.empty()) say("columns removed: " + ListQuoted(removed_));
  if (!added_.empty()) say("columns added: " + ListQuoted(added_));
  if (is_reordered_) say("columns in another order");
  if (expected_.delimiter != actual_.delimiter) say("another delimiter");
  return text;
}

std::string TableComparer::DescribeRows() const {
  std::string text;
  const auto say = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (expected_rows_ != actual_rows_) {
    say(Counted(expected_rows_, "row") + " became " + std::to_string(actual_rows_));
  }
  if (!first_.has_value()) return text;
  const auto [e, a] = QuotedPair(first_->expected, first_->actual);
  say("row " + std::to_string(first_->row) + ", column " + Quoted(first_->column) + ": " + e +
      " became " + a);
  if (expected_rows_ == actual_rows_ && differing_rows_ > 1 && expected_sum_ == actual_sum_) {
    say("the same rows in another order");
    return text;
  }
  const std::uint64_t cells = std::min(expected_rows_, actual_rows_) * columns_.size();
  say(CountOf(differing_cells_, cells, "cell"));
  const auto farthest = std::ranges::max_element(
      columns_, {}, [](const Column& column) { return column.absolute_max.value_or(-1); });
  if (farthest->absolute_max.has_value()) {
    say("by up to " + BriefNumber(*farthest->absolute_max) + " in column " +
        Quoted(farthest->name) + ", row " + std::to_string(farthest->absolute_max_row));
  }
  return text;
}

Json NamesToJson(const std::vector<std::string>& names) {
  Json json = Json::Array{};
  for (std::size_t i = 0; i < std::min(names.size(), kListedMax); ++i) {
    json.Append(Shown(names[i]));
  }
  return json;
}

ContentDifference TableComparer::Describe() const {
  const std::string columns = DescribeColumns();
  const std::string rows = DescribeRows();
  std::string sentence = columns + (columns.empty() || rows.empty() ? "" : "; ") + rows;
  if (sentence.empty()) sentence = "the same cells; only quotes or the ends of lines differ";
  Json first;
  if (first_.has_value()) {
    first.Set("row", CountToJson(first_->row))
        .Set("column", Shown(first_->column))
        .Set("expected", Shown(first_->expected))
        .Set("actual", Shown(first_->actual));
  }
  Json numbers = Json::Array{};
  for (const Column& column : columns_) {
    if (!column.absolute_max.has_value() || numbers.as_array().size() == kListedMax) continue;
    numbers.Append(Json()
                       .Set("column", Shown(column.name))
                       .Set("differing", CountToJson(column.differing))
                       .Set("absolute_max", NumberToJson(*column.absolute_max))
                       .Set("row", CountToJson(column.absolute_max_row)));
  }
  Json details = Json()
                     .Set("has_header", expected_.has_header)
                     .Set("columns_added", NamesToJson(added_))
                     .Set("columns_removed", NamesToJson(removed_))
                     .Set("columns_added_count", CountToJson(added_.size()))
                     .Set("columns_removed_count", CountToJson(removed_.size()))
                     .Set("columns_reordered", is_reordered_)
                     .Set("expected_rows", CountToJson(expected_rows_))
                     .Set("actual_rows", CountToJson(actual_rows_))
                     .Set("differing_rows", CountToJson(differing_rows_))
                     .Set("differing_cells", CountToJson(differing_cells_))
                     .Set("only_order", expected_rows_ == actual_rows_ && differing_rows_ > 1 &&
                                            expected_sum_ == actual_sum_)
                     .Set("first", std::move(first))
                     .Set("numbers", std::move(numbers));
  return {.kind = "csv", .sentence = std::move(sentence), .details = std::move(details)};
}

}  // namespace

Result<std::optional<ContentDifference>> CompareTables(const ContentPair& pair,
                                                       std::string& why_not) {
  REPRISE_ASSIGN_OR_RETURN(const bool are_text, AreText(pair));
  if (!are_text) return std::optional<ContentDifference>();
  REPRISE_ASSIGN_OR_RETURN(auto expected, FindTableShape(pair.expected, pair.name));
  if (!expected.has_value()) return std::optional<ContentDifference>();
  REPRISE_ASSIGN_OR_RETURN(auto actual, FindTableShape(pair.actual, pair.name));
  if (!actual.has_value()) return std::optional<ContentDifference>();
  if (expected->has_header != actual->has_header) {
    why_not = "not as a table: only one of them has a header";
    return std::optional<ContentDifference>();
  }
  TableComparer comparer(pair, *std::move(expected), *std::move(actual));
  REPRISE_ASSIGN_OR_RETURN(const bool are_tables, comparer.Compare(why_not));
  if (!are_tables) return std::optional<ContentDifference>();
  return std::optional(comparer.Describe());
}

}  // namespace reprise::lineage
