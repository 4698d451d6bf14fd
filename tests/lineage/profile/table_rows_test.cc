// Rows that two tables share, against comparing each with each.

#include "lineage/profile/table_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace reprise::lineage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

Result<TableRows> RowsOf(std::string_view text, std::vector<std::string> columns) {
  RowHasher hasher(std::move(columns));
  REPRISE_TRY(hasher.Feed(text));
  return hasher.Finish();
}

TEST(TableRows, RowsAreTheSameWhateverTheOrderOfColumnsAndTheIgnoredOnes) {
  const auto a = RowsOf("id,age,city\n1,30,Graz\n2,41,Linz\n", {"age", "city"});
  const auto b = RowsOf("city,age\nLinz,41\nWels,1\nLinz,41\n", {"age", "city"});
  ASSERT_TRUE(a.ok() && b.ok());
  const SharedRows shared = FindSharedRows(*a, *b);
  EXPECT_EQ(shared.a_rows, 2U);
  EXPECT_EQ(shared.b_rows, 3U);
  EXPECT_EQ(shared.a_shared, 1U);
  EXPECT_EQ(shared.b_shared, 2U);  // Each one counts.
  EXPECT_THAT(shared.first, ElementsAre(Pair(1U, 2U), Pair(3U, 2U)));
}

TEST(TableRows, TheHeaderIsNoRowAndARowOfMissingValuesIsSharedByNobody) {
  const auto a = RowsOf("age,city\nNA,\n1,x\n", {"age", "city"});
  ASSERT_TRUE(a.ok());
  const SharedRows shared = FindSharedRows(*a, *a);
  EXPECT_EQ(shared.b_rows, 2U);
  EXPECT_EQ(shared.b_shared, 1U);
}

TEST(TableRows, ValuesAreComparedByTheirBytesWithTheirLengths) {
  const auto a = RowsOf("x,y\nab,c\n1.0,2\n", {"x", "y"});
  const auto b = RowsOf("x,y\na,bc\n1,2\n\"ab\",\"c\"\n", {"x", "y"});
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_THAT(FindSharedRows(*a, *b).first, ElementsAre(Pair(3U, 1U)));
}

TEST(TableRows, WhatIsNoTableIsAnError) {
  EXPECT_THAT(RowsOf("a,b\n1\n", {"a"}).error().message, HasSubstr("row 1 has 1 fields"));
  EXPECT_THAT(RowsOf("a,b\n1,2\n", {"z"}).error().message, HasSubstr("no column 'z'"));
}

TEST(TableRows, CountsAgreeWithComparingEachRowWithEach) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 50; ++round) {
    std::vector<std::vector<std::string>> tables(2);
    std::string texts[2];
    for (int t = 0; t < 2; ++t) {
      texts[t] = "p,q\n";
      const std::size_t size = random() % 60;
      for (std::size_t i = 0; i < size; ++i) {
        tables[t].push_back(std::to_string(random() % 9) + "," + std::to_string(random() % 9));
        texts[t] += tables[t].back() + "\n";
      }
    }
    const auto count_in = [](const auto& rows, const auto& others) {
      std::uint64_t count = 0;
      for (const auto& row : rows) count += std::ranges::count(others, row) > 0 ? 1 : 0;
      return count;
    };
    const SharedRows shared =
        FindSharedRows(*RowsOf(texts[0], {"p", "q"}), *RowsOf(texts[1], {"p", "q"}));
    EXPECT_EQ(shared.a_shared, count_in(tables[0], tables[1]));
    EXPECT_EQ(shared.b_shared, count_in(tables[1], tables[0]));
    for (const auto& [b, a] : shared.first) EXPECT_EQ(tables[1][b - 1], tables[0][a - 1]);
  }
}

TEST(ColumnNames, AreThoseOfTheFirstRecordOnceItIsWhole) {
  EXPECT_EQ(ColumnNames("a,b", false), std::nullopt);
  EXPECT_EQ(ColumnNames("a,b", true), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(ColumnNames("\n1,2\n3", false), (std::vector<std::string>{"1", "2"}));
}

}  // namespace
}  // namespace reprise::lineage
