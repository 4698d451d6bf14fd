// Expected values are worked out by hand or follow from a closed form, given beside them; AUC and
// KS are also compared with their definitions, counted out pair by pair and threshold by threshold.

#include "metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <utility>
#include <vector>

#include "split.h"

namespace credit_risk {
namespace {

using Scores = std::vector<double>;
using Outcomes = std::vector<std::uint8_t>;

// Scores from a few values only, so that most of them tie.
std::pair<Scores, Outcomes> ManyTies(std::uint64_t seed) {
  SplitMix64 random(seed);
  std::pair<Scores, Outcomes> loans;
  for (int i = 0; i < 200; ++i) {
    loans.first.push_back(static_cast<double>(random.Below(8)) / 8);
    loans.second.push_back(random.Below(3) == 0 ? 1 : 0);
  }
  return loans;
}

double AucByPairs(const Scores& scores, const Outcomes& is_bad) {
  double wins = 0;
  double pairs = 0;
  for (std::size_t b = 0; b < scores.size(); ++b) {
    for (std::size_t g = 0; g < scores.size(); ++g) {
      if (is_bad[b] != 1 || is_bad[g] != 0) continue;
      wins += scores[b] > scores[g] ? 1 : scores[b] == scores[g] ? 0.5 : 0;
      ++pairs;
    }
  }
  return wins / pairs;
}

double KsByThresholds(const Scores& scores, const Outcomes& is_bad) {
  double distance_max = 0;
  for (const double threshold : scores) {
    double below[2] = {0, 0};
    double total[2] = {0, 0};
    for (std::size_t i = 0; i < scores.size(); ++i) {
      below[is_bad[i]] += scores[i] <= threshold ? 1 : 0;
      total[is_bad[i]] += 1;
    }
    distance_max = std::max(distance_max, std::abs(below[0] / total[0] - below[1] / total[1]));
  }
  return distance_max;
}

TEST(Auc, IsTheShareOfPairsInTheRightOrder) {
  // Bad at 0.35 and 0.8, good at 0.1 and 0.4: three of four pairs are right.
  EXPECT_EQ(Auc(Scores{0.1, 0.4, 0.35, 0.8}, Outcomes{0, 0, 1, 1}), 0.75);
  EXPECT_EQ(Auc(Scores{0.1, 0.2, 0.3}, Outcomes{0, 0, 1}), 1.0);
  EXPECT_EQ(Auc(Scores{0.1, 0.2, 0.3}, Outcomes{1, 0, 0}), 0.0);
}

TEST(Auc, ATieCountsOneHalf) {
  // Pairs of bad with good: 0.5 > 0.2, 0.5 = 0.5, 0.9 > 0.2, 0.9 > 0.5, so 3.5 of 4.
  EXPECT_EQ(Auc(Scores{0.2, 0.5, 0.5, 0.9}, Outcomes{0, 0, 1, 1}), 0.875);
  EXPECT_EQ(Auc(Scores{0.4, 0.4, 0.4}, Outcomes{0, 1, 0}), 0.5);
}

TEST(Auc, AgreesWithItsDefinitionWhereMostScoresTie) {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const auto [scores, is_bad] = ManyTies(seed);
    EXPECT_NEAR(Auc(scores, is_bad).value(), AucByPairs(scores, is_bad), 1e-14);
  }
}

TEST(Auc, DoesNotDependOnTheOrderOfTheRows) {
  auto [scores, is_bad] = ManyTies(6);
  const double expected = Auc(scores, is_bad).value();
  std::reverse(scores.begin(), scores.end());
  std::reverse(is_bad.begin(), is_bad.end());
  EXPECT_EQ(Auc(scores, is_bad), expected);
}

TEST(Auc, IsUndefinedWhereAClassIsMissing) {
  EXPECT_EQ(Auc(Scores{0.1, 0.2}, Outcomes{0, 0}), std::nullopt);
  EXPECT_EQ(Auc(Scores{0.1, 0.2}, Outcomes{1, 1}), std::nullopt);
}

TEST(KolmogorovSmirnov, IsTheLargestDistanceOfTheCumulativeShares) {
  // Good at 0.1 0.2 0.5, bad at 0.5 0.8.  Up to 0.2: 2/3 of the good and none of the bad.
  EXPECT_DOUBLE_EQ(
      KolmogorovSmirnov(Scores{0.1, 0.2, 0.5, 0.5, 0.8}, Outcomes{0, 0, 0, 1, 1}).value(), 2.0 / 3);
  EXPECT_EQ(KolmogorovSmirnov(Scores{0.1, 0.9}, Outcomes{0, 1}), 1.0);
  EXPECT_EQ(KolmogorovSmirnov(Scores{0.1, 0.9}, Outcomes{1, 0}), 1.0) << "a distance has no sign";
}

TEST(KolmogorovSmirnov, LoansThatTieAreNotSeparated) {
  EXPECT_EQ(KolmogorovSmirnov(Scores{0.4, 0.4, 0.4, 0.4}, Outcomes{0, 0, 1, 1}), 0.0);
}

TEST(KolmogorovSmirnov, AgreesWithItsDefinitionWhereMostScoresTie) {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5}) {
    const auto [scores, is_bad] = ManyTies(seed);
    EXPECT_NEAR(KolmogorovSmirnov(scores, is_bad).value(), KsByThresholds(scores, is_bad), 1e-14);
  }
}

