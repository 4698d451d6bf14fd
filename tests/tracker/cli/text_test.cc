#include "tracker/cli/text.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

namespace reprise::cli {
namespace {

std::string Printed(const Table& table, std::optional<std::size_t> width_max = std::nullopt) {
  std::ostringstream out;
  table.Print(out, width_max);
  return out.str();
}

TEST(Text, TablesAlignByCodePointsAndEndWithoutSpaces) {
  Table table({"KEY", ">N", "NOTE"});
  table.Add({"é", "1", "x"});
  table.Add({"long", "100", ""});
  EXPECT_EQ(Printed(table),
            "KEY     N  NOTE\n"
            "é       1  x\n"
            "long  100\n");
}

TEST(Text, LinesThatAreTooLongAreCut) {
  Table table({"ABCDEF"});
  table.Add({"éééééé"});
  table.Add({"abc"});
  EXPECT_EQ(Printed(table, 4), "ABC…\nééé…\nabc\n");
}

TEST(Text, WrapsBetweenWords) {
  EXPECT_EQ(Wrapped("one two three", 7), "one two\nthree\n");
  EXPECT_EQ(Wrapped("incomprehensible x", 5), "incomprehensible\nx\n");
  EXPECT_EQ(Wrapped("", 5), "\n");
}

TEST(Text, SizesHaveOneDecimal) {
  EXPECT_EQ(FormatSize(0), "0 B");
  EXPECT_EQ(FormatSize(1023), "1023 B");
  EXPECT_EQ(FormatSize(1536), "1.5 KiB");
  EXPECT_EQ(FormatSize((1 << 20) - 1), "1.0 MiB");
  EXPECT_EQ(FormatSize(UINT64_MAX), "16.0 EiB");
}

TEST(Text, DurationsGetCoarserWithLength) {
  EXPECT_EQ(FormatDuration(850), "850 ms");
  EXPECT_EQ(FormatDuration(3'200), "3.2 s");
  EXPECT_EQ(FormatDuration(59'999), "59.9 s");
  EXPECT_EQ(FormatDuration(61'000), "1 min 1 s");
  EXPECT_EQ(FormatDuration(7'500'000), "2 h 5 min");
}

TEST(Text, NumbersReadBackOrAreBrief) {
  EXPECT_EQ(FormatNumber(0.1), "0.1");
  EXPECT_EQ(FormatNumber(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(FormatBrief(1.0 / 3), "0.333333");
  EXPECT_EQ(FormatBrief(-HUGE_VAL), "-Infinity");
}

TEST(Text, CommandsReadAsTheyWouldBeTyped) {
  EXPECT_EQ(ShellWords({"./train", "--eta={eta}", "a b", "", "it's"}),
            "./train --eta={eta} 'a b' '' 'it'\\''s'");
  EXPECT_EQ(ShellWords({"$(x)", "\\"}), "'$(x)' '\\'");
  EXPECT_EQ(ShellWords({"a\n", "\xff"}), "'a\\x0a' \\xff");
}

TEST(Text, CountsWithTheRightNoun) {
  EXPECT_EQ(Counted(0, "output"), "0 outputs");
  EXPECT_EQ(Counted(1, "output"), "1 output");
}

}  // namespace
}  // namespace reprise::cli
