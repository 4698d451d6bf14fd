// The gear table of the chunker: 256 fixed 64-bit numbers.
//
// Entry i is the (i+1)th output of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) seeded with the
// bytes of "Reprise1" as a big-endian integer.  Changing it changes every cut: it belongs to
// kChunkerVersion.

#pragma once

#include <array>
#include <cstdint>

namespace reprise::storage {

// Advances `state` and returns the next output of SplitMix64.
constexpr std::uint64_t SplitMix64(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

constexpr std::array<std::uint64_t, 256> MakeGearTable() {
  std::uint64_t state = 0x5265707269736531;  // "Reprise1"
  std::array<std::uint64_t, 256> table{};
  for (std::uint64_t& entry : table) entry = SplitMix64(state);
  return table;
}

inline constexpr std::array<std::uint64_t, 256> kGearTable = MakeGearTable();

}  // namespace reprise::storage