TEST(KolmogorovSmirnov, IsUndefinedWhereAClassIsMissing) {
  EXPECT_EQ(KolmogorovSmirnov(Scores{0.1}, Outcomes{1}), std::nullopt);
}

TEST(BrierScore, IsTheMeanSquaredDistance) {
  // (0.1² + 0.2² + 0.4²) / 3 = 0.07.
  EXPECT_NEAR(BrierScore(Scores{0.9, 0.2, 0.6}, Outcomes{1, 0, 1}), 0.07, 1e-15);
}

TEST(BrierScore, OfTheBaseRateIsItsVariance) {
  EXPECT_NEAR(BrierScore(Scores(10, 0.3), Outcomes{1, 1, 1, 0, 0, 0, 0, 0, 0, 0}), 0.3 * 0.7,
              1e-15);
}

TEST(LogLoss, OfAnEvenGuessIsTheLogarithmOfTwo) {
  EXPECT_NEAR(LogLoss(Scores{0.5, 0.5}, Outcomes{0, 1}), std::numbers::ln2, 1e-15);
}

TEST(LogLoss, IsTheMeanNegativeLogLikelihood) {
  EXPECT_NEAR(LogLoss(Scores{0.8, 0.25}, Outcomes{1, 0}), -(std::log(0.8) + std::log(0.75)) / 2,
              1e-15);
}

TEST(LogLoss, AConfidentMistakeIsFinite) {
  EXPECT_NEAR(LogLoss(Scores{0}, Outcomes{1}), 15 * std::numbers::ln10, 1e-9);
  EXPECT_NEAR(LogLoss(Scores{1}, Outcomes{0}), 15 * std::numbers::ln10, 0.01);
}

TEST(Calibrate, AScoreOnAnEdgeBelongsToTheBinAboveAndOneToTheLast) {
  // 0.3 and 0.7 are where ten times the score, rounded down, can go wrong.
  const Calibration result =
      Calibrate(Scores{0, 0.1, 0.3, 0.7, 0.9, 1}, Outcomes{0, 0, 0, 0, 0, 0});
  const std::size_t expected[] = {1, 1, 0, 1, 0, 0, 0, 1, 0, 2};
  for (std::size_t b = 0; b < kCalibrationBins; ++b) {
    EXPECT_EQ(result.bins[b].count, expected[b]) << "bin " << b;
  }
}

TEST(Calibrate, TheErrorIsTheDistanceWeightedByTheCounts) {
  // Bin [0.2, 0.3): mean 0.25, share 1/2, distance 0.25, weight 2/5.
  // Bin [0.8, 0.9): mean 0.8, share 2/3, distance 0.8 - 2/3, weight 3/5.
  const Calibration result = Calibrate(Scores{0.2, 0.3 - 1e-9, 0.8, 0.8, 0.8}, {{0, 1, 1, 1, 0}});
  EXPECT_NEAR(result.bins[2].mean_score, 0.25, 1e-8);
  EXPECT_EQ(result.bins[2].bad_share, 0.5);
  EXPECT_NEAR(result.expected_error, 0.4 * 0.25 + 0.6 * (0.8 - 2.0 / 3), 1e-8);
}

TEST(Calibrate, PredictionsThatComeTrueHaveNoError) {
  EXPECT_NEAR(Calibrate(Scores(4, 0.25), Outcomes{0, 0, 1, 0}).expected_error, 0.0, 1e-15);
}

TEST(Metrics, WhatCannotBeMeasuredIsRefused) {
  EXPECT_THROW((void)Auc(Scores{0.1}, Outcomes{0, 1}), std::invalid_argument);
  EXPECT_THROW((void)Auc(Scores{}, Outcomes{}), std::invalid_argument);
  EXPECT_THROW((void)BrierScore(Scores{1.1}, Outcomes{0}), std::invalid_argument);
  EXPECT_THROW((void)LogLoss(Scores{-0.1}, Outcomes{0}), std::invalid_argument);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW((void)KolmogorovSmirnov(Scores{nan, 0.1}, Outcomes{0, 1}), std::invalid_argument);
  EXPECT_THROW((void)Calibrate(Scores{nan}, Outcomes{0}), std::invalid_argument);
}

}  // namespace
}  // namespace credit_risk
