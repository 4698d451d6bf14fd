// Which rows of some tables are also in others, by one pass over all of them and in bounded memory.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lineage/table/field_hash.h"
#include "lineage/table/record_reader.h"
#include "lineage/table/row_sorter.h"
#include "lineage/table/value_counts.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// Hashes the rows of a table over the columns `columns`, in that order: tables whose columns are in
// another order, or that have more of them, can be compared.
class RowHasher {
 public:
  // `row` counts from 1 on, without the header.  Rows that are all missing are not visited.
  using Visit = std::function<Result<void>(const FieldHash& hash, std::uint64_t row)>;
  RowHasher(std::vector<std::string> columns, Visit visit);
  RowHasher(const RowHasher&) = delete;
  RowHasher& operator=(const RowHasher&) = delete;

  // Errors: kInvalidArgument  the bytes are no table, or it lacks a column.  Those of `visit`.
  Result<void> Feed(std::string_view part) { return reader_.Feed(part); }
  Result<void> Finish() { return reader_.Finish(); }
  std::uint64_t rows() const { return rows_; }
  // Of the rows that were visited.
  RowAgreement Agreement() const;

 private:
  Result<void> AddRecord(std::span<const std::string_view> fields);
  Result<void> FindColumns(const std::vector<std::string>& names);

  std::vector<std::string> columns_;
  Visit visit_;
  std::vector<std::size_t> places_;  // Of columns_ in a record.
  std::size_t width_ = 0;            // Of a record; 0 before the first.
  std::uint64_t rows_ = 0;
  std::uint64_t visited_ = 0;
  std::vector<ValueCounts> counts_;  // Of columns_.
  std::string row_;
  RecordReader reader_;
};

// What the second of two tables shares with the first.
struct SharedRows {
  std::uint64_t a_rows = 0;
  std::uint64_t b_rows = 0;
  std::uint64_t a_shared = 0;    // Rows of a that b has; each one counts, equal ones too.
  std::uint64_t b_shared = 0;    // Rows of b that a has.
  std::uint64_t a_repeated = 0;  // Rows of a that equal an earlier one of a.
  double a_equal_pairs = 0;      // Pairs of rows of a that are equal.
  double b_equal_pairs = 0;
  // Numbers of the first few rows of b that a has, each with the first row of a that it equals.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> first;
};
inline constexpr std::size_t kFirstSharedRows = 5;

class SharedRowFinder {
 public:
  // By the numbers of two tables, of which the first is in an earlier group.
  using AreCompared = std::function<bool(std::size_t a, std::size_t b)>;
  using Shared = std::map<std::pair<std::size_t, std::size_t>, SharedRows>;

  // `groups` has the group of each table, in ascending order.
  SharedRowFinder(std::vector<std::size_t> groups, AreCompared are_compared,
                  RowSorterOptions options)
      : groups_(std::move(groups)),
        are_compared_(std::move(are_compared)),
        tables_(groups_.size()),
        sorter_(std::move(options)) {}

  // Errors: those of RowSorter::Add().
  Result<void> Add(std::size_t table, const FieldHash& hash, std::uint64_t row) {
    return sorter_.Add({{hash.high, hash.low}, table, row});
  }
  void SetRows(std::size_t table, std::uint64_t rows) { tables_[table].rows = rows; }

  // Call it once, after the last row.  The pairs that share rows.  A row that several tables of a
  // group have is told of the first of them, so that no row of a table counts twice for a group.
  // Errors: those of RowSorter::Finish().
  Result<Shared> Finish();

 private:
  struct Table {
    std::uint64_t rows = 0;
    std::uint64_t repeated = 0;
    double equal_pairs = 0;
  };
  struct Equal {  // Rows of one table that are equal.
    std::size_t table = 0;
    std::uint64_t count = 0;
    std::vector<std::uint64_t> first;  // Up to kFirstSharedRows of their numbers.
  };

  void Note(const std::vector<Equal>& equals);
  void Share(const Equal& a, const Equal& b);

  const std::vector<std::size_t> groups_;
  const AreCompared are_compared_;
  std::vector<Table> tables_;
  RowSorter sorter_;
  Shared shared_;
};

}  // namespace reprise::lineage
