#include "split.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "csv.h"

namespace credit_risk {
namespace {

// 70 good and 30 bad, interleaved.
std::vector<std::uint8_t> Labels() {
  std::vector<std::uint8_t> labels;
  for (int i = 0; i < 100; ++i) labels.push_back(i % 10 < 3 ? 1 : 0);
  return labels;
}

std::size_t BadCount(const std::vector<std::size_t>& rows) {
  const std::vector<std::uint8_t> labels = Labels();
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [&](std::size_t row) { return labels[row] == 1; }));
}

TEST(SplitMix64, GivesThePublishedSequence) {
  // The reference implementation's first outputs for the seed 1234567.
  SplitMix64 random(1234567);
  for (const std::uint64_t expected :
       {6457827717110365317u, 3203168211198807973u, 9817491932198370423u, 4593380528125082431u,
        16408922859458223821u}) {
    EXPECT_EQ(random.Next(), expected);
  }
}

TEST(SplitMix64, BelowStaysBelowAndReachesEveryNumberEquallyOften) {
  SplitMix64 random(1);
  std::array<int, 6> counts{};
  constexpr int kDraws = 60'000;
  for (int i = 0; i < kDraws; ++i) ++counts.at(random.Below(6));
  // Chi-squared with 5 degrees of freedom exceeds 20.5 with probability 0.001; the seed is fixed.
  double chi_squared = 0;
  for (const int count : counts) chi_squared += std::pow(count - kDraws / 6.0, 2) / (kDraws / 6.0);
  EXPECT_LT(chi_squared, 20.5);
}

TEST(SplitMix64, ABoundOfThreeQuartersOfTheRangeIsNotBiased) {
  // With a plain remainder the lowest third of the results would come up twice as often.
  SplitMix64 random(2);
  const std::uint64_t bound = 3u * (std::uint64_t{1} << 62);
  int lower_third = 0;
  for (int i = 0; i < 30'000; ++i) lower_third += random.Below(bound) < bound / 3 ? 1 : 0;
  EXPECT_NEAR(lower_third, 10'000, 330);  // Four standard deviations.
}

TEST(StratifiedSplit, EveryRowIsInExactlyOnePart) {
  const Split split = StratifiedSplit(Labels(), 0.3, 7);
  std::vector<std::size_t> rows = split.train;
  rows.insert(rows.end(), split.hold_out.begin(), split.hold_out.end());
  std::sort(rows.begin(), rows.end());
  ASSERT_EQ(rows.size(), 100u);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i], i);
}

TEST(StratifiedSplit, BothPartsHaveTheSameShareOfBadLoans) {
  const Split split = StratifiedSplit(Labels(), 0.3, 7);
  EXPECT_EQ(split.hold_out.size(), 30u);
  EXPECT_EQ(BadCount(split.hold_out), 9u);
  EXPECT_EQ(BadCount(split.train), 21u);
}

TEST(StratifiedSplit, KeepsTheOrderOfTheFile) {
  const Split split = StratifiedSplit(Labels(), 0.3, 7);
  EXPECT_TRUE(std::is_sorted(split.train.begin(), split.train.end()));
  EXPECT_TRUE(std::is_sorted(split.hold_out.begin(), split.hold_out.end()));
}

TEST(StratifiedSplit, TheSeedDecides) {
  EXPECT_EQ(StratifiedSplit(Labels(), 0.3, 7).hold_out, StratifiedSplit(Labels(), 0.3, 7).hold_out);
  EXPECT_NE(StratifiedSplit(Labels(), 0.3, 7).hold_out, StratifiedSplit(Labels(), 0.3, 8).hold_out);
}

TEST(StratifiedSplit, TheDrawNeverChanges) {
  // Recorded models depend on it: whoever changes the draw must know that they change all of them.
  const std::vector<std::uint8_t> labels = {0, 1, 0, 1, 0, 1, 0, 1, 0, 1};
  EXPECT_THAT(StratifiedSplit(labels, 0.4, 7).hold_out, ::testing::ElementsAre(1u, 2u, 5u, 8u));
}

TEST(StratifiedSplit, APartWithoutAClassIsAnError) {
  EXPECT_THROW((void)StratifiedSplit(Labels(), 0.01, 7), InputError);
  EXPECT_THROW((void)StratifiedSplit(Labels(), 0.999, 7), InputError);
  EXPECT_THROW((void)StratifiedSplit({0, 0, 0, 0}, 0.5, 7), InputError);
  EXPECT_THROW((void)StratifiedSplit({}, 0.5, 7), InputError);
}

}  // namespace
}  // namespace credit_risk
