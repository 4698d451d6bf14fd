#include "lineage/diff/distribution.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "storage/base/assert.h"

namespace reprise::lineage {

double KolmogorovSmirnov(std::span<const double> before, std::span<const double> after) {
  REPRISE_ASSERT(!before.empty() && !after.empty());
  const auto before_count = static_cast<double>(before.size());
  const auto after_count = static_cast<double>(after.size());
  double distance = 0;
  std::size_t i = 0;
  std::size_t j = 0;
  // Once one of them is at its end, the distance only shrinks.
  while (i < before.size() && j < after.size()) {
    const double value = std::min(before[i], after[j]);
    while (i < before.size() && before[i] <= value) ++i;
    while (j < after.size() && after[j] <= value) ++j;
    distance = std::max(distance, std::abs(static_cast<double>(i) / before_count -
                                           static_cast<double>(j) / after_count));
  }
  return distance;
}

std::vector<double> DecileEdges(std::span<const double> sorted) {
  REPRISE_ASSERT(!sorted.empty());
  constexpr std::size_t kBins = 10;
  std::vector<double> edges;
  for (std::size_t i = 1; i < kBins; ++i) {
    const std::size_t rank = (sorted.size() * i + kBins - 1) / kBins;  // From 1 on.
    const double edge = sorted[rank - 1];
    if (edges.empty() || edge > edges.back()) edges.push_back(edge);
  }
  return edges;
}

std::vector<std::uint64_t> CountInBins(std::span<const double> sorted,
                                       std::span<const double> edges) {
  std::vector<std::uint64_t> counts;
  auto begin = sorted.begin();
  for (const double edge : edges) {
    const auto end = std::upper_bound(begin, sorted.end(), edge);
    counts.push_back(static_cast<std::uint64_t>(end - begin));
    begin = end;
  }
  counts.push_back(static_cast<std::uint64_t>(sorted.end() - begin));
  return counts;
}

double PopulationStability(std::span<const std::uint64_t> before,
                           std::span<const std::uint64_t> after) {
  REPRISE_ASSERT(before.size() == after.size());
  constexpr double kAdded = 0.5;
  const auto total = [](std::span<const std::uint64_t> counts) {
    const auto sum = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
    return static_cast<double>(sum) + kAdded * static_cast<double>(counts.size());
  };
  double index = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const double b = (static_cast<double>(before[i]) + kAdded) / total(before);
    const double a = (static_cast<double>(after[i]) + kAdded) / total(after);
    index += (a - b) * std::log(a / b);
  }
  return index;
}

double StabilityByChance(std::span<const std::uint64_t> before,
                         std::span<const std::uint64_t> after) {
  const auto total = [](std::span<const std::uint64_t> counts) {
    return static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
  };
  if (before.size() < 2 || total(before) == 0 || total(after) == 0) return 0;
  constexpr double kNormalQuantile95 = 1.6448536269514722;
  const double freedom = static_cast<double>(before.size()) - 1;
  return (1 / total(before) + 1 / total(after)) *
         (freedom + kNormalQuantile95 * std::sqrt(2 * freedom));
}

}  // namespace reprise::lineage
