// Rows of two tables as multisets, in bounded memory.
//
// Thread-safety: one thread at a time.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lineage/compare/lines.h"
#include "lineage/compare/table_shape.h"

namespace reprise::lineage {

// The rows of a table from its first to its last.  Empty lines are none where there are several
// columns.
class TableRows {
 public:
  // `source` and `shape` must outlive it.  `order` has the places of the columns that are compared.
  TableRows(const ContentSource& source, const TableShape& shape,
            const std::vector<std::size_t>& order)
      : reader_(source), shape_(shape), order_(order), skips_header_(shape.has_header) {}

  // Reads the next row; false at the end, and where it is none (`why_not()` says why then).
  // Errors: those of the source.
  Result<bool> Next();

  std::uint64_t row() const { return row_; }       // From 1 on, without the header.
  std::string_view text() const { return text_; }  // As it is written; valid until Next().
  // Splits the row; false if it is malformed (why_not()).
  bool Split();
  // The fields of the columns that are compared, in their order; valid after Split().
  const std::string& field(std::size_t column) const { return fields_[order_[column]]; }
  std::size_t columns() const { return order_.size(); }
  const std::string& why_not() const { return why_not_; }

 private:
  LineReader reader_;
  const TableShape& shape_;
  const std::vector<std::size_t>& order_;
  bool skips_header_;
  std::uint64_t row_ = 0;
  std::string_view text_;
  std::vector<std::string> fields_;
  std::string why_not_;
};

// What a row is told by: the first half of the SHA-256 over the fields of the columns that are
// compared, each as its length (64-bit little-endian) and its bytes.
using RowKey = std::array<std::uint64_t, 2>;
RowKey RowKeyOf(const TableRows& rows);

// How many more of each row the first table has than the second.  Rows that both have as often take
// no memory.  Where more than `held_max` would be held, only the rows of one of `partitions` parts,
// chosen by their keys, are counted at a time.
class RowCounts {
 public:
  RowCounts(std::size_t held_max, std::uint64_t partition, std::uint64_t partitions)
      : held_max_(held_max), partition_(partition), partitions_(partitions) {}

  // Adds `count`, which may be negative, to that of the row.
  void Add(const RowKey& key, std::int64_t count);
  // More rows were to be held than may be: the counts are void.
  bool has_overflowed() const { return has_overflowed_; }

  std::uint64_t removed() const;  // The sum of the positive counts.
  std::uint64_t added() const;    // That of the negative ones.

  // Whether the row is one of those counted as removed (`is_before`) or added, and was not asked
  // for as often as that.
  bool Take(const RowKey& key, bool is_before);

 private:
  struct Hash {
    std::size_t operator()(const RowKey& key) const { return key[0]; }
  };
  const std::size_t held_max_;
  const std::uint64_t partition_;
  const std::uint64_t partitions_;
  bool has_overflowed_ = false;
  std::unordered_map<RowKey, std::int64_t, Hash> counts_;
};

}  // namespace reprise::lineage
