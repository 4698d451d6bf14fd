#include "storage/base/csv.h"

#include <gtest/gtest.h>

namespace reprise {
namespace {

TEST(CsvText, IsQuotedWhereItMustBe) {
  EXPECT_EQ(CsvText(""), "");
  EXPECT_EQ(CsvText("loss val"), "loss val");
  EXPECT_EQ(CsvText("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvText("say \"a\""), "\"say \"\"a\"\"\"");
  EXPECT_EQ(CsvText("a\nb"), "\"a\nb\"");
}

TEST(CsvText, IsNoFormula) {
  EXPECT_EQ(CsvText("=1+1"), "'=1+1");
  EXPECT_EQ(CsvText("-1"), "'-1");
  EXPECT_EQ(CsvText("+1"), "'+1");
  EXPECT_EQ(CsvText("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(CsvText("\t=1"), "'\t=1");
  EXPECT_EQ(CsvText("\r=1"), "\"'\r=1\"");
  EXPECT_EQ(CsvText("'a'"), "''a'");
  EXPECT_EQ(CsvText("=cmd|' /C calc'!A0,\"x\""), "\"'=cmd|' /C calc'!A0,\"\"x\"\"\"");
  EXPECT_EQ(CsvText("a=1"), "a=1");
}

}  // namespace
}  // namespace reprise
