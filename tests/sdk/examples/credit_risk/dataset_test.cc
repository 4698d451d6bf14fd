#include "dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace credit_risk {
namespace {

using ::testing::ElementsAre;

Dataset Parse(std::string_view text) { return ToDataset(ParseCsv(text, "loans.csv")); }

std::string ErrorOf(std::string_view text) {
  try {
    (void)Parse(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Dataset, KeepsTheOrderOfColumnsAndRows) {
  const Dataset data = Parse("Age,Class,Amount\n30,Bad,1.5\n40,Good,-2e3\n");
  EXPECT_THAT(data.feature_names, ElementsAre("Age", "Amount"));
  EXPECT_THAT(data.values, ElementsAre(30.0f, 1.5f, 40.0f, -2000.0f));
  EXPECT_THAT(data.is_bad, ElementsAre(1, 0));
  EXPECT_THAT(data.row_numbers, ElementsAre(1u, 2u));
  EXPECT_EQ(data.value(1, data.FeatureIndex("Amount")), -2000.0f);
}

TEST(Dataset, RowsAreChosenInTheOrderAskedFor) {
  const Dataset data = Parse("Age,Class\n10,Good\n20,Bad\n30,Good\n").Rows({2, 1});
  EXPECT_THAT(data.values, ElementsAre(30.0f, 20.0f));
  EXPECT_THAT(data.is_bad, ElementsAre(0, 1));
  EXPECT_THAT(data.row_numbers, ElementsAre(3u, 2u));
}

TEST(Dataset, ACellThatIsNotANumberIsNamedByLineAndColumn) {
  EXPECT_EQ(ErrorOf("Age,Class\n30,Good\nold,Bad\n"),
            "loans.csv:3: column 'Age' holds 'old' where a number is needed");
  for (const char* cell : {"", " 1", "1 ", "1,5", "0x10", "nan", "inf", "1e99"}) {
    const std::string text = "Age,Class\n\"" + std::string(cell) + "\",Good\n";
    EXPECT_NE(ErrorOf(text), "no error") << "'" << cell << "'";
  }
}

TEST(Dataset, AnUnknownClassIsAnError) {
  EXPECT_EQ(ErrorOf("Age,Class\n30,good\n"),
            "loans.csv:2: column 'Class' holds 'good' where Good or Bad is needed");
}

TEST(Dataset, AMissingClassColumnIsAnError) {
  EXPECT_EQ(ErrorOf("Age\n30\n"), "loans.csv:1: no column is named 'Class'");
}

TEST(Dataset, AMissingFeatureIsAnError) {
  EXPECT_THROW((void)Parse("Age,Class\n1,Good\n").FeatureIndex("Income"), InputError);
}

TEST(Dataset, TheShippedDataHasThreeHundredBadLoans) {
  const Dataset data =
      ToDataset(ReadCsv(REPRISE_SOURCE_DIR "/sdk/examples/credit_risk/data/german_credit.csv"));
  EXPECT_EQ(data.feature_names.size(), 61u);
  EXPECT_EQ(std::count(data.is_bad.begin(), data.is_bad.end(), 1), 300);
  EXPECT_EQ(data.value(0, data.FeatureIndex("Amount")), 1169.0f);
}

}  // namespace
}  // namespace credit_risk
