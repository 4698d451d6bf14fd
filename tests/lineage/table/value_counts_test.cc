// How often rows are equal by chance, against drawing them.

#include "lineage/table/value_counts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <set>

namespace reprise::lineage {
namespace {

TEST(ValueCounts, AgreementIsThatOfTwoDifferentRows) {
  ValueCounts counts;
  EXPECT_EQ(counts.Agreement(), 0);
  counts.Add(7);
  EXPECT_EQ(counts.Agreement(), 0);
  counts.Add(7);
  EXPECT_EQ(counts.Agreement(), 1);
  counts.Add(8);
  EXPECT_DOUBLE_EQ(counts.Agreement(), 2.0 / 6);
  for (std::uint64_t value = 100; value < 2000; ++value) counts.Add(value, 2);
  EXPECT_EQ(counts.Agreement(), 0);  // So many values tell rows apart.
}

TEST(ValueCounts, OfAWideTableAreFewerForEachColumn) {
  EXPECT_EQ(CountedValuesMax(1), 1024U);
  EXPECT_EQ(CountedValuesMax(256), 1024U);
  EXPECT_EQ(CountedValuesMax(16'384), 16U);
  ValueCounts counts(CountedValuesMax(16'384));
  for (std::uint64_t value = 0; value < 16; ++value) counts.Add(value, 2);
  EXPECT_GT(counts.Agreement(), 0);
  ValueCounts limited = counts;
  limited.LimitTo(15);
  EXPECT_EQ(limited.Agreement(), 0);
  counts.Add(16);
  EXPECT_EQ(counts.Agreement(), 0);
}

TEST(ExpectedByChance, ColumnsThatExcludeEachOtherExplainNoMoreThanTheRowsDo) {
  // A thousand records, each with a member of a name of its own.
  constexpr std::uint64_t kRows = 1000;
  RowAgreement train{kRows, std::pow((kRows - 2.0) / kRows, kRows)};
  const RowAgreement test{200, std::pow(198.0 / 200, 200)};
  EXPECT_TRUE(IsWithinChance(200, ExpectedByChance(train, test)));
  EXPECT_FALSE(
      IsWithinChance(200, ExpectedByChance(BoundedByRows(train, 0), BoundedByRows(test, 0))));
  // Where rows do repeat, as labels do, the bound changes nothing.
  train.chance = 0.5;
  EXPECT_EQ(BoundedByRows(train, kRows * (kRows - 1) / 4).chance, 0.5);
}

TEST(ExpectedByChance, IsWhatDrawingGivesOrMore) {
  std::mt19937 random(1);
  for (const unsigned values : {2U, 50U, 1000U, 100'000U}) {
    // Two columns that have nothing to do with each other.
    const unsigned first = values / 2;
    constexpr int kRounds = 50;
    constexpr int kRows = 300;
    double shared = 0;
    double expected = 0;
    for (int round = 0; round < kRounds; ++round) {
      std::set<std::pair<unsigned, unsigned>> known;
      RowAgreement sides[2];
      for (RowAgreement& side : sides) {
        ValueCounts a;
        ValueCounts b;
        for (int i = 0; i < kRows; ++i) {
          const std::pair row(random() % first, random() % 2);
          a.Add(row.first);
          b.Add(row.second);
          if (&side == &sides[0]) known.insert(row);
          if (&side == &sides[1]) shared += known.contains(row) ? 1 : 0;
        }
        side = {kRows, a.Agreement() * b.Agreement()};
      }
      expected += ExpectedByChance(sides[0], sides[1]);
    }
    EXPECT_NEAR(expected / kRounds, shared / kRounds, 1 + 0.1 * shared / kRounds)
        << values << " values";
  }
}

TEST(ExpectedByChance, OfASingleRowIsToldByTheOtherTable) {
  EXPECT_EQ(ExpectedByChance({1000, 1}, {1, 0}), 1);
  EXPECT_EQ(ExpectedByChance({1, 0}, {10, 0.5}), 5);
  EXPECT_EQ(ExpectedByChance({1000, 0}, {1000, 0.5}), 0);
}

TEST(IsWithinChance, HasRoomForThreeDeviations) {
  EXPECT_TRUE(IsWithinChance(0, 0));
  EXPECT_FALSE(IsWithinChance(1, 0));
  EXPECT_FALSE(IsWithinChance(1, 0.01));
  EXPECT_TRUE(IsWithinChance(130, 100));
  EXPECT_FALSE(IsWithinChance(131, 100));
}

}  // namespace
}  // namespace reprise::lineage
