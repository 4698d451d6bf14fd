// AUC and KS walk the scores upwards, one group of equal scores at a time, counting bad and good
// loans below the group and in it.  Both are ratios of integers, divided once at the end, so they
// are exact to rounding and independent of the order of the rows.

#include "metrics.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

namespace credit_risk {
namespace {

void Check(std::span<const double> scores, std::span<const std::uint8_t> is_bad) {
  if (scores.size() != is_bad.size()) {
    throw std::invalid_argument("as many scores as outcomes are needed");
  }
  if (scores.empty()) throw std::invalid_argument("there are no scores to measure");
  for (const double score : scores) {
    if (!(score >= 0 && score <= 1)) throw std::invalid_argument("a score is not from 0 to 1");
  }
}

struct TieGroup {
  std::uint64_t bad = 0;
  std::uint64_t good = 0;
};

// The counts of each distinct score, ascending by score.
std::vector<TieGroup> TieGroups(std::span<const double> scores,
                                std::span<const std::uint8_t> is_bad) {
  Check(scores, is_bad);
  std::vector<std::pair<double, bool>> loans;
  loans.reserve(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) loans.emplace_back(scores[i], is_bad[i] != 0);
  std::sort(loans.begin(), loans.end());

  std::vector<TieGroup> groups;
  for (std::size_t i = 0; i < loans.size(); ++i) {
    if (i == 0 || loans[i].first != loans[i - 1].first) groups.emplace_back();
    ++(loans[i].second ? groups.back().bad : groups.back().good);
  }
  return groups;
}

TieGroup Total(const std::vector<TieGroup>& groups) {
  TieGroup total;
  for (const TieGroup& group : groups) {
    total.bad += group.bad;
    total.good += group.good;
  }
  return total;
}

}  // namespace

std::optional<double> Auc(std::span<const double> scores, std::span<const std::uint8_t> is_bad) {
  const std::vector<TieGroup> groups = TieGroups(scores, is_bad);
  const TieGroup total = Total(groups);
  if (total.bad == 0 || total.good == 0) return std::nullopt;

  std::uint64_t good_below = 0;
  std::uint64_t half_wins = 0;  // A win counts two, a tie one.
  for (const TieGroup& group : groups) {
    half_wins += group.bad * (2 * good_below + group.good);
    good_below += group.good;
  }
  return static_cast<double>(half_wins) / (2.0 * static_cast<double>(total.bad * total.good));
}

std::optional<double> KolmogorovSmirnov(std::span<const double> scores,
                                        std::span<const std::uint8_t> is_bad) {
  const std::vector<TieGroup> groups = TieGroups(scores, is_bad);
  const TieGroup total = Total(groups);
  if (total.bad == 0 || total.good == 0) return std::nullopt;

  TieGroup below;
  std::uint64_t distance_max = 0;  // In units of 1 / (bad × good).
  for (const TieGroup& group : groups) {
    below.bad += group.bad;
    below.good += group.good;
    const std::uint64_t a = below.bad * total.good;
    const std::uint64_t b = below.good * total.bad;
    distance_max = std::max(distance_max, a > b ? a - b : b - a);
  }
  return static_cast<double>(distance_max) / static_cast<double>(total.bad * total.good);
}

double BrierScore(std::span<const double> scores, std::span<const std::uint8_t> is_bad) {
  Check(scores, is_bad);
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double distance = scores[i] - (is_bad[i] != 0 ? 1.0 : 0.0);
    sum += distance * distance;
  }
  return sum / static_cast<double>(scores.size());
}

double LogLoss(std::span<const double> scores, std::span<const std::uint8_t> is_bad) {
  Check(scores, is_bad);
  constexpr double kMargin = 1e-15;
  double sum = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    const double score = std::clamp(scores[i], kMargin, 1 - kMargin);
    sum -= is_bad[i] != 0 ? std::log(score) : std::log1p(-score);
  }
  return sum / static_cast<double>(scores.size());
}

Calibration Calibrate(std::span<const double> scores, std::span<const std::uint8_t> is_bad) {
  Check(scores, is_bad);
  Calibration result;
  for (std::size_t b = 0; b < kCalibrationBins; ++b) {
    result.bins[b].lower = static_cast<double>(b) / kCalibrationBins;
    result.bins[b].upper = static_cast<double>(b + 1) / kCalibrationBins;
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    // Compared with the bins' own ends: scaling the score by ten would put some on the wrong side.
    std::size_t b = kCalibrationBins - 1;
    while (b > 0 && scores[i] < result.bins[b].lower) --b;
    CalibrationBin& bin = result.bins[b];
    ++bin.count;
    bin.mean_score += scores[i];  // Sums for now; divided below.
    bin.bad_share += is_bad[i] != 0 ? 1.0 : 0.0;
  }
  for (CalibrationBin& bin : result.bins) {
    if (bin.count == 0) continue;
    bin.mean_score /= static_cast<double>(bin.count);
    bin.bad_share /= static_cast<double>(bin.count);
    result.expected_error += static_cast<double>(bin.count) / static_cast<double>(scores.size()) *
                             std::abs(bin.mean_score - bin.bad_share);
  }
  return result;
}

}  // namespace credit_risk
