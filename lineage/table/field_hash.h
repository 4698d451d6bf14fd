// 128-bit hashes of values of tables, by XXH3 (xxhash.com; its values are fixed since release 0.8).
//
// They tell values apart that nobody has chosen to collide: for estimates and for finding equal
// rows, never for the identity of content.
//
// The only user of the library, whose functions are inlined: there is nothing to link.
//
// Thread-safety: pure functions.

#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace reprise::lineage {

struct FieldHash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  friend bool operator==(const FieldHash&, const FieldHash&) = default;
  friend auto operator<=>(const FieldHash&, const FieldHash&) = default;
};

// XXH3_128bits with seed 0.
inline FieldHash HashField(std::string_view value) {
  const XXH128_hash_t hash = XXH3_128bits(value.data(), value.size());
  return {hash.low64, hash.high64};
}

}  // namespace reprise::lineage
