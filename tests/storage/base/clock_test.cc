#include "storage/base/clock.h"

#include <gtest/gtest.h>

#include <limits>

namespace reprise {
namespace {

TEST(Clock, TextHasMillisecondsAndZ) {
  EXPECT_EQ(FormatTime(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatTime(1'795'414'271'042), "2026-11-23T06:11:11.042Z");
  EXPECT_EQ(FormatTime(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatTime(951'782'400'000), "2000-02-29T00:00:00.000Z");
}

TEST(Clock, TimesOutsideFourDigitYearsAreClamped) {
  EXPECT_EQ(FormatTime(std::numeric_limits<std::int64_t>::min()), "0000-01-01T00:00:00.000Z");
  EXPECT_EQ(FormatTime(std::numeric_limits<std::int64_t>::max()), "9999-12-31T23:59:59.999Z");
}

TEST(Clock, EveryFormattedTimeReadsBack) {
  for (std::int64_t t = -62'167'219'200'000; t <= 253'402'300'799'999; t += 123'456'789'012'7) {
    const auto parsed = ParseTime(FormatTime(t));
    ASSERT_TRUE(parsed.ok()) << FormatTime(t);
    EXPECT_EQ(*parsed, t);
  }
}

TEST(Clock, FractionsOfAnyLengthAreCutToMilliseconds) {
  EXPECT_EQ(*ParseTime("1970-01-01T00:00:01Z"), 1000);
  EXPECT_EQ(*ParseTime("1970-01-01T00:00:01.5Z"), 1500);
  EXPECT_EQ(*ParseTime("1970-01-01T00:00:01.0429999Z"), 1042);
}

TEST(Clock, OtherFormsAndImpossibleDatesAreRefused) {
  for (const char* bad : {"",
                          "Z",
                          "2026-11-23",
                          "2026-11-23T06:11:11",
                          "2026-11-23T06:11:11.Z",
                          "2026-11-23T06:11:11+00:00",
                          "2026-11-23t06:11:11Z",
                          "2026-11-23 06:11:11Z",
                          "2026-11-23T06:11:11z",
                          "2026-13-01T00:00:00Z",
                          "2026-00-01T00:00:00Z",
                          "2026-02-29T00:00:00Z",
                          "1900-02-29T00:00:00Z",
                          "2026-04-31T00:00:00Z",
                          "2026-01-01T24:00:00Z",
                          "2026-01-01T00:60:00Z",
                          "2026-01-01T00:00:60Z",
                          "2026-01-01T00:00:00.1aZ",
                          "2026-01-01T00:00:00,1Z",
                          "+026-01-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseTime(bad).ok()) << bad;
  }
}

TEST(Clock, NowIsOfThisCentury) {
  EXPECT_GT(NowUnixMs(), *ParseTime("2024-01-01T00:00:00Z"));
  EXPECT_LT(NowUnixMs(), *ParseTime("2100-01-01T00:00:00Z"));
}

}  // namespace
}  // namespace reprise
