// Circles among things that come from each other.

#pragma once

#include <cstdint>
#include <vector>

namespace reprise::lineage {

struct Origin {
  std::uint64_t from = 0;
  std::uint64_t to = 0;  // Comes from the other.

  friend bool operator==(const Origin&, const Origin&) = default;
  friend auto operator<=>(const Origin&, const Origin&) = default;
};

// Things that each come from the next, and the last from the first; empty: there are none.  Costs
// O(n log n).
std::vector<std::uint64_t> FindCycle(std::vector<Origin> origins);

}  // namespace reprise::lineage
