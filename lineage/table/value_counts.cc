#include "lineage/table/value_counts.h"

#include <algorithm>
#include <cmath>

namespace reprise::lineage {

std::size_t CountedValuesMax(std::size_t columns) {
  constexpr std::size_t kOfAColumnMax = 1024;
  constexpr std::size_t kTogetherMax = std::size_t{1} << 18;
  return std::min(kOfAColumnMax, kTogetherMax / std::max<std::size_t>(1, columns));
}

void ValueCounts::LimitTo(std::size_t values_max) {
  values_max_ = values_max;
  if (counts_.size() <= values_max_) return;
  has_too_many_ = true;
  counts_ = {};
}

void ValueCounts::Add(std::uint64_t hash, std::uint64_t count) {
  count_ += count;
  if (has_too_many_ || count == 0) return;
  counts_[hash] += count;
  LimitTo(values_max_);
}

double ValueCounts::Agreement() const {
  if (count_ < 2 || has_too_many_) return 0;
  double pairs = 0;
  for (const auto& [hash, count] : counts_) {
    pairs += static_cast<double>(count) * static_cast<double>(count - 1);
  }
  return pairs / (static_cast<double>(count_) * static_cast<double>(count_ - 1));
}

RowAgreement BoundedByRows(RowAgreement agreement, double equal_pairs) {
  if (agreement.rows < 2) return agreement;
  const auto rows = static_cast<double>(agreement.rows);
  const double pairs = equal_pairs + 3 * std::sqrt(equal_pairs) + 9;
  agreement.chance = std::min(agreement.chance, 2 * pairs / (rows * (rows - 1)));
  return agreement;
}

double ExpectedByChance(const RowAgreement& a, const RowAgreement& b) {
  double chance = std::sqrt(a.chance * b.chance);
  if (a.rows < 2) chance = b.chance;
  if (b.rows < 2) chance = a.chance;
  if (chance >= 1) return static_cast<double>(b.rows);
  // 1 - (1 - p)^n without losing the digits of a small p.
  const double any = -std::expm1(static_cast<double>(a.rows) * std::log1p(-chance));
  return static_cast<double>(b.rows) * any;
}

bool IsWithinChance(std::uint64_t shared, double expected) {
  return static_cast<double>(shared) <= expected + 3 * std::sqrt(expected);
}

}  // namespace reprise::lineage
