#include "csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credit_risk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// The message of the InputError that parsing `text` throws.
std::string ErrorOf(std::string_view text) {
  try {
    (void)ParseCsv(text, "loans.csv");
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Csv, ReadsColumnsAndRecordsWithTheirLines) {
  const CsvFile file = ParseCsv("a,b\n1,2\n3,4\n", "loans.csv");
  EXPECT_THAT(file.columns, ElementsAre("a", "b"));
  ASSERT_EQ(file.records.size(), 2u);
  EXPECT_THAT(file.records[1].fields, ElementsAre("3", "4"));
  EXPECT_EQ(file.records[1].line, 3u);
}

TEST(Csv, TheLastLineNeedsNoLineBreak) { EXPECT_EQ(ParseCsv("a\n1\n2", "").records.size(), 2u); }

TEST(Csv, LinesMayEndWithCarriageReturnAndLineFeed) {
  const CsvFile file = ParseCsv("a,b\r\n1,2\r\n", "");
  EXPECT_THAT(file.columns, ElementsAre("a", "b"));
  EXPECT_THAT(file.records.at(0).fields, ElementsAre("1", "2"));
}

TEST(Csv, AByteOrderMarkIsNotPartOfTheFirstColumn) {
  EXPECT_THAT(ParseCsv("\xEF\xBB\xBF\"a\",b\n", "").columns, ElementsAre("a", "b"));
}

TEST(Csv, QuotedFieldsHoldCommasQuotesAndLineBreaks) {
  const CsvFile file = ParseCsv("\"a,b\",\"c\"\"d\"\n\"1\n2\",\n3,4\n", "");
  EXPECT_THAT(file.columns, ElementsAre("a,b", "c\"d"));
  EXPECT_THAT(file.records.at(0).fields, ElementsAre("1\n2", ""));
  EXPECT_EQ(file.records.at(1).line, 4u) << "a line break inside of a field counts as a line";
}

TEST(Csv, ARowOfAnotherWidthIsNamedByItsLine) {
  EXPECT_EQ(ErrorOf("a,b\n1,2\n3\n"), "loans.csv:3: 1 fields where the header names 2 columns");
  EXPECT_THAT(ErrorOf("a,b\n1,2,3\n"), HasSubstr("loans.csv:2: 3 fields"));
  EXPECT_THAT(ErrorOf("a,b\n1,2\n\n"), HasSubstr("loans.csv:3: 1 fields"));
}

TEST(Csv, QuotesOutOfPlaceAreErrors) {
  EXPECT_THAT(ErrorOf("a\n1\"2\n"), HasSubstr("loans.csv:2: a quote inside"));
  EXPECT_THAT(ErrorOf("a\n\"1\"2\n"), HasSubstr("loans.csv:2: text after the closing quote"));
  EXPECT_THAT(ErrorOf("a\n1\n\"2\n3\n"), HasSubstr("loans.csv:3: a quoted field that begins here"));
}

TEST(Csv, ACarriageReturnAloneIsAnError) {
  EXPECT_THAT(ErrorOf("a\r1\r"), HasSubstr("carriage return"));
}

TEST(Csv, ColumnsMustHaveDistinctNames) {
  EXPECT_THAT(ErrorOf("a,,b\n"), HasSubstr("a column without a name"));
  EXPECT_THAT(ErrorOf("a,b,a\n"), HasSubstr("'a' is named twice"));
}

TEST(Csv, AnEmptyFileIsAnError) { EXPECT_THAT(ErrorOf(""), HasSubstr("a header line is needed")); }

TEST(Csv, BytesThatAreNotTextAreAnError) {
  EXPECT_THAT(ErrorOf(std::string_view("a\n\0\n", 4)), HasSubstr("zero byte"));
}

TEST(Csv, AFileThatCannotBeReadIsNamed) {
  try {
    (void)ReadCsv("/nonexistent/loans.csv");
    FAIL() << "it was read";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nonexistent/loans.csv: No such file"));
  }
  EXPECT_THROW((void)ReadCsv("/"), InputError);
}

TEST(Csv, TheShippedDataIsWhatItsAttributionSays) {
  const CsvFile file =
      ReadCsv(REPRISE_SOURCE_DIR "/sdk/examples/credit_risk/data/german_credit.csv");
  EXPECT_EQ(file.columns.size(), 62u);
  EXPECT_EQ(file.records.size(), 1000u);
}

}  // namespace
}  // namespace credit_risk
