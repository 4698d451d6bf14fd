// How many different values there are, estimated in 4 KiB: HyperLogLog.
//
// Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog: the analysis of a near-optimal cardinality
// estimation algorithm" (2007), with 4096 registers over 64-bit hashes, and the estimator of Ertl,
// "New cardinality estimation algorithms for HyperLogLog sketches" (arXiv:1702.01284, algorithm 6),
// which needs no correction by tables.  Standard error 1.04 / sqrt(4096) = 1.6 %.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace reprise::lineage {

class DistinctSketch {
 public:
  static constexpr int kIndexBits = 12;

  void Add(std::uint64_t hash) {
    const std::uint64_t index = hash >> (64 - kIndexBits);
    // The place of the first one in the rest, from 1 on; the bit set at the end bounds it.
    const std::uint64_t rest = hash << kIndexBits | std::uint64_t{1} << (kIndexBits - 1);
    const auto rank = static_cast<std::uint8_t>(std::countl_zero(rest) + 1);
    if (rank > registers_[index]) registers_[index] = rank;
  }

  std::uint64_t Estimate() const;

 private:
  std::array<std::uint8_t, std::size_t{1} << kIndexBits> registers_{};
};

}  // namespace reprise::lineage
