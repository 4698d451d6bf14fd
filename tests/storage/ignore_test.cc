#include "storage/ignore.h"

#include <gtest/gtest.h>

namespace reprise::storage {
namespace {

std::optional<bool> Decide(std::string_view rules, std::string_view path, bool folder = false) {
  return IgnoreRules::Parse(rules).Decide(path, folder);
}

TEST(MatchGlob, MatchesWithinOneName) {
  EXPECT_TRUE(MatchGlob("*.o", "a.o"));
  EXPECT_TRUE(MatchGlob("a*b*c", "axxbyyc"));
  EXPECT_TRUE(MatchGlob("a?c", "abc"));
  EXPECT_FALSE(MatchGlob("a*c", "a/c"));
  EXPECT_FALSE(MatchGlob("a?c", "a/c"));
  EXPECT_TRUE(MatchGlob("[a-c][!x]", "by"));
  EXPECT_FALSE(MatchGlob("[a-c][!x]", "bx"));
  EXPECT_TRUE(MatchGlob("[]]", "]"));
  EXPECT_TRUE(MatchGlob("\\*", "*"));
  EXPECT_FALSE(MatchGlob("\\*", "a"));
  EXPECT_FALSE(MatchGlob("[a", "a"));
  EXPECT_TRUE(MatchGlob("", ""));
  EXPECT_FALSE(MatchGlob("", "a"));
}

TEST(MatchGlob, DoubleStarCrossesFolders) {
  EXPECT_TRUE(MatchGlob("**/a", "a"));
  EXPECT_TRUE(MatchGlob("**/a", "x/y/a"));
  EXPECT_FALSE(MatchGlob("**/a", "xa"));
  EXPECT_TRUE(MatchGlob("a/**", "a/b/c"));
  EXPECT_TRUE(MatchGlob("a/**/b", "a/b"));
  EXPECT_TRUE(MatchGlob("a/**/b", "a/x/y/b"));
  EXPECT_FALSE(MatchGlob("a/**/b", "a/xb"));
  EXPECT_TRUE(MatchGlob("**/x*/y", "a/xx/b/xc/y"));
  EXPECT_TRUE(MatchGlob("a**b", "axyb"));
  EXPECT_FALSE(MatchGlob("a**b", "ax/yb"));
  EXPECT_FALSE(MatchGlob("**b/c", "x/b/c"));
}

TEST(MatchGlob, TimeIsBoundedOnHostilePatterns) {
  const std::string pattern = "a*a*a*a*a*a*a*a*a*a*a*a*a*b";
  EXPECT_FALSE(MatchGlob(pattern, std::string(20'000, 'a')));
}

TEST(IgnoreRules, ALaterPatternOutranksAnEarlier) {
  EXPECT_EQ(Decide("*.csv\n!keep.csv\n", "x.csv"), true);
  EXPECT_EQ(Decide("*.csv\n!keep.csv\n", "d/keep.csv"), false);
  EXPECT_EQ(Decide("*.csv\n", "x.txt"), std::nullopt);
}

TEST(IgnoreRules, ASlashTiesAPatternToItsFolder) {
  EXPECT_EQ(Decide("/a", "a"), true);
  EXPECT_EQ(Decide("/a", "b/a"), std::nullopt);
  EXPECT_EQ(Decide("b/a", "b/a"), true);
  EXPECT_EQ(Decide("b/a", "c/b/a"), std::nullopt);
  EXPECT_EQ(Decide("a", "c/b/a"), true);
}

TEST(IgnoreRules, ATrailingSlashMatchesFoldersOnly) {
  EXPECT_EQ(Decide("build/", "x/build", true), true);
  EXPECT_EQ(Decide("build/", "x/build", false), std::nullopt);
}

TEST(IgnoreRules, CommentsBlanksAndEscapesAreAsInGit) {
  EXPECT_EQ(Decide("# x\n\n\\#x\n", "#x"), true);
  EXPECT_EQ(Decide("# x\n", "# x"), std::nullopt);
  EXPECT_EQ(Decide("a  \n", "a"), true);
  EXPECT_EQ(Decide("\\!a\n", "!a"), true);
  EXPECT_EQ(Decide("a\r\n", "a"), true);
}

}  // namespace
}  // namespace reprise::storage
