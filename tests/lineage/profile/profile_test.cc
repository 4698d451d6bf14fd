// What profiles say of tables, against counting everything; their golden bytes; and what their
// reader refuses.

#include "lineage/profile/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <set>

#include "lineage/profile/profile_builder.h"
#include "storage/crypto/sha256.h"
#include "tests/support/golden.h"

namespace reprise::lineage {
namespace {

using ::testing::HasSubstr;

Profile ProfileOf(std::string_view text, std::size_t part_bytes = 1 << 16) {
  ProfileBuilder builder;
  for (std::size_t at = 0; at < text.size(); at += part_bytes) {
    builder.Feed(text.substr(at, part_bytes));
  }
  Profile profile = builder.Finish();
  profile.content = crypto::Sha256(text);
  return profile;
}

constexpr std::string_view kLoans =
    "id,age,amount,purpose,ok,since,empty,\"note, \"\"free\"\"\"\n"
    "9007199254740993,18,0.1,car,true,2024-01-31,,caf\xe9\n"
    "-3,75,-2.5e3,radio/tv,False,2023-12-01 10:30,NA,x\n"
    "7,NaN,inf,car,TRUE,2024-02-29T08:00:00.5Z,null,\"a\nb\"\n";

TEST(Profile, ColumnsHaveTheNarrowestTypeThatEveryValueCanBeTakenFor) {
  const Profile profile = ProfileOf(kLoans);
  ASSERT_FALSE(profile.problem.has_value()) << *profile.problem;
  EXPECT_EQ(profile.rows, 3U);
  EXPECT_TRUE(profile.has_header);
  const std::map<std::string, ColumnType> expected = {
      {"id", ColumnType::kInteger},  {"age", ColumnType::kInteger},
      {"amount", ColumnType::kReal}, {"purpose", ColumnType::kText},
      {"ok", ColumnType::kBoolean},  {"since", ColumnType::kTime},
      {"empty", ColumnType::kEmpty}, {"note, \"free\"", ColumnType::kText}};
  ASSERT_EQ(profile.columns.size(), expected.size());
  for (const auto& [name, type] : expected) {
    const ColumnProfile* const column = profile.FindColumn(name);
    ASSERT_NE(column, nullptr) << name;
    EXPECT_EQ(column->type, type) << name;
  }
  EXPECT_EQ(profile.FindColumn("age")->missing, 1U);
  EXPECT_EQ(profile.FindColumn("empty")->missing, 3U);
  EXPECT_EQ(profile.FindColumn("amount")->infinite, 1U);
  EXPECT_EQ(profile.FindColumn("id")->integer_max, 9007199254740993);
  EXPECT_EQ(profile.FindColumn("since")->time_min, "2023-12-01 10:30");
  EXPECT_EQ(profile.FindColumn("purpose")->frequent,
            (std::vector<FrequentValue>{{"car", 2}, {"radio/tv", 1}}));
}

TEST(Profile, TheGoldenBytesOfVersionOneAreWrittenAndRead) {
  const Profile profile = ProfileOf(kLoans);
  const auto document = EncodeProfile(profile);
  ASSERT_TRUE(document.ok());
  testing::ExpectGolden("documents/profile_v1.json", *document);
  const auto again = DecodeProfile(*document);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(*again, profile);
}

TEST(Profile, TimesHaveQuantilesInSeconds) {
  const Profile few = ProfileOf("t\n2024-01-01\n2024-01-03\n2024-01-03\n");
  const auto& quantiles = few.FindColumn("t")->time_quantiles;
  ASSERT_TRUE(quantiles.has_value());
  EXPECT_EQ(quantiles->Quantile(0.5), 1'704'240'000);
  std::string text = "t\n";
  for (int i = 0; i < 1440; ++i) {
    char time[32];
    std::snprintf(time, sizeof time, "2024-01-01 %02d:%02d\n", i / 60, i % 60);
    text += time;
  }
  const Profile many = ProfileOf(text);  // More than are known each.
  const QuantileSummary& sketch = *many.FindColumn("t")->time_quantiles;
  EXPECT_EQ(sketch.count, 1440U);
  EXPECT_GT(sketch.rank_error, 0U);
  EXPECT_NEAR(sketch.Quantile(0.5), 1'704'067'200 + 43'200, 60.0 * 20);
  EXPECT_EQ(many.FindColumn("t")->frequent.size(), kFrequentValuesMax);
}

TEST(Profile, TimesOfEarlierReleasesHaveNoQuantiles) {
  Profile profile = ProfileOf(kLoans);
  for (ColumnProfile& column : profile.columns) column.time_quantiles.reset();
  const auto document = EncodeProfile(profile);
  ASSERT_TRUE(document.ok());
  const auto again = DecodeProfile(*document);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(*again, profile);
}

TEST(Profile, NamesThatAreThereAgainAreNumberedAndThatIsKept) {
  const Profile profile = ProfileOf("a,b,a\n1,2,3\n");
  EXPECT_TRUE(profile.has_repeated_names);
  EXPECT_EQ(profile.FindColumn("a.2")->integer_max, 3);
  const auto document = EncodeProfile(profile);
  ASSERT_TRUE(document.ok());
  const auto again = DecodeProfile(*document);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(*again, profile);
}

TEST(Profile, WhatIsNoTableHasAProblemAndNoColumns) {
  for (const auto& [text, problem] : std::map<std::string, std::string>{
           {"", "empty"},
           {"a,b\n1,2\n3\n", "row 2 has 1 fields, and the first record has 2"},
           {"a,b\n1,\"2\n", "does not end"}}) {
    const Profile profile = ProfileOf(text);
    ASSERT_TRUE(profile.problem.has_value()) << text;
    EXPECT_THAT(*profile.problem, HasSubstr(problem));
    EXPECT_TRUE(profile.columns.empty());
    const auto again = DecodeProfile(*EncodeProfile(profile));
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(*again, profile);
  }
}

TEST(Profile, ATableWithoutAHeaderHasNumberedColumns) {
  const Profile profile = ProfileOf("1,2\n3,4\n");
  EXPECT_FALSE(profile.has_header);
  EXPECT_EQ(profile.rows, 2U);
  ASSERT_NE(profile.FindColumn("2"), nullptr);
  EXPECT_EQ(profile.FindColumn("2")->integer_min, 2);
}

TEST(Profile, TheDigestTellsTheOrderOfValuesAndTheMultisetDoesNot) {
  const Profile one = ProfileOf("a,b\nx,1\ny,2\nx,3\n");
  const Profile other = ProfileOf("b,a\n1,x\n2,x\n3,y\n");
  EXPECT_NE(one.FindColumn("a")->digest, other.FindColumn("a")->digest);
  EXPECT_EQ(one.FindColumn("a")->values, other.FindColumn("a")->values);
  EXPECT_EQ(one.FindColumn("b")->digest, other.FindColumn("b")->digest);
  const Profile third = ProfileOf("a\nx\nx\nx\n");
  EXPECT_NE(one.FindColumn("a")->values, third.FindColumn("a")->values);
}

TEST(Profile, TheDigestOfAColumnIsThatOfItsValuesWithTheirLengths) {
  const std::string long_value(300, 'v');
  const Profile profile = ProfileOf("a\nxy\n" + long_value + "\n");
  EXPECT_EQ(profile.columns[0].digest,
            crypto::Sha256(std::string("\x02xy") + "\xac\x02" + long_value));
}

// Of a column of `values`, everything is recomputed from all of them.
void ExpectAgrees(const std::vector<double>& values) {
  std::string text = "x\n";
  for (const double value : values) {
    char buffer[32];
    std::snprintf(buffer, sizeof(buffer), "%.17g", value);
    text += std::string(buffer) + "\n";
  }
  const Profile profile = ProfileOf(text, 1000);
  ASSERT_FALSE(profile.problem.has_value()) << *profile.problem;
  const ColumnProfile& column = profile.columns[0];
  ASSERT_TRUE(column.numbers.has_value());
  long double sum = 0;
  for (const double value : values) sum += value;
  const long double mean = sum / static_cast<long double>(values.size());
  long double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double deviation =
      std::sqrt(static_cast<double>(squares / static_cast<long double>(values.size() - 1)));
  EXPECT_NEAR(column.numbers->mean, static_cast<double>(mean),
              std::abs(1e-12 * static_cast<double>(mean)) + 1e-12 * deviation);
  EXPECT_NEAR(*column.numbers->standard_deviation, deviation, 1e-9 * deviation);
  EXPECT_EQ(column.numbers->min, *std::ranges::min_element(values));
  EXPECT_EQ(column.numbers->max, *std::ranges::max_element(values));
  EXPECT_EQ(column.numbers->quantiles.count, values.size());
  const auto distinct = static_cast<double>(std::set<double>(values.begin(), values.end()).size());
  EXPECT_NEAR(static_cast<double>(column.distinct), distinct,
              column.distinct_is_exact ? 0 : distinct * 0.08);
  std::vector<double> sorted = values;
  std::ranges::sort(sorted);
  for (const double q : {0.1, 0.5, 0.9}) {
    const double value = column.numbers->quantiles.Quantile(q);
    const auto rank = static_cast<double>(std::ranges::upper_bound(sorted, value) - sorted.begin());
    EXPECT_GE(rank, q * static_cast<double>(values.size()) -
                        static_cast<double>(column.numbers->quantiles.rank_error) - 1);
  }
}

TEST(Profile, NumbersAgreeWithThoseOfAllValuesFewOrMany) {
  std::mt19937_64 random(1);
  std::vector<double> few;
  std::vector<double> many;
  std::vector<double> far_from_zero;
  for (int i = 0; i < 50'000; ++i) {
    few.push_back(static_cast<double>(random() % 400) / 4);
    many.push_back(std::normal_distribution<>(3, 10)(random));
    far_from_zero.push_back(1e9 + static_cast<double>(random() % 100'000) / 1e3);
  }
  ExpectAgrees(few);
  ExpectAgrees(many);
  ExpectAgrees(far_from_zero);
}

TEST(Profile, ANumberColumnThatTurnsOutToBeTextIsText) {
  std::string text = "x\n";
  for (int i = 0; i < 5000; ++i) text += std::to_string(i % 700) + "\n";
  for (int i = 0; i < 3000; ++i) text += "unknown\n";
  const ColumnProfile column = ProfileOf(text).columns[0];
  EXPECT_EQ(column.type, ColumnType::kText);
  EXPECT_FALSE(column.numbers.has_value());
  ASSERT_FALSE(column.frequent.empty());
  EXPECT_EQ(column.frequent[0].value, "unknown");
  EXPECT_LE(column.frequent[0].count, 3000U);
  EXPECT_GE(column.frequent[0].count + column.frequent_error, 3000U);
}

TEST(Profile, WhatIsWithheldHoldsNoSingleValue) {
  Profile profile = ProfileOf(kLoans);
  for (ColumnProfile& column : profile.columns) Withhold(column);
  const auto document = EncodeProfile(profile);
  ASSERT_TRUE(document.ok());
  for (const std::string value : {"radio", "9007199254740993", "2500", "2023-12-01", "caf"}) {
    EXPECT_EQ(document->find(value), std::string::npos) << value;
  }
  const auto again = DecodeProfile(*document);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(*again, profile);
}

TEST(Profile, WhatIsWithheldHoldsNoHashesByWhichFewValuesCouldBeGuessed) {
  std::string few = "x\n";
  for (int i = 0; i < 5000; ++i) few += std::to_string(i % 512) + "\n";
  std::string many = few + "512\n";
  for (const std::string& text : {few, many}) {
    Profile profile = ProfileOf(text);
    const std::string digest = profile.columns[0].digest->ToString();
    const std::string values = profile.columns[0].values;
    Withhold(profile.columns[0]);
    const std::string document = *EncodeProfile(profile);
    const bool is_many = text == many;
    EXPECT_EQ(document.find(digest) != std::string::npos, is_many);
    EXPECT_EQ(document.find(values) != std::string::npos, is_many);
    const auto again = DecodeProfile(document);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(*again, profile);
  }
}

TEST(Profile, WhatAnEarlierReleaseWithheldIsReadAsItWasWritten) {
  Profile profile = ProfileOf("x\n1\n2\n");
  const auto digest = profile.columns[0].digest;
  const std::string values = profile.columns[0].values;
  Withhold(profile.columns[0]);
  profile.columns[0].digest = digest;
  profile.columns[0].values = values;
  const auto again = DecodeProfile(*EncodeProfile(profile));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->columns[0].digest, digest);
}

TEST(Profile, ItsReaderRefusesWhatItsWriterWouldNotHaveWritten) {
  const std::string document = *EncodeProfile(ProfileOf("a\n1\n2\n"));
  ASSERT_TRUE(DecodeProfile(document).ok());
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = document;
    const std::size_t at = changed.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return changed.replace(at, from.size(), to);
  };
  for (const std::string& changed :
       {with("\"integer\"", "\"decimal\""), with("[1,1],[2,1]", "[2,1],[1,1]"),
        with("[1,1],[2,1]", "[1,0],[2,1]"), with("\"missing\":0", "\"missing\":-1"),
        with("\"rows\":2", "\"rows\":2.5"), with("\"rows\":2", "\"rows\":2,\"stray\":1")}) {
    const auto read = DecodeProfile(changed);
    ASSERT_FALSE(read.ok()) << changed;
    EXPECT_EQ(read.error().code, ErrorCode::kCorruption) << changed;
  }
}

}  // namespace
}  // namespace reprise::lineage
