// Rows that two tables share, against comparing each with each.

#include "lineage/table/shared_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace reprise::lineage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// What the second table shares with the first over `columns`, where rows are many for memory.
Result<SharedRows> Share(std::string_view a, std::string_view b, std::vector<std::string> columns) {
  SharedRowFinder finder({0, 1}, [](std::size_t, std::size_t) { return true; },
                         {.held_bytes_max = 16 * sizeof(SortedRow)});
  for (const std::size_t table : {0U, 1U}) {
    RowHasher hasher(columns, [&](const FieldHash& hash, std::uint64_t row) {
      return finder.Add(table, hash, row);
    });
    REPRISE_TRY(hasher.Feed(table == 0 ? a : b));
    REPRISE_TRY(hasher.Finish());
    finder.SetRows(table, hasher.rows());
  }
  REPRISE_ASSIGN_OR_RETURN(const auto shared, finder.Finish());
  return shared.empty() ? SharedRows{} : shared.at({0, 1});
}

TEST(SharedRows, RowsAreTheSameWhateverTheOrderOfColumnsAndTheIgnoredOnes) {
  const auto shared = Share("id,age,city\n1,30,Graz\n2,41,Linz\n",
                            "city,age\nLinz,41\nWels,1\nLinz,41\n", {"age", "city"});
  ASSERT_TRUE(shared.ok());
  EXPECT_EQ(shared->a_rows, 2U);
  EXPECT_EQ(shared->b_rows, 3U);
  EXPECT_EQ(shared->a_shared, 1U);
  EXPECT_EQ(shared->b_shared, 2U);  // Each one counts.
  EXPECT_THAT(shared->first, ElementsAre(Pair(1U, 2U), Pair(3U, 2U)));
}

TEST(SharedRows, TheHeaderIsNoRowAndARowOfMissingValuesIsSharedByNobody) {
  const auto shared = Share("age,city\nNA,\n1,x\n", "age,city\nNA,\n1,x\n", {"age", "city"});
  ASSERT_TRUE(shared.ok());
  EXPECT_EQ(shared->b_rows, 2U);
  EXPECT_EQ(shared->b_shared, 1U);
}

TEST(SharedRows, ValuesAreComparedByTheirBytesWithTheirLengths) {
  const auto shared = Share("x,y\nab,c\n1.0,2\n", "x,y\na,bc\n1,2\n\"ab\",\"c\"\n", {"x", "y"});
  ASSERT_TRUE(shared.ok());
  EXPECT_THAT(shared->first, ElementsAre(Pair(3U, 1U)));
}

TEST(SharedRows, WhatIsNoTableIsAnError) {
  EXPECT_THAT(Share("a,b\n1\n", "", {"a"}).error().message, HasSubstr("row 1 has 1 fields"));
  EXPECT_THAT(Share("a,b\n1,2\n", "", {"z"}).error().message, HasSubstr("no column 'z'"));
}

TEST(SharedRows, CountsAgreeWithComparingEachRowWithEach) {
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
    const auto shared = Share(texts[0], texts[1], {"p", "q"});
    ASSERT_TRUE(shared.ok());
    EXPECT_EQ(shared->a_shared, count_in(tables[0], tables[1]));
    EXPECT_EQ(shared->b_shared, count_in(tables[1], tables[0]));
    for (const auto& [b, a] : shared->first) EXPECT_EQ(tables[1][b - 1], tables[0][a - 1]);
  }
}

TEST(SharedRows, ARowOfSeveralTablesOfAGroupIsToldOfTheFirstOfThem) {
  // Tables 0 and 1 in one group, 2 in another, 3 in a third; 0 and 3 are not compared.
  SharedRowFinder finder({0, 0, 1, 2},
                         [](std::size_t a, std::size_t b) { return a != 0 || b != 3; }, {});
  for (const std::size_t table : {0U, 1U, 2U, 3U}) {
    ASSERT_TRUE(finder.Add(table, {.low = 1, .high = 2}, 10 + table).ok());
  }
  const auto shared = finder.Finish();
  ASSERT_TRUE(shared.ok());
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (const auto& [pair, rows] : *shared) pairs.push_back(pair);
  EXPECT_THAT(pairs, ElementsAre(Pair(0U, 2U), Pair(1U, 3U), Pair(2U, 3U)));
}

}  // namespace
}  // namespace reprise::lineage
