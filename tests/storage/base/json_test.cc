#include "storage/base/json.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>

#include "storage/base/bytes.h"

namespace reprise {
namespace {

using std::string_literals::operator""s;

std::string Nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string FailureOf(std::string_view text) {
  const auto value = ParseJson(text);
  if (value.ok()) return "(accepted)";
  EXPECT_EQ(value.error().code, ErrorCode::kInvalidArgument);
  return value.error().message;
}

TEST(ParseJson, ReadsEveryKindOfValue) {
  EXPECT_TRUE(ParseJson("null")->is_null());
  EXPECT_TRUE(ParseJson(" true\n")->as_bool());
  EXPECT_FALSE(ParseJson("false")->as_bool());
  EXPECT_EQ(ParseJson("-1.5e3")->as_number(), -1500);
  EXPECT_EQ(ParseJson("\"\"")->as_string(), "");
  EXPECT_TRUE(ParseJson("[]")->as_array().empty());
  EXPECT_TRUE(ParseJson("{ }")->as_object().empty());
  const auto value = ParseJson("\t{\"b\" : [1 , {\"a\":null}] ,\r\n\"a\":\"x\"} ");
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->as_object()[0].first, "b");  // Order is kept.
  EXPECT_EQ(value->Find("b")->as_array()[1].Find("a")->is_null(), true);
  EXPECT_EQ(*value->GetString("a"), "x");
}

TEST(ParseJson, ReadsEveryEscape) {
  EXPECT_EQ(ParseJson(R"("\"\\\/\b\f\n\r\t")")->as_string(), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(ParseJson(R"("\u0000\u007f\u0080\u07ff\u0800\uFFFF")")->as_string(),
            "\0\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF"s);
  EXPECT_EQ(ParseJson(R"("\ud800\udc00\uD83D\uDE02\udbff\udfff")")->as_string(),
            "\xF0\x90\x80\x80\xF0\x9F\x98\x82\xF4\x8F\xBF\xBF");
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  for (const std::string& bad : {""s,
                                 " "s,
                                 "nul"s,
                                 "nulll"s,
                                 "True"s,
                                 "NaN"s,
                                 "Infinity"s,
                                 "-"s,
                                 "+1"s,
                                 "01"s,
                                 "-01"s,
                                 "1."s,
                                 ".5"s,
                                 "1e"s,
                                 "1e+"s,
                                 "1.e1"s,
                                 "0x1"s,
                                 "1_0"s,
                                 "--1"s,
                                 "1 2"s,
                                 "["s,
                                 "[1"s,
                                 "[1,"s,
                                 "[1,]"s,
                                 "[,1]"s,
                                 "[1 2]"s,
                                 "]"s,
                                 "{"s,
                                 "{\"a\""s,
                                 "{\"a\":"s,
                                 "{\"a\":1"s,
                                 "{\"a\":1,"s,
                                 "{\"a\":1,}"s,
                                 "{a:1}"s,
                                 "{'a':1}"s,
                                 "{\"a\" 1}"s,
                                 "{1:2}"s,
                                 "{,}"s,
                                 "{}}"s,
                                 "[}"s,
                                 "\""s,
                                 "\"a"s,
                                 "\"\\"s,
                                 "\"\\x\""s,
                                 "\"\\u12\""s,
                                 "\"\\u12g4\""s,
                                 "\"\\u+123\""s,
                                 "\"\\u-123\""s,
                                 "\"\\u"s,
                                 "\"\t\""s,
                                 "\"\n\""s,
                                 "\"\0\""s,
                                 "'a'"s,
                                 "/**/1"s,
                                 "1//"s,
                                 "\xEF\xBB\xBF"
                                 "1"s,
                                 "\f1"s,
                                 "\v1"s,
                                 "1\0"s,
                                 "\xC2\xA0"
                                 "1"s}) {
    EXPECT_FALSE(ParseJson(bad).ok()) << Printable(bad);
  }
}

TEST(ParseJson, RefusesWhatIJsonForbids) {
  EXPECT_FALSE(ParseJson("\"\xFF\"").ok());
  EXPECT_FALSE(ParseJson("\"\xED\xA0\x80\"").ok());
  EXPECT_FALSE(ParseJson(R"("\ud800")").ok());
  EXPECT_FALSE(ParseJson(R"("\udc00")").ok());
  EXPECT_FALSE(ParseJson(R"("\ud800\u0041")").ok());
  EXPECT_FALSE(ParseJson(R"("\ud800x")").ok());
  EXPECT_FALSE(ParseJson(R"("\ud800\ud800")").ok());
  EXPECT_FALSE(ParseJson(R"({"a":1,"b":2,"a":1})").ok());
  EXPECT_FALSE(ParseJson(R"({"a":1,"\u0061":1})").ok());
  EXPECT_TRUE(ParseJson(R"({"a":{"a":1},"b":{"a":1}})").ok());
}

TEST(ParseJson, FindsARepeatedNameAmongManyToo) {
  for (const std::size_t count : {1U, 2U, 7U, 8U, 9U, 10U, 100U}) {
    for (std::size_t repeated = 0; repeated < count; ++repeated) {
      std::string text = "{";
      for (std::size_t i = 0; i < count; ++i) text += "\"n" + std::to_string(i) + "\":0,";
      EXPECT_TRUE(ParseJson(text + "\"other\":0}").ok()) << count;
      EXPECT_FALSE(ParseJson(text + "\"n" + std::to_string(repeated) + "\":0}").ok()) << count;
    }
  }
}

TEST(ParseJson, SaysWhere) {
  EXPECT_EQ(FailureOf("[1, x]"), "not JSON: a value is missing at byte 4");
  EXPECT_EQ(FailureOf("[1, \"a\xFF\"]"), "not JSON: the text is not UTF-8 at byte 6");
  EXPECT_EQ(FailureOf("{} 1"), "not JSON: there is more after the value at byte 3");
}

TEST(ParseJson, TwoHundredLevelsAreAcceptedAndOneMoreIsNot) {
  EXPECT_TRUE(ParseJson(Nested(200)).ok());
  EXPECT_FALSE(ParseJson(Nested(201)).ok());
  EXPECT_TRUE(ParseJson(std::string(200, '[') + "1" + std::string(200, ']')).ok());
  EXPECT_FALSE(ParseJson(std::string(1'000'000, '[')).ok());  // And does not exhaust the stack.
  std::string objects;
  for (int i = 0; i < 201; ++i) objects += "{\"a\":";
  EXPECT_NE(FailureOf(objects).find("too deeply"), std::string::npos);
}

TEST(ParseJson, NumbersBecomeTheNearestDouble) {
  EXPECT_EQ(ParseJson("9007199254740993")->as_number(), 9007199254740992.0);
  EXPECT_EQ(ParseJson("1.7976931348623157e308")->as_number(), std::numeric_limits<double>::max());
  EXPECT_EQ(ParseJson("5e-324")->as_number(), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(ParseJson("0.1")->as_number(), 0.1);
  EXPECT_TRUE(std::signbit(ParseJson("-0")->as_number()));
  EXPECT_EQ(ParseJson("0e999999999999999999999")->as_number(), 0);
}

TEST(ParseJson, TooSmallIsZeroAndTooLargeIsAnError) {
  EXPECT_EQ(ParseJson("1e-400")->as_number(), 0);
  EXPECT_TRUE(std::signbit(ParseJson("-1e-400")->as_number()));
  EXPECT_EQ(ParseJson("1e-99999999999999999999")->as_number(), 0);
  EXPECT_EQ(ParseJson("0." + std::string(500, '0') + "1e+100")->as_number(), 0);
  EXPECT_EQ(ParseJson("0." + std::string(500, '0') + "1e+501")->as_number(), 1);
  for (const std::string& bad :
       {"1e309"s, "-1e309"s, "1.5E+400"s, "1e99999999999999999999"s, "1" + std::string(309, '0'),
        "9" + std::string(400, '0') + ".5", "0.0000000001e+400"s}) {
    EXPECT_NE(FailureOf(bad).find("too large"), std::string::npos) << bad;
  }
}

// A quadratic look for repeated names would take minutes.
TEST(ParseJson, TimeIsProportionalToTheMembersOfAnObject) {
  std::string text = "{";
  for (int i = 0; i < 300'000; ++i) text += "\"member number " + std::to_string(i) + "\":0,";
  text += "\"last\":0}";
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(ParseJson(text).ok());
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST(Json, SetReplacesAndAppendGrows) {
  Json object;
  object.Set("a", 1).Set("b", "x").Set("a", true);
  EXPECT_EQ(object.as_object().size(), 2U);
  EXPECT_TRUE(*object.GetBool("a"));
  Json array;
  array.Append(1).Append("two").Append(Json());
  EXPECT_EQ(array.as_array().size(), 3U);
  EXPECT_EQ(object.Find("c"), nullptr);
  EXPECT_EQ(array.Find("a"), nullptr);
}

TEST(Json, TypedAccessNamesTheMemberThatIsWrong) {
  const Json value = *ParseJson(R"({"s":"x","n":1.5,"i":-3,"b":true,"a":[],"o":{},"z":null})");
  EXPECT_EQ(*value.GetString("s"), "x");
  EXPECT_EQ(*value.GetNumber("n"), 1.5);
  EXPECT_EQ(*value.GetInteger("i"), -3);
  EXPECT_TRUE(*value.GetBool("b"));
  EXPECT_TRUE((*value.GetArray("a"))->empty());
  EXPECT_TRUE((*value.GetObject("o"))->empty());
  EXPECT_EQ(*value.GetOptionalString("s"), "x");
  EXPECT_EQ(*value.GetOptionalString("z"), std::nullopt);
  EXPECT_EQ(*value.GetOptionalString("absent"), std::nullopt);
  EXPECT_FALSE(value.GetOptionalString("i").ok());
  for (const char* key : {"n", "absent", "z"}) {
    const auto missing = value.GetString(key);
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code, ErrorCode::kCorruption);
    EXPECT_NE(missing.error().message.find("'"s + key + "'"), std::string::npos);
  }
  EXPECT_FALSE(value.GetNumber("s").ok());
  EXPECT_FALSE(value.GetBool("i").ok());
  EXPECT_FALSE(value.GetArray("o").ok());
  EXPECT_FALSE(value.GetObject("a").ok());
}

TEST(Json, IntegersAreWholeAndAtMostTwoToThe53) {
  const Json value = *ParseJson(
      R"({"max":9007199254740992,"min":-9007199254740992,"large":9007199254740994,"half":0.5,
          "e":1e3,"huge":1e300})");
  EXPECT_EQ(*value.GetInteger("max"), std::int64_t{1} << 53);
  EXPECT_EQ(*value.GetInteger("min"), -(std::int64_t{1} << 53));
  EXPECT_EQ(*value.GetInteger("e"), 1000);
  EXPECT_FALSE(value.GetInteger("large").ok());
  EXPECT_FALSE(value.GetInteger("half").ok());
  EXPECT_FALSE(value.GetInteger("huge").ok());
}

TEST(FormatJson, IndentsForPeopleAndReadsBack) {
  const Json value = *ParseJson(R"({"b":[1,"x",{}],"a":{"n":null},"e":[]})");
  const std::string text = FormatJson(value);
  EXPECT_EQ(text,
            "{\n  \"b\": [\n    1,\n    \"x\",\n    {}\n  ],\n  \"a\": {\n    \"n\": null\n  },\n"
            "  \"e\": []\n}\n");
  EXPECT_EQ(*ParseJson(text), value);
}

TEST(FormatJson, NumbersWithoutAJsonFormBecomeNull) {
  EXPECT_EQ(FormatJson(std::numeric_limits<double>::infinity()), "null\n");
  EXPECT_EQ(FormatJson(std::nan("")), "null\n");
}

TEST(Json, AbsentOptionalsAreNull) {
  EXPECT_TRUE(Json(std::optional<std::string>()).is_null());
  EXPECT_EQ(Json(std::optional<std::string>("x")).as_string(), "x");
  EXPECT_EQ(Json(std::optional<int>(3)).as_number(), 3);
}

}  // namespace
}  // namespace reprise
