// The values that occur most often, in bounded memory: Misra and Gries, "Finding repeated elements"
// (1982), with 128 counters.  A value that occurs more than error() times is among them, and its
// count is too small by error() at most.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lineage/table/field_hash.h"

namespace reprise::lineage {

inline constexpr std::size_t kFrequentCounters = 128;

struct FrequentValue {
  std::string value;
  std::uint64_t count = 0;  // At least so often.

  friend bool operator==(const FrequentValue&, const FrequentValue&) = default;
};

class FrequentValues {
 public:
  void Add(const FieldHash& hash, std::string_view value, std::uint64_t count = 1);
  // Of values that occurred and were not added.
  void AddUncounted(std::uint64_t count) { error_ += count; }

  std::uint64_t error() const { return error_; }
  // At most `count_max` of them, by count, then by bytes.
  std::vector<FrequentValue> Top(std::size_t count_max) const;

 private:
  std::unordered_map<std::uint64_t, FrequentValue> counters_;  // By the low half of the hash.
  std::uint64_t error_ = 0;
};

// At most `count_max` of `values`, by count, then by bytes.
std::vector<FrequentValue> MostFrequent(std::vector<FrequentValue> values, std::size_t count_max);

}  // namespace reprise::lineage
