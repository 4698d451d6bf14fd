// The changes of a batch in the order in which RocksDB takes them best.

#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "storage/catalog.h"

namespace reprise::storage {

// A change beside a part of its key, so that few comparisons look at the key itself, which lies
// elsewhere in memory.
class SortedChange {
 public:
  explicit SortedChange(const CatalogBatch::Change& of) : change_(&of) {}

  const CatalogBatch::Change& change() const { return *change_; }

 private:
  friend void SortByKey(std::span<SortedChange> changes, std::size_t position);

  using Part = std::array<std::uint64_t, 3>;  // As numbers, in the order of the bytes.
  static bool IsBeforeByPart(const SortedChange& a, const SortedChange& b) {
    // Comparing the arrays would call memcmp() for each pair.
    for (std::size_t i = 0; i < a.part_.size(); ++i) {
      if (a.part_[i] != b.part_[i]) return a.part_[i] < b.part_[i];
    }
    return false;
  }
  static bool IsBeforeByKey(const SortedChange& a, const SortedChange& b);

  Part part_{};
  const CatalogBatch::Change* change_;
};

// Of each space; changes of one key in the order of the batch.  Valid as long as `batch`, which is
// not changed meanwhile.
using ChangesBySpace = std::array<std::vector<SortedChange>, kSpaceCount>;

ChangesBySpace BySpace(const CatalogBatch& batch);  // Not sorted yet.

// Puts changes whose keys agree before `position` in the order of their keys; those of one key keep
// the order of their batch.
void SortByKey(std::span<SortedChange> changes, std::size_t position = 0);

}  // namespace reprise::storage
