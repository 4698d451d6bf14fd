// The rows of a table by their hashes: which rows of one table are also in another.
//
// Thread-safety: one thread at a time for each object; the functions are pure.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lineage/profile/field_hash.h"
#include "lineage/profile/record_reader.h"
#include "storage/base/result.h"

namespace reprise::lineage {

inline constexpr std::size_t kTableRowsMax = 10'000'000;

struct TableRows {
  std::uint64_t rows = 0;  // Without the header.
  // Hash and number (from 1) of each row that is not all missing; sorted.
  std::vector<std::pair<FieldHash, std::uint32_t>> hashes;
};

// Hashes the rows of a table over the columns `columns`, in that order: tables whose columns are in
// another order, or that have more of them, can be compared.
class RowHasher {
 public:
  explicit RowHasher(std::vector<std::string> columns);
  RowHasher(const RowHasher&) = delete;
  RowHasher& operator=(const RowHasher&) = delete;

  // Errors: kInvalidArgument  the bytes are no table, it lacks a column, or has more than
  //                           kTableRowsMax rows.
  Result<void> Feed(std::string_view part) { return reader_.Feed(part); }
  Result<TableRows> Finish();

 private:
  Result<void> AddRecord(std::span<const std::string_view> fields);
  Result<void> FindColumns(std::span<const std::string_view> fields, bool has_header);

  std::vector<std::string> columns_;
  std::vector<std::size_t> places_;  // Of columns_ in a record.
  std::size_t width_ = 0;            // Of a record; 0 before the first.
  std::string row_;
  TableRows result_;
  RecordReader reader_;
};

// The names of the columns of a table that begins with `start`; absent if it is none, or its first
// record has not ended.
std::optional<std::vector<std::string>> ColumnNames(std::string_view start, bool is_whole);

struct SharedRows {
  std::uint64_t a_rows = 0;
  std::uint64_t b_rows = 0;
  std::uint64_t a_shared = 0;    // Rows of a that b has; each one counts, equal ones too.
  std::uint64_t b_shared = 0;    // Rows of b that a has.
  std::uint64_t a_repeated = 0;  // Rows of a that equal an earlier one of a.
  // Numbers of the first few rows of b that a has, each with the first row of a that it equals.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> first;
};
inline constexpr std::size_t kFirstSharedRows = 5;

SharedRows FindSharedRows(const TableRows& a, const TableRows& b);

}  // namespace reprise::lineage
