#include "lineage/query/value.h"

#include <gtest/gtest.h>

#include <cmath>

namespace reprise::lineage::query {
namespace {

TEST(Value, PercentIsAnyTextAndUnderscoreOneCharacter) {
  EXPECT_TRUE(IsLike("sweep-12", "sweep-%"));
  EXPECT_TRUE(IsLike("sweep-", "sweep-%"));
  EXPECT_FALSE(IsLike("Sweep-12", "sweep-%"));
  EXPECT_TRUE(IsLike("abcabd", "%ab_"));
  EXPECT_FALSE(IsLike("abcabde", "%ab_"));
  EXPECT_TRUE(
      IsLike("m\xc3\xbc"
             "de",
             "m_de"));
  EXPECT_TRUE(IsLike("", "%%"));
  EXPECT_FALSE(IsLike("", "_"));
  EXPECT_TRUE(IsLike("100%", "100\\%"));
  EXPECT_FALSE(IsLike("1000", "100\\%"));
  EXPECT_TRUE(IsLike("a\\", "a\\"));
}

TEST(Value, ManyPercentsTakeNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "%a";
  EXPECT_FALSE(IsLike(std::string(10'000, 'a'), pattern + "b"));
}

TEST(Value, ThePrefixOfAPatternEndsAtItsFirstWildcard) {
  EXPECT_EQ(LiteralPrefix("sweep-%"), "sweep-");
  EXPECT_EQ(LiteralPrefix("a\\%b_c"), "a%b");
  EXPECT_EQ(LiteralPrefix("%x"), "");
}

TEST(Value, RelativeTimesCountBackFromNow) {
  EXPECT_EQ(RelativeTime("now", 5'000), 5'000);
  EXPECT_EQ(RelativeTime("2s", 5'000), 3'000);
  EXPECT_EQ(RelativeTime("now-1w", 604'800'000), 0);
  EXPECT_EQ(RelativeTime("7", 5'000), std::nullopt);
  EXPECT_EQ(RelativeTime("7y", 5'000), std::nullopt);
  EXPECT_EQ(RelativeTime("now-", 5'000), std::nullopt);
  EXPECT_EQ(RelativeTime("-7d", 5'000), std::nullopt);
  EXPECT_EQ(RelativeTime("9999999999d", 5'000), std::nullopt);
  EXPECT_EQ(RelativeTime("999999999w", 0), -62'167'219'200'000);
}

TEST(Value, NumbersThatJsonHasNoFormForHaveAText) {
  EXPECT_EQ(Value::OfNumber(NAN).text, "NaN");
  EXPECT_EQ(Value::OfNumber(-INFINITY).text, "-Infinity");
  EXPECT_TRUE(std::isinf(*Value::OfText("Infinity").number));
  EXPECT_EQ(Value::OfNumber(NAN), Value::OfText("NaN"));
}

}  // namespace
}  // namespace reprise::lineage::query
