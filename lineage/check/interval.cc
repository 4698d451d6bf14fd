#include "lineage/check/interval.h"

#include <algorithm>
#include <cmath>

#include "storage/base/assert.h"

namespace reprise::lineage {
namespace {

// The variance of the area if the true one is `area` (Hanley and McNeil 1982), with both classes as
// large as half of all rows, as Newcombe's method 5 has it.
double VarianceAt(double area, double positives, double negatives) {
  const double others = (positives + negatives) / 2 - 1;
  return area * (1 - area) * (1 + others * ((1 - area) / (2 - area) + area / (1 + area))) /
         (positives * negatives);
}

// The area between `inner`, which is as far from `area` as chance leads, and `outer`, which is
// farther, where the distance is exactly that: by bisection to the last digit.
double EndOfInterval(double area, double outer, double positives, double negatives) {
  double far = outer;
  double near = area;
  for (int i = 0; i < 200; ++i) {
    const double middle = (far + near) / 2;
    const double distance = area - middle;
    const bool is_far = distance * distance > kNormalQuantile975 * kNormalQuantile975 *
                                                  VarianceAt(middle, positives, negatives);
    (is_far ? far : near) = middle;
  }
  return (far + near) / 2;
}

}  // namespace

Estimate ShareOf(std::uint64_t count, std::uint64_t total) {
  REPRISE_ASSERT(count <= total);
  if (total == 0) return {};
  const auto n = static_cast<double>(total);
  const double share = static_cast<double>(count) / n;
  const double square = kNormalQuantile975 * kNormalQuantile975;
  const double centre = (share + square / (2 * n)) / (1 + square / n);
  const double half = kNormalQuantile975 *
                      std::sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n);
  // Where nothing or everything is counted, the end is known without rounding.
  return {share, count == 0 ? 0 : std::max(0.0, centre - half),
          count == total ? 1 : std::min(1.0, centre + half)};
}

Estimate AreaEstimate(double area, double variance, std::uint64_t positives,
                      std::uint64_t negatives) {
  REPRISE_ASSERT(positives > 0 && negatives > 0);
  if (positives > 1 && negatives > 1 && variance > 0) {
    const double half = kNormalQuantile975 * std::sqrt(variance);
    return {area, std::max(0.0, area - half), std::min(1.0, area + half)};
  }
  const auto m = static_cast<double>(positives);
  const auto n = static_cast<double>(negatives);
  return {area, area == 0 ? 0 : EndOfInterval(area, 0, m, n),
          area == 1 ? 1 : EndOfInterval(area, 1, m, n)};
}

Estimate DifferenceOf(const Share& larger, const Share& smaller) {
  const Estimate a = ShareOf(larger.count, larger.total);
  const Estimate b = ShareOf(smaller.count, smaller.total);
  const double difference = *a.value - *b.value;
  return {difference, difference - std::hypot(*a.value - *a.low, *b.high - *b.value),
          difference + std::hypot(*a.high - *a.value, *b.value - *b.low)};
}

}  // namespace reprise::lineage
