// Intervals, beside SciPy and published examples.

#include "lineage/check/interval.h"

#include <gtest/gtest.h>

namespace reprise::lineage {
namespace {

TEST(ShareOf, IsTheScoreIntervalOfScipy) {
  // scipy.stats.binomtest(3, 10).proportion_ci(method="wilson")
  const Estimate share = ShareOf(3, 10);
  EXPECT_DOUBLE_EQ(*share.value, 0.3);
  EXPECT_NEAR(*share.low, 0.10779126740630102, 1e-15);
  EXPECT_NEAR(*share.high, 0.60322185253885463, 1e-15);
}

TEST(ShareOf, EndsAtZeroAndOneExactlyAndKnowsNothingOfNoRows) {
  EXPECT_EQ(*ShareOf(0, 10).low, 0);
  EXPECT_NEAR(*ShareOf(0, 10).high, 0.27753279986288926, 1e-15);
  EXPECT_EQ(*ShareOf(10, 10).high, 1);
  EXPECT_NEAR(*ShareOf(10, 10).low, 0.7224672001371109, 1e-15);
  EXPECT_EQ(ShareOf(0, 0), Estimate());
}

TEST(DifferenceOf, IsNewcombesExample) {
  // 56/70 - 48/80: table II, example (a) of the paper has 0.0524 to 0.3339 for method 10.
  const Estimate difference = DifferenceOf({56, 70}, {48, 80});
  EXPECT_NEAR(*difference.value, 0.2, 1e-15);
  EXPECT_NEAR(*difference.low, 0.052431472402364815, 1e-14);
  EXPECT_NEAR(*difference.high, 0.33387265403690591, 1e-14);
}

TEST(AreaEstimate, IsThatOfTheVarianceCutToPossibleAreas) {
  const Estimate area = AreaEstimate(0.9, 0.01, 10, 10);
  EXPECT_NEAR(*area.low, 0.9 - 0.1959963984540054, 1e-15);
  EXPECT_EQ(*area.high, 1);
}

TEST(AreaEstimate, IsNotCertainOfAPerfectRankingOfFewRows) {
  // The roots of (area - t)^2 = 1.96^2 V(t), found by scipy.optimize.brentq.
  EXPECT_NEAR(*AreaEstimate(1, 0, 5, 5).low, 0.64270282393104317, 1e-12);
  EXPECT_EQ(*AreaEstimate(1, 0, 5, 5).high, 1);
  EXPECT_NEAR(*AreaEstimate(0, 0, 3, 7).high, 0.39989175241876668, 1e-12);
  EXPECT_EQ(*AreaEstimate(0, 0, 3, 7).low, 0);
}

TEST(AreaEstimate, OfOneRowOfAClassHasAnInterval) {
  EXPECT_NEAR(*AreaEstimate(0.5, 0, 1, 4).low, 0.10016074911014289, 1e-12);
  EXPECT_NEAR(*AreaEstimate(0.5, 0, 1, 4).high, 0.89983925088985717, 1e-12);
}

}  // namespace
}  // namespace reprise::lineage
