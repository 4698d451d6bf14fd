#include "lineage/profile/table_rows.h"

#include <algorithm>

#include "lineage/profile/field_value.h"
#include "lineage/profile/profile_builder.h"

namespace reprise::lineage {
namespace {

bool IsBlank(std::span<const std::string_view> fields) {
  return fields.size() == 1 && fields[0].empty();
}

std::vector<std::string> NamesOf(std::span<const std::string_view> fields, bool has_header) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    names.push_back(has_header ? std::string(fields[i]) : std::to_string(i + 1));
  }
  return names;
}

}  // namespace

RowHasher::RowHasher(std::vector<std::string> columns)
    : columns_(std::move(columns)),
      reader_([this](std::span<const std::string_view> fields) { return AddRecord(fields); }) {}

Result<TableRows> RowHasher::Finish() {
  REPRISE_TRY(reader_.Finish());
  std::ranges::sort(result_.hashes);
  return std::move(result_);
}

Result<void> RowHasher::FindColumns(std::span<const std::string_view> fields, bool has_header) {
  width_ = fields.size();
  const std::vector<std::string> names = NamesOf(fields, has_header);
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
    if (IsBlank(fields)) return {};
    const bool has_header = IsHeader(fields);
    REPRISE_TRY(FindColumns(fields, has_header));
    if (has_header) return {};
  }
  if (IsBlank(fields) && width_ > 1) return {};
  ++result_.rows;
  if (fields.size() != width_) {
    return Error{ErrorCode::kInvalidArgument,
                 "row " + std::to_string(result_.rows) + " has " + std::to_string(fields.size()) +
                     " fields, and the first record has " + std::to_string(width_)};
  }
  if (result_.rows > kTableRowsMax) {
    return Error{ErrorCode::kInvalidArgument,
                 "it has more than " + std::to_string(kTableRowsMax) + " rows"};
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
  result_.hashes.emplace_back(HashField(row_), static_cast<std::uint32_t>(result_.rows));
  return {};
}

std::optional<std::vector<std::string>> ColumnNames(std::string_view start, bool is_whole) {
  std::optional<std::vector<std::string>> names;
  RecordReader reader([&](std::span<const std::string_view> fields) -> Result<void> {
    if (IsBlank(fields)) return {};
    names = NamesOf(fields, IsHeader(fields));
    return Error{ErrorCode::kInterrupted, "that is enough"};
  });
  const auto fed = reader.Feed(start);
  if (fed.ok() && is_whole) (void)reader.Finish();  // What is no table has no names.
  return names;
}

SharedRows FindSharedRows(const TableRows& a, const TableRows& b) {
  SharedRows shared;
  shared.a_rows = a.rows;
  shared.b_rows = b.rows;
  std::size_t i = 0;
  for (std::size_t j = 0; j < b.hashes.size();) {
    const FieldHash& hash = b.hashes[j].first;
    while (i < a.hashes.size() && a.hashes[i].first < hash) ++i;
    std::size_t j_end = j;
    while (j_end < b.hashes.size() && b.hashes[j_end].first == hash) ++j_end;
    if (i < a.hashes.size() && a.hashes[i].first == hash) {
      const std::uint32_t row = a.hashes[i].second;
      for (; i < a.hashes.size() && a.hashes[i].first == hash; ++i) ++shared.a_shared;
      for (std::size_t k = j; k < j_end; ++k) shared.first.emplace_back(b.hashes[k].second, row);
      shared.b_shared += j_end - j;
    }
    j = j_end;
  }
  for (std::size_t k = 1; k < a.hashes.size(); ++k) {
    if (a.hashes[k].first == a.hashes[k - 1].first) ++shared.a_repeated;
  }
  const std::size_t kept = std::min(shared.first.size(), kFirstSharedRows);
  std::ranges::partial_sort(shared.first, shared.first.begin() + static_cast<std::ptrdiff_t>(kept));
  shared.first.resize(kept);
  return shared;
}

}  // namespace reprise::lineage
