// What is said of JSON texts and of delimited tables.

#include "tests/lineage/compare/comparing.h"

namespace reprise::lineage {
namespace {

using testing::At;
using testing::Compare;
using testing::Told;

TEST(CompareJson, NamesValuesByPointers) {
  const auto difference = Compare(R"({"a":{"b/c":[1,2,{"d~":"x"}]},"gone":1})",
                                  R"({"a":{"b/c":[1,2.5,{"d~":"y"}]},"new":[1]})");
  EXPECT_EQ(difference.kind, "json");
  EXPECT_EQ(difference.sentence,
            "/a/b~1c/1: 2 became 2.5; 2 values changed, 1 added, 1 removed; 1 number by up to 0.5, "
            "relatively 0.2");
  EXPECT_EQ(At(difference.details, "first/1/path"), R"("/a/b~1c/2/d~0")");
  EXPECT_EQ(At(difference.details, "first/1/actual"), R"("\"y\"")");
  EXPECT_EQ(At(difference.details, "first/2/path"), R"("/gone")");
  EXPECT_EQ(At(difference.details, "first/2/change"), R"("removed")");
  EXPECT_EQ(At(difference.details, "first/3/actual"), R"("a list of 1")");
  EXPECT_EQ(At(difference.details, "absolute_max/path"), R"("/a/b~1c/1")");
}

TEST(CompareJson, MembersAtEitherEndMayComeAndGo) {
  EXPECT_EQ(Told(R"({"a":1,"z":2})", R"({"a":1})"), "json: /z was removed, 2; 1 value removed");
  EXPECT_EQ(Told(R"({"b":1})", R"({"a":1,"b":1,"c":[]})"), "json: /a was added, 1; 2 values added");
  EXPECT_EQ(Told("{}", R"({"a":1})"), "json: /a was added, 1; 1 value added");
}

TEST(CompareJson, ListsOnlyTheFirstAndCountsAll) {
  std::string expected = "[0";
  std::string actual = "[1";
  for (int i = 0; i < 99; ++i) {
    expected += ",0";
    actual += ",1";
  }
  const auto difference = Compare(expected + "]", actual + "]");
  EXPECT_EQ(At(difference.details, "changed"), "100");
  EXPECT_EQ(difference.details.Find("first")->as_array().size(), 10U);
}

TEST(CompareJson, OtherSpellingIsNoOtherValue) {
  EXPECT_EQ(Told(R"({"a":1,"b":[2.0]})", "{\"b\" : [2],\n\"a\":1e0}"),
            "json: the same values; only white space, the order of members or how they are "
            "written differs");
}

TEST(CompareJson, IntegersThatADoubleCannotHoldAreNotCalledEqual) {
  const auto difference = Compare(R"({"id":9007199254740993})", R"({"id":9007199254740992})");
  EXPECT_EQ(difference.sentence,
            "the same values as far as doubles hold them, and other long integers: "
            "'9007199254740993' became '9007199254740992'");
  EXPECT_EQ(At(difference.details, "same_values"), "false");
}

TEST(CompareJson, OneKindOfValueForAnother) {
  EXPECT_EQ(Told("[1]", R"({"a":1})"),
            "json: the whole value: a list of 1 became an object of 1; 1 value changed");
  EXPECT_EQ(Told(R"({"a":null})", R"({"a":false})"),
            "json: /a: null became false; 1 value changed");
}

TEST(CompareJson, WhatIsMalformedIsText) {
  EXPECT_EQ(Told("{\"a\":1}\n", "{\"a\":}\n", "metrics.json"),
            "text: line 1: '{\"a\":1}' became '{\"a\":}'; 1 of 1 line differs "
            "(not JSON: a value is missing at byte 5)");
  EXPECT_EQ(Compare("{\"a\":1}\n{\"a\":2}\n", "{\"a\":1}\n{\"a\":3}\n", "log.jsonl").kind, "text");
}

TEST(CompareTables, NamesTheCellTheCountAndTheLargestDifference) {
  const auto difference =
      Compare("id,score,name\n1,0.5,a\n2,0.25,b\n", "id,score,name\n1,0.5,a\n2,0.75,c\n", "p.csv");
  EXPECT_EQ(difference.kind, "csv");
  EXPECT_EQ(difference.sentence,
            "row 2, column 'score': '0.25' became '0.75'; 2 of 6 cells differ; by up to 0.5 in "
            "column 'score', row 2");
  EXPECT_EQ(At(difference.details, "first/row"), "2");
  EXPECT_EQ(At(difference.details, "numbers/0/column"), R"("score")");
  EXPECT_EQ(At(difference.details, "numbers/0/absolute_max"), "0.5");
  EXPECT_EQ(At(difference.details, "numbers/1"), "absent");
}

TEST(CompareTables, ColumnsAreMatchedByName) {
  EXPECT_EQ(Told("a,b,c\n1,2,3\n", "c,a,d\n3,1,9\n", "t.csv"),
            "csv: columns removed: 'b'; columns added: 'd'; columns in another order");
  EXPECT_EQ(Told("a,b\n1,2\n", "b,a\n3,1\n", "t.csv"),
            "csv: columns in another order; row 1, column 'b': '2' became '3'; 1 of 2 cells "
            "differs; by up to 1 in column 'b', row 1");
}

TEST(CompareTables, RowsAreCounted) {
  EXPECT_EQ(Told("a,b\n1,2\n", "a,b\n1,2\n3,4\n", "t.csv"), "csv: 1 row became 2");
  EXPECT_EQ(Told("a,b\n1,2\n3,4\n", "a,b\n3,4\n1,2\n", "t.csv"),
            "csv: row 1, column 'a': '1' became '3'; the same rows in another order");
}

TEST(CompareTables, QuotedFieldsMayHoldAnything) {
  EXPECT_EQ(Told("a,b\n\"x,\n\"\"y\"\"\",2\n", "a,b\n\"x,\n\"\"z\"\"\",2\n", "t.csv"),
            "csv: row 1, column 'a': 'x,\\x0a\"y\"' became 'x,\\x0a\"z\"'; 1 of 2 cells differs");
  EXPECT_EQ(Told("a,b\nx,2\n", "a,b\n\"x\",2\r\n", "t.csv"),
            "csv: the same cells; only quotes or the ends of lines differ");
}

TEST(CompareTables, ATableWithoutAHeaderHasNumberedColumns) {
  EXPECT_EQ(Told("1,2\n3,4\n", "1,2\n3,5\n", "t.csv"),
            "csv: row 2, column '2': '4' became '5'; 1 of 4 cells differs; by up to 1 in column "
            "'2', row 2");
}

TEST(CompareTables, TabsAndSemicolonsDivideToo) {
  EXPECT_EQ(Compare("a\tb\n1\t2\n", "a\tb\n1\t3\n", "t.tsv").kind, "csv");
  EXPECT_EQ(Compare("a;b\n1,5;2\n", "a;b\n1,5;3\n", "t.csv")
                .details.Find("first")
                ->Find("column")
                ->as_string(),
            "b");
}

TEST(CompareTables, AreRecognisedWithoutAName) {
  EXPECT_EQ(Compare("epoch,loss\n1,0.5\n2,0.25\n", "epoch,loss\n1,0.5\n2,0.5\n", "").kind, "csv");
  // Prose is not a table.
  EXPECT_EQ(Compare("epoch 1, loss 5\nepoch 2, loss 4\nepoch 3, loss 3\n",
                    "epoch 1, loss 5\nepoch 2, loss 4\nepoch 3, loss 2\n", "")
                .kind,
            "text");
}

TEST(CompareTables, WhatIsNoTableIsTextAndSaysWhy) {
  EXPECT_EQ(Told("a,b\n1,2\n3\n", "a,b\n1,2\n4\n", "t.csv"),
            "text: line 3: '3' became '4'; 1 of 3 lines differs (not as a table: row 2 has 1 field "
            "and the table 2)");
}

TEST(CompareTables, NumbersThatAreNotFiniteHaveNoDistance) {
  EXPECT_EQ(Told("a,b\nnan,1\n", "a,b\n2,1\n", "t.csv"),
            "csv: row 1, column 'a': 'nan' became '2'; 1 of 2 cells differs");
}

}  // namespace
}  // namespace reprise::lineage
