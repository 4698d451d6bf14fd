// Distances of samples, beside SciPy and NumPy.

#include "lineage/diff/distribution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace reprise::lineage {
namespace {

// The samples of the constants below, which NumPy 2 and SciPy 1 gave for
//   a = [(i * 37 % 101) / 7 for i in range(50)]; b = [(i * 53 % 97) / 6 + 1 for i in range(60)]
std::vector<double> Sample(int count, int factor, int modulus, double divisor, double offset) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(i * factor % modulus / divisor + offset);
  std::sort(values.begin(), values.end());
  return values;
}
std::vector<double> A() { return Sample(50, 37, 101, 7, 0); }
std::vector<double> B() { return Sample(60, 53, 97, 6, 1); }

TEST(KolmogorovSmirnov, IsThatOfScipy) {
  // scipy.stats.ks_2samp(a, b).statistic
  EXPECT_DOUBLE_EQ(KolmogorovSmirnov(A(), B()), 0.16666666666666666);
  EXPECT_DOUBLE_EQ(KolmogorovSmirnov(B(), A()), 0.16666666666666666);
  // Ties: ks_2samp([1, 1, 2, 2, 2, 3], [2, 3, 3, 3, 4]).statistic
  EXPECT_DOUBLE_EQ(
      KolmogorovSmirnov(std::vector<double>{1, 1, 2, 2, 2, 3}, std::vector<double>{2, 3, 3, 3, 4}),
      0.6333333333333333);
}

TEST(KolmogorovSmirnov, IsZeroForOneSampleAndOneForSeparateOnes) {
  EXPECT_EQ(KolmogorovSmirnov(A(), A()), 0);
  EXPECT_EQ(KolmogorovSmirnov(std::vector<double>{1, 2}, std::vector<double>{3}), 1);
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(KolmogorovSmirnov(std::vector<double>{-infinity, 0}, std::vector<double>{0, infinity}),
            0.5);
}

TEST(DecileEdges, AreQuantilesOfTheSample) {
  // numpy.quantile(a, [0.1, …, 0.9], method="inverted_cdf")
  const std::vector<double> expected = {1.2857142857142858,
                                        2.7142857142857144,
                                        4.142857142857143,
                                        5.571428571428571,
                                        7.0,
                                        8.428571428571429,
                                        10.0,
                                        11.428571428571429,
                                        12.857142857142858};
  EXPECT_EQ(DecileEdges(A()), expected);
  EXPECT_EQ(CountInBins(A(), expected), std::vector<std::uint64_t>(10, 5));
  EXPECT_EQ(CountInBins(B(), expected),
            (std::vector<std::uint64_t>{2, 6, 5, 6, 5, 4, 7, 5, 6, 14}));
}

TEST(DecileEdges, StandOnceWhereOneValueIsCommon) {
  EXPECT_EQ(DecileEdges(std::vector<double>{7}), std::vector<double>{7});
  EXPECT_EQ(DecileEdges(std::vector<double>{0, 0, 0, 0, 0, 0, 0, 0, 0, 1}), std::vector<double>{0});
  EXPECT_EQ(CountInBins(std::vector<double>{-1, 0, 0, 2}, std::vector<double>{0}),
            (std::vector<std::uint64_t>{3, 1}));
}

TEST(PopulationStability, IsTheFormulaWithHalfAnObservationInEachBin) {
  // With p = (e + .5) / (e.sum() + .5 * k) and q likewise of o: ((q - p) * numpy.log(q / p)).sum()
  using Counts = std::vector<std::uint64_t>;
  EXPECT_NEAR(PopulationStability(Counts(10, 5), Counts{2, 6, 5, 6, 5, 4, 7, 5, 6, 14}),
              0.17877738797215464, 1e-15);
  EXPECT_NEAR(PopulationStability(Counts{5, 3, 2, 0}, Counts{1, 3, 4, 2}), 0.7992984242661235,
              1e-15);
  EXPECT_NEAR(PopulationStability(Counts{10, 0}, Counts{0, 10}), 5.535495341315315, 1e-14);
  EXPECT_EQ(PopulationStability(Counts{3, 4}, Counts{3, 4}), 0);
  EXPECT_EQ(PopulationStability(Counts{}, Counts{}), 0);
}

TEST(StabilityByChance, ShrinksWithTheSamples) {
  using Counts = std::vector<std::uint64_t>;
  // (1/50 + 1/60) (9 + 1.6448536269514722 sqrt(18))
  EXPECT_NEAR(StabilityByChance(Counts(10, 5), Counts{2, 6, 5, 6, 5, 4, 7, 5, 6, 14}),
              0.5858791738088681, 1e-12);
  EXPECT_LT(StabilityByChance(Counts(10, 500), Counts(10, 500)), 0.01);
  EXPECT_EQ(StabilityByChance(Counts{5}, Counts{5}), 0);
  EXPECT_EQ(StabilityByChance(Counts{0, 0}, Counts{5, 5}), 0);
}

}  // namespace
}  // namespace reprise::lineage
