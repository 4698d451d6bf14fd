// Where each node of a walk stands, by its number.
//
// Neighbours in time have neighbouring numbers, so the places are kept in pages of 64: of a walk
// over everything that makes 6 bytes a node, where a hash table of numbers takes 50.
//
// Thread-safety: one thread at a time.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "lineage/edge_keys.h"

namespace reprise::lineage {

class PlaceTable {
 public:
  static constexpr std::uint32_t kNowhere = UINT32_MAX;

  // The place of `number`, or kNowhere, to be set by whoever finds it so.
  std::uint32_t& operator[](NodeNumber number) {
    const auto [page, is_new] = pages_.try_emplace(number / kPage);
    if (is_new) page->second.fill(kNowhere);
    return page->second[number % kPage];
  }
  std::uint32_t Find(NodeNumber number) const {
    const auto page = pages_.find(number / kPage);
    return page == pages_.end() ? kNowhere : page->second[number % kPage];
  }

 private:
  static constexpr std::size_t kPage = 64;
  std::unordered_map<NodeNumber, std::array<std::uint32_t, kPage>> pages_;
};

}  // namespace reprise::lineage
