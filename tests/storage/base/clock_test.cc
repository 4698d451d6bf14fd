#include "storage/base/clock.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>
#include <optional>
#include <string>

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

// With the time zone of the process set to `zone` meanwhile.
class ClockOfPeople : public ::testing::Test {
 protected:
  ClockOfPeople() { Set("XYZ-2"); }  // Two hours before UTC, without the files of zones.
  ~ClockOfPeople() override { Set(before_); }

  static void Set(const std::optional<std::string>& zone) {
    if (zone.has_value()) {
      setenv("TZ", zone->c_str(), 1);
    } else {
      unsetenv("TZ");
    }
    tzset();
  }
  static std::string Read(std::string_view text) {
    const auto time = ParseTimeOfPerson(text);
    return time.ok() ? FormatTime(*time) : time.error().message;
  }

 private:
  static std::optional<std::string> Zone() {
    const char* const zone = std::getenv("TZ");
    return zone == nullptr ? std::nullopt : std::optional<std::string>(zone);
  }
  const std::optional<std::string> before_ = Zone();
};

TEST_F(ClockOfPeople, TimesWithoutAZoneAreLocal) {
  EXPECT_EQ(Read("2026-11-23"), "2026-11-22T22:00:00.000Z");
  EXPECT_EQ(Read("2026-11-23 07:11"), "2026-11-23T05:11:00.000Z");
  EXPECT_EQ(Read("2026-11-23T07:11"), "2026-11-23T05:11:00.000Z");
  EXPECT_EQ(Read("2026-11-23 07:11:12.5"), "2026-11-23T05:11:12.500Z");
  EXPECT_EQ(Read("1969-12-31 23:59:59.250"), "1969-12-31T21:59:59.250Z");
}

TEST_F(ClockOfPeople, SummerTimeIsThatOfTheDay) {
  Set("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(Read("2026-07-01 12:00"), "2026-07-01T10:00:00.000Z");
  EXPECT_EQ(Read("2026-12-01 12:00"), "2026-12-01T11:00:00.000Z");
}

TEST_F(ClockOfPeople, AZoneThatIsGivenIsTaken) {
  EXPECT_EQ(Read("2026-11-23T07:11Z"), "2026-11-23T07:11:00.000Z");
  EXPECT_EQ(Read("2026-11-23T07:11:11.042Z"), "2026-11-23T07:11:11.042Z");
  EXPECT_EQ(Read("2026-11-23 07:11+05:30"), "2026-11-23T01:41:00.000Z");
  EXPECT_EQ(Read("2026-11-23T07:11:00-01:00"), "2026-11-23T08:11:00.000Z");
}

TEST_F(ClockOfPeople, OtherTextIsRefused) {
  for (const char* bad :
       {"", "yesterday", "2026", "2026-11", "2026-02-30", "2026-11-23x07:11", "2026-11-23Z",
        "2026-11-23 7:11", "2026-11-23 07", "2026-11-23 07:11:", "2026-11-23 07:11+1",
        "2026-11-23 07:11+01", "2026-11-23 07:11+24:00", "2026-11-23 07:11+01:60",
        "2026-11-23 07:11*01:00", "2026-11-23 07:11 +01:00", "2026-11-23 25:00", "12026-11-23"}) {
    EXPECT_FALSE(ParseTimeOfPerson(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace reprise
