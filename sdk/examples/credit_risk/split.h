// A train and hold-out split that is the same on every machine.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace credit_risk {

// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA
// 2014).
//
// The standard library's distributions and std::shuffle may give other numbers with another
// library; this generator and Below() are defined to the bit.
class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}

  // The next of 2^64 equally likely numbers.
  std::uint64_t Next();

  // A number from 0 to `bound` - 1, each equally likely.  `bound` must not be 0.
  std::uint64_t Below(std::uint64_t bound);

 private:
  std::uint64_t state_;
};

struct Split {
  std::vector<std::size_t> train;     // Row positions, ascending.
  std::vector<std::size_t> hold_out;  // Likewise; with `train`, every row once.
};

// Draws round(`hold_out_fraction` × rows) of each class for the hold-out, so that both parts have
// the same share of bad loans.  The draw depends on `labels` and `seed` only.
//
// Throws InputError if a part would be left without a row of either class.
Split StratifiedSplit(const std::vector<std::uint8_t>& labels, double hold_out_fraction,
                      std::uint64_t seed);

}  // namespace credit_risk
