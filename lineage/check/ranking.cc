#include "lineage/check/ranking.h"

#include <algorithm>
#include <cmath>

#include "storage/base/assert.h"

namespace reprise::lineage {
namespace {

double Ratio(std::uint64_t part, std::uint64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double RankingTally::PlaceOfPositives(const ClassCounts& tied) const {
  return (static_cast<double>(below_.negatives) + static_cast<double>(tied.negatives) / 2) /
         static_cast<double>(counts_.negatives);
}

double RankingTally::PlaceOfNegatives(const ClassCounts& tied) const {
  const std::uint64_t above = counts_.positives - below_.positives - tied.positives;
  return (static_cast<double>(above) + static_cast<double>(tied.positives) / 2) /
         static_cast<double>(counts_.positives);
}

void RankingTally::Add(const ClassCounts& tied) {
  if (!counts_.has_both()) return;
  const auto add = [](std::uint64_t rows, double place, Moments& moments) {
    moments.sum += static_cast<long double>(rows) * place;
    moments.squares += static_cast<long double>(rows) * place * place;
  };
  add(tied.positives, PlaceOfPositives(tied), positives_);
  add(tied.negatives, PlaceOfNegatives(tied), negatives_);
  below_.positives += tied.positives;
  below_.negatives += tied.negatives;
  const double distance = std::abs(Ratio(below_.positives, counts_.positives) -
                                   Ratio(below_.negatives, counts_.negatives));
  if (distance <= distance_) return;
  distance_ = distance;
  at_largest_ = below_;
}

Ranking RankingTally::Finish() const {
  if (!counts_.has_both()) return {};
  REPRISE_ASSERT(below_.rows() == counts_.rows());
  const auto variance = [](const Moments& moments, std::uint64_t count) -> long double {
    if (count < 2) return 0;
    const auto n = static_cast<long double>(count);
    return std::max<long double>(0, moments.squares - moments.sum * moments.sum / n) / (n - 1) / n;
  };
  Ranking ranking;
  const auto area =
      static_cast<double>(positives_.sum / static_cast<long double>(counts_.positives));
  ranking.area = AreaEstimate(area,
                              static_cast<double>(variance(positives_, counts_.positives) +
                                                  variance(negatives_, counts_.negatives)),
                              counts_.positives, counts_.negatives);
  Share larger{at_largest_.negatives, counts_.negatives};
  Share smaller{at_largest_.positives, counts_.positives};
  if (Ratio(larger.count, larger.total) < Ratio(smaller.count, smaller.total)) {
    std::swap(larger, smaller);
  }
  ranking.separation = DifferenceOf(larger, smaller);
  ranking.separation.low = std::max(0.0, *ranking.separation.low);
  ranking.separation.high = std::min(1.0, *ranking.separation.high);
  return ranking;
}

}  // namespace reprise::lineage
