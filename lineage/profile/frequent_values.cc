#include "lineage/profile/frequent_values.h"

#include <algorithm>

namespace reprise::lineage {

void FrequentValues::Add(const FieldHash& hash, std::string_view value, std::uint64_t count) {
  const auto known = counters_.find(hash.low);
  if (known != counters_.end()) {
    known->second.count += count;
    return;
  }
  while (count > 0 && counters_.size() == kFrequentCounters) {
    // The new value and all others lose as much as the smallest of them has.
    std::uint64_t least = count;
    for (const auto& [key, counter] : counters_) least = std::min(least, counter.count);
    for (auto& [key, counter] : counters_) counter.count -= least;
    std::erase_if(counters_, [](const auto& entry) { return entry.second.count == 0; });
    count -= least;
    error_ += least;
  }
  if (count > 0) counters_.emplace(hash.low, FrequentValue{std::string(value), count});
}

std::vector<FrequentValue> FrequentValues::Top(std::size_t count_max) const {
  std::vector<FrequentValue> values;
  for (const auto& [key, counter] : counters_) values.push_back(counter);
  return MostFrequent(std::move(values), count_max);
}

std::vector<FrequentValue> MostFrequent(std::vector<FrequentValue> values, std::size_t count_max) {
  std::ranges::sort(values, [](const FrequentValue& a, const FrequentValue& b) {
    return a.count != b.count ? a.count > b.count : a.value < b.value;
  });
  if (values.size() > count_max) values.resize(count_max);
  return values;
}

}  // namespace reprise::lineage
