// Rows of JSON Lines.

#include "lineage/table/json_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

namespace reprise::lineage {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The hash of the only row; absent: there is none, or it is not visited.
std::optional<FieldHash> RowOf(std::string_view line, std::vector<std::string> ignored = {}) {
  std::optional<FieldHash> found;
  JsonRowHasher hasher(std::move(ignored),
                       [&](const FieldHash& hash, std::uint64_t) -> Result<void> {
                         found = hash;
                         return {};
                       });
  EXPECT_TRUE(hasher.Feed(line).ok());
  EXPECT_TRUE(hasher.Finish().ok());
  return found;
}

TEST(JsonRows, AreEqualWhateverTheOrderOfMembersAndTheSpaceBetweenThem) {
  const auto row = RowOf(R"({"a": 1, "b": {"c": [1, 2, "x, }y"]}})");
  ASSERT_TRUE(row.has_value());
  EXPECT_EQ(RowOf(" {\t\"b\" :{\"c\":[1,2,\"x, }y\"]} ,\"\\u0061\":1 } \r\n"), row);
  EXPECT_NE(RowOf(R"({"a": 1, "b": {"c": [1, 2, "x,}y"]}})"), row);
  EXPECT_NE(RowOf(R"({"a": 1, "b": {"c": [1, 2]}})"), row);
}

TEST(JsonRows, KeepEveryDigitOfANumber) {
  EXPECT_NE(RowOf(R"({"id": 9007199254740993})"), RowOf(R"({"id": 9007199254740992})"));
  EXPECT_NE(RowOf(R"({"id": 1.0})"), RowOf(R"({"id": 1})"));
}

TEST(JsonRows, MembersToIgnoreDoNotCount) {
  EXPECT_EQ(RowOf(R"({"id": 1, "x": "\\\""})", {"id"}), RowOf(R"({"x": "\\\""})"));
  EXPECT_EQ(RowOf(R"({"id": 1})", {"id"}), std::nullopt);
  EXPECT_EQ(RowOf("{}"), std::nullopt);
}

TEST(JsonRows, WhatIsNoObjectIsARowAsAWhole) {
  EXPECT_EQ(RowOf("[1, \"a b\"]"), RowOf("[ 1,\"a b\" ]"));
  EXPECT_NE(RowOf("[1]"), RowOf("[2]"));
  EXPECT_TRUE(RowOf("null").has_value());
}

TEST(JsonRows, AreTheSameHoweverTheTextIsCut) {
  const std::string text = "\xEF\xBB\xBF{\"a\": 1}\n\n[2]\r\n{\"a\": 1}";
  for (const std::size_t part_bytes : {1U, 3U, 100U}) {
    std::vector<std::pair<FieldHash, std::uint64_t>> rows;
    JsonRowHasher hasher({}, [&](const FieldHash& hash, std::uint64_t row) -> Result<void> {
      rows.emplace_back(hash, row);
      return {};
    });
    for (std::size_t at = 0; at < text.size(); at += part_bytes) {
      ASSERT_TRUE(hasher.Feed(std::string_view(text).substr(at, part_bytes)).ok());
    }
    ASSERT_TRUE(hasher.Finish().ok());
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[0].first, rows[2].first);
    EXPECT_EQ(rows[2].second, 3U);
    EXPECT_EQ(hasher.rows(), 3U);
  }
}

TEST(JsonRows, WhatIsNoJsonIsAnErrorThatNamesTheRow) {
  JsonRowHasher hasher({}, [](const FieldHash&, std::uint64_t) { return Result<void>(); });
  EXPECT_THAT(hasher.Feed("{}\n{'a': 1}\n").error().message, HasSubstr("row 2 is no JSON"));
  JsonRowHasher endless({}, [](const FieldHash&, std::uint64_t) { return Result<void>(); });
  EXPECT_THAT(endless.Feed(std::string((4U << 20) + 1, ' ')).error().message,
              HasSubstr("longer than 4 MiB"));
}

TEST(JsonRows, AgreeByChanceAsTheirMembersDo) {
  JsonRowHasher hasher({}, [](const FieldHash&, std::uint64_t) { return Result<void>(); });
  ASSERT_TRUE(hasher.Feed("{\"y\":1}\n{\"y\":1}\n{\"y\":0}\n{\"y\":0,\"z\":5}\n").ok());
  ASSERT_TRUE(hasher.Finish().ok());
  EXPECT_EQ(hasher.Agreement().rows, 4U);
  // Of 12 ordered pairs, 4 agree in y, and 6 in having no z.
  EXPECT_DOUBLE_EQ(hasher.Agreement().chance, 4.0 / 12 * 6 / 12);
}

TEST(JsonRows, AreToldApartByWhateverStandsBehindVeryManyMembers) {
  JsonRowHasher hasher({}, [](const FieldHash&, std::uint64_t) { return Result<void>(); });
  for (int row = 0; row < 4; ++row) {
    std::string line = "{";
    for (int i = 1000; i < 6000; ++i) line += "\"m" + std::to_string(i) + "\":1,";
    ASSERT_TRUE(hasher.Feed(line + "\"z\":" + std::to_string(row / 2) + "}\n").ok());
  }
  EXPECT_DOUBLE_EQ(hasher.Agreement().chance, 4.0 / 12);
}

}  // namespace
}  // namespace reprise::lineage
