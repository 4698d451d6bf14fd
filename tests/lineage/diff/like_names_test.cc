// Which names are taken for others.

#include "lineage/diff/like_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::lineage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(LikeNames, ArePairedTheMostAlikeFirst) {
  EXPECT_THAT(PairLikeNames({"d/loans_2023.csv", "d/loans_2022.csv"},
                            {"d/loans_2024.csv", "e/loans_2023.csv"}),
              ElementsAre(Pair(0U, 1U), Pair(1U, 0U)));
  EXPECT_THAT(PairLikeNames({"a/part-1.bin", "b/part-1.bin"}, {"b2/part-1.bin", "a2/part-1.bin"}),
              ElementsAre(Pair(0U, 1U), Pair(1U, 0U)));
}

TEST(LikeNames, HaveOneExtensionAndDifferInHalfOfTheRestAtMost) {
  EXPECT_THAT(PairLikeNames({"loans.csv"}, {"loans.tsv"}), IsEmpty());
  EXPECT_THAT(PairLikeNames({"train.csv"}, {"test.csv"}), IsEmpty());
  EXPECT_THAT(PairLikeNames({"a.csv"}, {"b.csv"}), IsEmpty());
  EXPECT_THAT(PairLikeNames({}, {"b.csv"}), IsEmpty());
  EXPECT_THAT(PairLikeNames({"x1.csv"}, {"x2.csv"}), ElementsAre(Pair(0U, 0U)));
}

TEST(LikeNames, AreNotSoughtAmongVeryMany) {
  const std::vector<std::string> many(101, "part-1.csv");
  EXPECT_THAT(PairLikeNames(many, many), IsEmpty());
}

TEST(ExtensionOf, IsWhatFollowsTheLastDotOfTheName) {
  EXPECT_EQ(ExtensionOf("a.b/c.csv"), ".csv");
  EXPECT_EQ(ExtensionOf("a.b/c"), "");
  EXPECT_EQ(ExtensionOf(".hidden"), "");
}

}  // namespace
}  // namespace reprise::lineage
