// Two full buffers of one weight become one of twice that weight: of their values in order, every
// other one is kept.  If r of the 2k values are at most x, floor(r/2) or ceil(r/2) of the kept ones
// are, so that the rank of x changes by one weight at most, downwards or upwards by which half is
// kept.  The halves take turns, so that two collapses of a level do no more harm than one.

#include "lineage/profile/quantile_sketch.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace reprise::lineage {
namespace {

using Points = std::vector<std::pair<double, std::uint64_t>>;

// Sorts, and makes one point of those that are equal.
void Normalise(Points& points) {
  std::ranges::sort(points, {}, &Points::value_type::first);
  std::size_t kept = 0;
  for (const auto& [value, weight] : points) {
    if (kept > 0 && points[kept - 1].first == value) {
      points[kept - 1].second += weight;
    } else {
      points[kept++] = {value, weight};
    }
  }
  points.resize(kept);
}

// Divides the values into runs of one length, give or take a value; the middle one of a run stands
// for all of it.
void Compress(QuantileSummary& summary) {
  if (summary.points.size() <= kQuantilePointsMax) return;
  const auto boundary = [&](std::uint64_t i) {
    // In wide integers: counts may be beyond 2^57.
    return static_cast<std::uint64_t>(static_cast<long double>(summary.count) *
                                      static_cast<long double>(i) / kQuantilePointsMax);
  };
  Points kept;
  std::uint64_t longest = 0;
  std::uint64_t before = 0;  // Values before points[next].
  std::size_t next = 0;
  for (std::uint64_t i = 0; i < kQuantilePointsMax; ++i) {
    const std::uint64_t start = boundary(i);
    const std::uint64_t end = i + 1 == kQuantilePointsMax ? summary.count : boundary(i + 1);
    if (end == start) continue;
    const std::uint64_t middle = start + (end - start) / 2;
    while (before + summary.points[next].second <= middle) before += summary.points[next++].second;
    kept.emplace_back(summary.points[next].first, end - start);
    longest = std::max(longest, end - start);
  }
  Normalise(kept);
  summary.points = std::move(kept);
  summary.rank_error += longest / 2;
}

}  // namespace

std::uint64_t QuantileSummary::Rank(double value) const {
  std::uint64_t rank = 0;
  for (const auto& [point, weight] : points) {
    if (point > value) break;
    rank += weight;
  }
  return rank;
}

double QuantileSummary::Quantile(double quantile) const {
  const double wanted = std::max(1.0, std::ceil(quantile * static_cast<double>(count)));
  std::uint64_t rank = 0;
  for (const auto& [point, weight] : points) {
    rank += weight;
    if (static_cast<double>(rank) >= wanted) return point;
  }
  return points.back().first;
}

QuantileSummary SummarizeQuantiles(std::vector<std::pair<double, std::uint64_t>> values) {
  QuantileSummary summary{.points = std::move(values)};
  for (const auto& [value, count] : summary.points) summary.count += count;
  Normalise(summary.points);
  Compress(summary);
  return summary;
}

void QuantileSketch::Flush() {
  std::ranges::sort(pending_);
  std::vector<double> carried = std::move(pending_);
  pending_.clear();
  pending_.reserve(kSketchBufferValues);
  for (std::size_t i = 0;; ++i) {
    if (i == levels_.size()) levels_.emplace_back();
    Level& level = levels_[i];
    if (level.values.empty()) {
      level.values = std::move(carried);
      return;
    }
    std::vector<double> both;
    both.reserve(2 * kSketchBufferValues);
    std::ranges::merge(level.values, carried, std::back_inserter(both));
    level.values.clear();
    for (std::size_t kept = 0; kept < kSketchBufferValues; ++kept) {
      carried[kept] = both[2 * kept + (level.keeps_odd ? 1 : 0)];
    }
    level.keeps_odd = !level.keeps_odd;
    ++level.collapses;
  }
}

QuantileSummary QuantileSketch::Summary() const {
  QuantileSummary summary;
  const auto add = [&](double value, std::uint64_t weight) {
    summary.points.emplace_back(value, weight);
    summary.count += weight;
  };
  for (const double value : pending_) add(value, 1);
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    for (const double value : levels_[i].values) add(value, std::uint64_t{1} << i);
    summary.rank_error += (levels_[i].collapses + 1) / 2 << i;
  }
  Normalise(summary.points);
  Compress(summary);
  return summary;
}

}  // namespace reprise::lineage
