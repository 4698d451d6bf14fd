// A set of digests that remembers the most recent ones, in bounded memory.
//
// Open addressing in two generations: when the young one is full, the old one is forgotten.  What a
// session put long ago may thus be written twice, which costs space, never correctness.
//
// Thread-safety: one thread at a time.

#pragma once

#include <vector>

#include "storage/base/digest.h"

namespace reprise::storage {

class RecentDigests {
 public:
  // Remembers between `count` and 2 * `count` digests, in at most 128 bytes each of `count`.
  explicit RecentDigests(std::size_t count) : count_max_(count) {}

  bool Contains(const Digest& digest) const { return Find(young_, digest) || Find(old_, digest); }

  // Whether `digest` is new; remembers it.
  bool Insert(const Digest& digest) {
    if (Contains(digest)) return false;
    if (count_ == count_max_) {
      old_ = std::move(young_);
      young_.clear();
      count_ = 0;
    }
    if (2 * (count_ + 1) > young_.size()) Grow();
    Place(young_, digest);
    ++count_;
    return true;
  }

 private:
  using Table = std::vector<Digest>;  // Its size is a power of two; all zero bytes: free.

  static bool Find(const Table& table, const Digest& digest) {
    if (table.empty()) return false;
    for (std::size_t i = Slot(table, digest);; i = (i + 1) & (table.size() - 1)) {
      if (table[i] == digest) return true;
      if (table[i] == Digest()) return false;
    }
  }
  static void Place(Table& table, const Digest& digest) {
    std::size_t i = Slot(table, digest);
    while (table[i] != Digest()) i = (i + 1) & (table.size() - 1);
    table[i] = digest;
  }
  static std::size_t Slot(const Table& table, const Digest& digest) {
    return std::hash<Digest>()(digest) & (table.size() - 1);
  }
  void Grow() {
    Table larger(young_.empty() ? 64 : 2 * young_.size());
    for (const Digest& digest : young_) {
      if (digest != Digest()) Place(larger, digest);
    }
    young_ = std::move(larger);
  }

  std::size_t count_max_;
  std::size_t count_ = 0;
  Table young_;
  Table old_;
};

}  // namespace reprise::storage
