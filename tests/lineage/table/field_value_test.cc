// What single values are taken for.

#include "lineage/table/field_value.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

namespace reprise::lineage {
namespace {

TEST(FieldValue, TypesFollowTheSpellingOfValues) {
  for (const std::string value : {"0", "-7", "+7", " 42 ", "007", "9223372036854775807"}) {
    EXPECT_EQ(ReadFieldValue(value).types, kIsInteger | kIsReal) << value;
  }
  for (const std::string value :
       {"0.5", "-.5", "5.", "1e3", "-1.5E-7", "9223372036854775808", "inf", "-Infinity"}) {
    EXPECT_EQ(ReadFieldValue(value).types, kIsReal) << value;
  }
  for (const std::string value : {"true", "False", "TRUE"}) {
    EXPECT_EQ(ReadFieldValue(value).types, kIsBoolean) << value;
  }
  for (const std::string value : {"2024-02-29", "2024-02-29 23:59", "2024-02-29T23:59:60.123Z",
                                  "2024-02-29T01:00+02:00", "2024-02-29 01:00:00-0130"}) {
    EXPECT_EQ(ReadFieldValue(value).types, kIsTime) << value;
  }
  for (const std::string value :
       {".", "-", "+", "+-5", "1.2.3", "0x10", "1e", "1e999", "12a", "yes", "2024-13-01",
        "2024-1-1", "2024-02-29T24:00", "2024-02-29 12", "20240229x", "--5", "infinit", "5 5"}) {
    EXPECT_EQ(ReadFieldValue(value).types, 0U) << value;
  }
}

TEST(FieldValue, TimesAreSecondsSince1970) {
  // As datetime.timestamp() of Python has them.
  const std::pair<std::string, double> times[] = {{"1970-01-01", 0},
                                                  {"1969-12-31T23:59:59.5Z", -0.5},
                                                  {"2000-02-29", 951'782'400},
                                                  {"2024-02-29 12:30", 1'709'209'800},
                                                  {"2024-03-01T01:00:00+02:00", 1'709'247'600},
                                                  {"2024-03-01T01:00:00-0130", 1'709'260'200},
                                                  {"0001-01-01", -62'135'596'800},
                                                  {"0000-03-01", -62'162'035'200},
                                                  {"9999-12-31", 253'402'214'400}};
  for (const auto& [text, seconds] : times) {
    EXPECT_DOUBLE_EQ(ReadFieldValue(text).number, seconds) << text;
  }
}

TEST(FieldValue, MissingValuesAreEmptyOrOneOfAFewWords) {
  for (const std::string value : {"", " ", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"}) {
    EXPECT_TRUE(IsMissing(value)) << value;
  }
  for (const std::string value : {"0", "none", "Na", "-", "nil", "unknown"}) {
    EXPECT_FALSE(IsMissing(value)) << value;
  }
}

TEST(FieldValue, DecimalsAreReadAsTheLibraryReadsThem) {
  std::mt19937_64 random(9);
  for (int i = 0; i < 100'000; ++i) {
    std::string text = random() % 2 == 0 ? "-" : "";
    const std::size_t digits = 1 + random() % 18;
    const std::size_t point = random() % 24;
    for (std::size_t d = 0; d < digits; ++d) {
      if (d == point) text += '.';
      text += static_cast<char>('0' + random() % 10);
    }
    const FieldValue read = ReadFieldValue(text);
    ASSERT_NE(read.types & kIsReal, 0U) << text;
    ASSERT_EQ(read.number, std::strtod(text.c_str(), nullptr)) << text;
  }
}

}  // namespace
}  // namespace reprise::lineage
