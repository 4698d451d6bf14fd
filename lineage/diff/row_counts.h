// Rows of two tables as multisets, in bounded memory.
//
// Thread-safety: one thread at a time.

#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lineage/compare/table_reader.h"
#include "lineage/table/row_sorter.h"

namespace reprise::lineage {

// The row at which a reader stands, by the columns that are compared.
class ComparedRow {
 public:
  // Both must outlive it.  `order` has the places of the columns that are compared.
  ComparedRow(const TableReader& reader, const std::vector<std::size_t>& order)
      : reader_(reader), order_(order) {}

  std::uint64_t row() const { return reader_.row(); }
  std::size_t columns() const { return order_.size(); }
  std::string_view field(std::size_t column) const { return reader_.fields()[order_[column]]; }

 private:
  const TableReader& reader_;
  const std::vector<std::size_t>& order_;
};

// What a row is told by: the first half of the SHA-256 over the fields of the columns that are
// compared, each as its length (64-bit little-endian) and its bytes.
using RowKey = std::array<std::uint64_t, 2>;
RowKey RowKeyOf(const ComparedRow& row);

// How many more of each row the first table has than the second.  Rows that both have as often take
// no memory.  Where more than `held_max` would be held, their counts are put aside, and added up
// once they are sorted.
class RowCounts {
 public:
  RowCounts(std::size_t held_max, RowSorterOptions sorting)
      : held_max_(held_max), sorting_(std::move(sorting)) {}

  // Counts the row `row` of the first table (`is_before`), or of the second.
  // Errors: those of RowSorter::Add().
  Result<void> Add(const RowKey& key, bool is_before, std::uint64_t row);

  // Call once, after the last row; what is below is told then.  Errors: those of RowSorter.
  Result<void> Finish();

  std::uint64_t removed() const { return removed_; }  // Rows that the first table has more often.
  std::uint64_t added() const { return added_; }      // The second.

  // Whether the row is one of those counted as removed (`is_before`) or added, and was not asked
  // for as often as that.  Of more than `held_max`, those that come first are known.
  bool Take(const RowKey& key, bool is_before);

 private:
  struct Hash {
    std::size_t operator()(const RowKey& key) const { return key[0]; }
  };
  struct Count {
    std::int64_t count = 0;
    std::uint64_t first_row = 0;  // Of those that are counted, in their table.
  };
  using Counts = std::unordered_map<RowKey, Count, Hash>;
  // The rows that come first in one table: a heap, the last of them on its top.
  using FirstRows = std::vector<std::pair<RowKey, Count>>;

  Result<void> PutAside();
  Result<void> AddUp();
  void Note(const RowKey& key, const Count& count, FirstRows& firsts) const;

  const std::size_t held_max_;
  const RowSorterOptions sorting_;
  std::unique_ptr<RowSorter> sorter_;  // Once there were too many.
  Counts counts_;
  std::uint64_t removed_ = 0;
  std::uint64_t added_ = 0;
};

}  // namespace reprise::lineage
