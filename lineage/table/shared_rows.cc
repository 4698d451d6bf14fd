#include "lineage/table/shared_rows.h"

#include <algorithm>

#include "lineage/table/field_value.h"
#include "lineage/table/header.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {

RowHasher::RowHasher(std::vector<std::string> columns, Visit visit)
    : columns_(std::move(columns)),
      visit_(std::move(visit)),
      counts_(columns_.size(), ValueCounts(CountedValuesMax(columns_.size()))),
      reader_([this](std::span<const std::string_view> fields) { return AddRecord(fields); }) {}

Result<void> RowHasher::FindColumns(const std::vector<std::string>& names) {
  width_ = names.size();
  for (const std::string& column : columns_) {
    const auto found = std::ranges::find(names, column);
    if (found == names.end()) {
      return Error{ErrorCode::kInvalidArgument, "it has no column '" + Printable(column) + "'"};
    }
    places_.push_back(static_cast<std::size_t>(found - names.begin()));
  }
  return {};
}

Result<void> RowHasher::AddRecord(std::span<const std::string_view> fields) {
  if (width_ == 0) {
    if (IsBlankRecord(fields)) return {};
    const ColumnNames columns = ReadColumnNames(fields);
    REPRISE_TRY(FindColumns(columns.names));
    if (columns.has_header) return {};
  }
  if (IsBlankRecord(fields) && width_ > 1) return {};
  ++rows_;
  if (fields.size() != width_) {
    return Error{ErrorCode::kInvalidArgument,
                 "row " + std::to_string(rows_) + " has " + std::to_string(fields.size()) +
                     " fields, and the first record has " + std::to_string(width_)};
  }
  row_.clear();
  bool is_empty = true;
  for (const std::size_t place : places_) {
    const std::string_view value = fields[place];
    is_empty = is_empty && IsMissing(value);
    std::size_t length = value.size();
    for (; length >= 128; length >>= 7) row_ += static_cast<char>(length | 128);
    row_ += static_cast<char>(length);
    row_ += value;
  }
  if (is_empty) return {};
  ++visited_;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    counts_[i].Add(HashField(fields[places_[i]]).low);
  }
  return visit_(HashField(row_), rows_);
}

RowAgreement RowHasher::Agreement() const {
  RowAgreement agreement{visited_, 1};
  for (const ValueCounts& counts : counts_) agreement.chance *= counts.Agreement();
  return agreement;
}

Result<SharedRowFinder::Shared> SharedRowFinder::Finish() {
  std::vector<Equal> equals;
  std::array<std::uint64_t, 2> key{};
  REPRISE_TRY(sorter_.Finish([&](const SortedRow& row) -> Result<void> {
    if (row.key != key) {
      Note(equals);
      equals.clear();
      key = row.key;
    }
    if (equals.empty() || equals.back().table != row.tag) equals.push_back({row.tag, 0, {}});
    Equal& equal = equals.back();
    ++equal.count;
    if (equal.first.size() < kFirstSharedRows) equal.first.push_back(row.row);
    return {};
  }));
  Note(equals);
  for (auto& [pair, shared] : shared_) {
    shared.a_rows = tables_[pair.first].rows;
    shared.b_rows = tables_[pair.second].rows;
    shared.a_repeated = tables_[pair.first].repeated;
    shared.a_equal_pairs = tables_[pair.first].equal_pairs;
    shared.b_equal_pairs = tables_[pair.second].equal_pairs;
  }
  return std::move(shared_);
}

// The rows of all tables that are equal to each other, by table.
void SharedRowFinder::Note(const std::vector<Equal>& equals) {
  for (const Equal& b : equals) {
    tables_[b.table].repeated += b.count - 1;
    tables_[b.table].equal_pairs +=
        static_cast<double>(b.count) * static_cast<double>(b.count - 1) / 2;
    const std::size_t group = groups_[b.table];
    for (std::size_t i = 0; i < equals.size() && groups_[equals[i].table] < group;) {
      const Equal& a = equals[i++];
      if (!are_compared_(a.table, b.table)) continue;
      Share(a, b);
      while (groups_[equals[i].table] == groups_[a.table]) ++i;
    }
  }
}

void SharedRowFinder::Share(const Equal& a, const Equal& b) {
  SharedRows& shared = shared_[{a.table, b.table}];
  shared.a_shared += a.count;
  shared.b_shared += b.count;
  for (const std::uint64_t row : b.first) {
    const std::pair pair(row, a.first.front());
    shared.first.insert(std::ranges::upper_bound(shared.first, pair), pair);
    if (shared.first.size() > kFirstSharedRows) shared.first.pop_back();
  }
}

}  // namespace reprise::lineage
