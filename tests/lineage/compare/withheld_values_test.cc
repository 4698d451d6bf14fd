#include "lineage/compare/withheld_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/lineage/compare/comparing.h"

namespace reprise::lineage {
namespace {

using testing::At;
using testing::Compare;
using ::testing::HasSubstr;
using ::testing::Not;

bool IsEmail(const std::string& column) { return column == "email"; }

Json Withheld(std::string_view expected, std::string_view actual, std::string_view name = "file") {
  const Json difference = ContentDifferenceToJson(Compare(expected, actual, name));
  Json withheld = WithholdValues(difference, IsEmail);
  EXPECT_EQ(withheld, WithholdValues(withheld, IsEmail)) << "a second time changes something";
  return withheld;
}

std::string TextOf(const Json& json) { return Canonicalize(json).value_or("not canonical"); }

TEST(WithholdValues, ATableKeepsWhatOtherColumnsTell) {
  const std::string before = "id,email,age\n1,a@x.org,30\n2,b@x.org,40\n";
  const std::string after = "id,email,age\n1,a@x.org,30\n2,b@x.org,41\n";
  const Json difference = ContentDifferenceToJson(Compare(before, after, "t.csv"));
  EXPECT_EQ(WithholdValues(difference, IsEmail), difference);
}

TEST(WithholdValues, ATableLosesThoseOfPersonalColumns) {
  const Json json =
      Withheld("id,email,age\n1,a@x.org,30\n", "id,email,age\n1,b@x.org,31\n", "t.csv");
  EXPECT_EQ(At(json, "sentence"),
            "\"row 1, column 'email' is the first cell that differs; 2 cells differ; the values "
            "are not told, as columns are tagged pii\"");
  EXPECT_EQ(At(json, "first/expected"), "null");
  EXPECT_EQ(At(json, "numbers/0/column"), "\"age\"");
  EXPECT_THAT(TextOf(json), Not(HasSubstr("x.org")));
}

TEST(WithholdValues, DistancesOfPersonalColumnsGoAsOneOfTwoValuesMayBeZero) {
  const Json json = Withheld("id,email\n1,0\n", "id,email\n1,4711\n", "t.csv");
  EXPECT_THAT(TextOf(json), Not(HasSubstr("4711")));
}

TEST(WithholdValues, ATableWithoutAHeaderTellsOfNoColumn) {
  const Json json = Withheld("1,4711\n2,2\n", "1,4712\n2,2\n", "t.csv");
  EXPECT_THAT(TextOf(json), Not(HasSubstr("471")));
  EXPECT_EQ(At(json, "differing_cells"), "1");
}

TEST(WithholdValues, ANameThatIsCutMayBePersonal) {
  const std::string column(300, 'c');
  const auto is_personal = [&](const std::string& name) { return name == column; };
  const Json difference = ContentDifferenceToJson(
      Compare("id," + column + "\n1,secret\n", "id," + column + "\n1,other\n", "t.csv"));
  EXPECT_THAT(TextOf(WithholdValues(difference, is_personal)), Not(HasSubstr("secret")));
}

TEST(WithholdValues, OfTextOnlyPlacesStay) {
  const Json json = Withheld("a\nb secret\nc\n", "a\nb other\nc\nd\n");
  EXPECT_EQ(At(json, "sentence"),
            "\"line 2 is the first that differs; 1 line differs, place by place; 3 lines became 4; "
            "the values are not told, as columns are tagged pii\"");
  EXPECT_THAT(TextOf(json), Not(HasSubstr("secret")));
  EXPECT_THAT(TextOf(json), Not(HasSubstr("other")));
}

TEST(WithholdValues, ATextThatIsTakenForAHeaderIsNotTold) {
  const Json json =
      Withheld("Ann,London,Kim\nBob,Rome,Joe\n", "Sue,London,Kim\nBob,Oslo,Jim\n", "people.csv");
  EXPECT_EQ(At(json, "has_header"), "true");
  EXPECT_EQ(At(json, "columns_removed"), "null");
  EXPECT_EQ(At(json, "columns_removed_count"), "1");
  EXPECT_EQ(At(json, "columns_added_count"), "1");
  EXPECT_EQ(At(json, "sentence"),
            "\"1 column removed; 1 column added; row 1 is the first that differs; 2 cells differ; "
            "the values are not told, as columns are tagged pii\"");
  for (const char* const value : {"Ann", "Sue", "London", "Kim", "Rome", "Oslo", "Jim"}) {
    EXPECT_THAT(TextOf(json), Not(HasSubstr(value)));
  }
}

TEST(WithholdValues, NamesInVerdictsOfEarlierReleasesAreCounted) {
  const Json stored = Json()
                          .Set("kind", "csv")
                          .Set("sentence", "columns added: 'Ann', 'Bob'")
                          .Set("has_header", true)
                          .Set("columns_added", Json(Json::Array{Json("Ann"), Json("Bob")}))
                          .Set("columns_removed", Json::Array{});
  const Json withheld = WithholdValues(stored, IsEmail);
  EXPECT_EQ(At(withheld, "sentence"),
            "\"2 columns added; the values are not told, as columns are tagged pii\"");
  EXPECT_THAT(TextOf(withheld), Not(HasSubstr("Ann")));
  EXPECT_EQ(WithholdValues(withheld, IsEmail), withheld);
}

TEST(WithholdValues, OfJsonOnlyCountsStay) {
  const Json json = Withheld(R"({"age":4711,"name":"Ada"})", R"({"age":0,"name":"Bob"})");
  EXPECT_EQ(At(json, "first/0/path"), "null");
  EXPECT_EQ(At(json, "sentence"),
            "\"2 values changed; the values are not told, as columns are tagged pii\"");
  const Json keyed = Withheld(R"({"ann@x.org":{"score":1}})", R"({"bob@x.org":{"score":1}})");
  EXPECT_EQ(At(keyed, "first/0/change"), "\"removed\"");
  EXPECT_THAT(TextOf(keyed), Not(HasSubstr("x.org")));
  for (const char* const value : {"4711", "Ada", "Bob"}) {
    EXPECT_THAT(TextOf(json), Not(HasSubstr(value)));
  }
  const Json integers = Withheld("[12345678901234567890]", "[12345678901234567891]");
  EXPECT_THAT(TextOf(integers), Not(HasSubstr("1234567890")));
}

TEST(WithholdValues, OfBytesNotEvenOneStays) {
  const Json json = Withheld(std::string_view("\0\1\xAB", 3), std::string_view("\0\1\xAC", 3));
  EXPECT_EQ(At(json, "kind"), "\"bytes\"");
  EXPECT_EQ(At(json, "sentence"),
            "\"byte 2 is the first that differs; 1 byte differs; the values are not told, as "
            "columns are tagged pii\"");
}

TEST(WithholdValues, OfWhatOthersWroteNothingButTheKindStays) {
  EXPECT_EQ(TextOf(WithholdValues(Json().Set("kind", "new").Set("told", "secret"), IsEmail)),
            R"({"kind":"new","sentence":"the values are not told, as columns are tagged pii"})");
  EXPECT_THAT(TextOf(WithholdValues(Json("secret"), IsEmail)), Not(HasSubstr("secret")));
  EXPECT_TRUE(WithholdValues(Json(), IsEmail).is_null());
  for (const char* const kind : {"text", "json", "csv", "npy", "zip", "gzip", "folder", "bytes"}) {
    const Json odd = Json().Set("kind", kind).Set("first", 7).Set("numbers", "x").Set("values", 1);
    const Json withheld = WithholdValues(odd, IsEmail);
    EXPECT_EQ(withheld, WithholdValues(withheld, IsEmail)) << kind;
  }
}

}  // namespace
}  // namespace reprise::lineage
