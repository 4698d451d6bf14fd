// What names columns.

#include "lineage/table/header.h"

#include <gtest/gtest.h>

namespace reprise::lineage {
namespace {

using Names = std::vector<std::string>;

// The names of a header; empty: it is none.
Names HeaderOf(std::vector<std::string_view> fields) {
  ColumnNames columns = ReadColumnNames(fields);
  return columns.has_header ? columns.names : Names{};
}

TEST(ReadColumnNames, AHeaderHasWords) {
  EXPECT_EQ(HeaderOf({"a", "b"}), (Names{"a", "b"}));
  EXPECT_EQ(HeaderOf({"a", " 1.5 "}), Names{});
  EXPECT_EQ(HeaderOf({"a", ""}), Names{});
  EXPECT_EQ(HeaderOf({"a", " "}), Names{});
  EXPECT_EQ(ReadColumnNames(std::vector<std::string_view>{"a", "2"}).names, (Names{"1", "2"}));
}

TEST(ReadColumnNames, TheFirstMayBeUnnamedAsPandasWritesAnIndex) {
  EXPECT_EQ(HeaderOf({"", "age", "amount"}), (Names{"Unnamed: 0", "age", "amount"}));
  EXPECT_EQ(HeaderOf({"", "Unnamed: 0", "age"}), (Names{"Unnamed: 0.1", "Unnamed: 0", "age"}));
  EXPECT_EQ(HeaderOf({"", "1", "2"}), Names{});
  EXPECT_EQ(HeaderOf({"", ""}), Names{});
  EXPECT_EQ(HeaderOf({""}), Names{});
}

TEST(ReadColumnNames, ThatAreThereAgainGetNumbersThatNoOtherHas) {
  EXPECT_EQ(HeaderOf({"a", "b", "a", "a"}), (Names{"a", "b", "a.2", "a.3"}));
  EXPECT_EQ(HeaderOf({"a.2", "a", "a"}), (Names{"a.2", "a", "a.3"}));
  EXPECT_EQ(HeaderOf({"", "a", "a"}), (Names{"Unnamed: 0", "a", "a.2"}));
  EXPECT_TRUE(ReadColumnNames(std::vector<std::string_view>{"a", "a"}).has_repeated);
  EXPECT_FALSE(ReadColumnNames(std::vector<std::string_view>{"a", "a.2"}).has_repeated);
  EXPECT_FALSE(ReadColumnNames(std::vector<std::string_view>{"1", "1"}).has_repeated);
}

TEST(RepeatedName, IsWhatStandsBeforeANumberFromTwoOn) {
  EXPECT_EQ(RepeatedName("a.2"), "a");
  EXPECT_EQ(RepeatedName("a.b.13"), "a.b");
  for (const std::string_view name : {"a", "a.", "a.1", "a.02", "a.x", ".2", "2", ""}) {
    EXPECT_EQ(RepeatedName(name), std::nullopt) << name;
  }
}

TEST(ReadColumnNames, AreThoseOfTheFirstRecordOnceItIsWhole) {
  const auto names = [](std::string_view start, bool is_whole) {
    const auto columns = ReadColumnNames(start, is_whole);
    return columns.has_value() ? columns->names : Names{};
  };
  EXPECT_EQ(names("a,b", false), Names{});
  EXPECT_EQ(names("a,b", true), (Names{"a", "b"}));
  EXPECT_EQ(names("\n1,2\n3", false), (Names{"1", "2"}));
  EXPECT_EQ(names("\r\n\na;b\n", false), (Names{"a", "b"}));
}

TEST(IsTableName, IsToldByTheEndInAnyCase) {
  EXPECT_TRUE(IsTableName("data/a.csv"));
  EXPECT_TRUE(IsTableName("A.Tsv"));
  EXPECT_FALSE(IsTableName("a.csv.gz"));
  EXPECT_FALSE(IsTableName("csv"));
}

}  // namespace
}  // namespace reprise::lineage
