// Takes away what comes from nothing that is left, as long as there is any; what remains comes from
// something that remains, so that walking back must meet itself.

#include "lineage/cycle.h"

#include <algorithm>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>

namespace reprise::lineage {
namespace {

// Those of `origins`, sorted by `side`, that have `thing` there.
std::span<const Origin> Of(const std::vector<Origin>& origins, std::uint64_t Origin::*side,
                           std::uint64_t thing) {
  return {std::ranges::lower_bound(origins, thing, {}, side),
          std::ranges::upper_bound(origins, thing, {}, side)};
}

}  // namespace

std::vector<std::uint64_t> FindCycle(std::vector<Origin> origins) {
  std::ranges::sort(origins);  // By `from`.
  origins.erase(std::unique(origins.begin(), origins.end()), origins.end());
  std::unordered_map<std::uint64_t, std::size_t> left;  // How many origins of each remain.
  for (const Origin& origin : origins) {
    ++left[origin.to];
    left.try_emplace(origin.from, 0);
  }
  std::vector<std::uint64_t> free;
  for (const auto& [thing, count] : left) {
    if (count == 0) free.push_back(thing);
  }
  while (!free.empty()) {
    const std::uint64_t thing = free.back();
    free.pop_back();
    left.erase(thing);
    for (const Origin& origin : Of(origins, &Origin::from, thing)) {
      if (--left.at(origin.to) == 0) free.push_back(origin.to);
    }
  }
  if (left.empty()) return {};
  std::ranges::sort(origins, {}, [](const Origin& one) { return std::pair(one.to, one.from); });
  std::vector<std::uint64_t> walk;
  std::unordered_set<std::uint64_t> met;
  std::uint64_t thing =
      std::ranges::min_element(left, {}, [](const auto& one) { return one.first; })->first;
  while (met.insert(thing).second) {
    walk.push_back(thing);
    const auto from = Of(origins, &Origin::to, thing);
    thing = std::ranges::find_if(from, [&](const Origin& one) {
              return left.contains(one.from);
            })->from;
  }
  walk.erase(walk.begin(), std::ranges::find(walk, thing));
  return walk;
}

}  // namespace reprise::lineage
