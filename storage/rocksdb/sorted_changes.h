// The changes of a batch in the order in which RocksDB takes them best.

#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "storage/catalog.h"

namespace reprise::storage {

// A change by the beginning of its key, so that few comparisons look at the key itself, which lies
// elsewhere in memory.
class SortedChange {
 public:
  explicit SortedChange(const CatalogBatch::Change& of);

  const CatalogBatch::Change& change() const { return *change_; }
  friend bool operator<(const SortedChange& a, const SortedChange& b) {
    // Comparing the arrays would call memcmp() for each pair.
    for (std::size_t i = 0; i < a.first_bytes_.size(); ++i) {
      if (a.first_bytes_[i] != b.first_bytes_[i]) return a.first_bytes_[i] < b.first_bytes_[i];
    }
    return a.IsBeforeByKey(b);
  }

 private:
  bool IsBeforeByKey(const SortedChange& other) const;

  std::array<std::uint64_t, 3> first_bytes_{};  // As numbers, in the order of the bytes.
  const CatalogBatch::Change* change_;
};

// Of each space in the order of the keys; changes of one key keep their order.  Valid as long as
// `batch`, which is not changed meanwhile.
using ChangesBySpace = std::array<std::vector<SortedChange>, kSpaceCount>;

ChangesBySpace BySpace(const CatalogBatch& batch);  // Not sorted yet.

}  // namespace reprise::storage
