#include "lineage/profile/distinct_sketch.h"

#include <cmath>

namespace reprise::lineage {
namespace {

// The functions sigma and tau of Ertl's paper, section 3.2, as their series.
double Sigma(double x) {
  if (x == 1) return INFINITY;
  double y = 1;
  double z = x;
  for (double before = -1; z != before;) {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  }
  return z;
}

double Tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1;
  double z = 1 - x;
  for (double before = -1; z != before;) {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  }
  return z / 3;
}

}  // namespace

std::uint64_t DistinctSketch::Estimate() const {
  constexpr int kRankMax = 64 - kIndexBits + 1;
  const auto m = static_cast<double>(registers_.size());
  std::array<std::uint32_t, kRankMax + 1> histogram{};
  for (const std::uint8_t rank : registers_) ++histogram[rank];
  double z = m * Tau(1 - histogram[kRankMax] / m);
  for (int rank = kRankMax - 1; rank >= 1; --rank) z = 0.5 * (z + histogram[rank]);
  z += m * Sigma(histogram[0] / m);
  return static_cast<std::uint64_t>(std::llround(m * m / (2 * std::log(2.0)) / z));
}

}  // namespace reprise::lineage
