#include "storage/base/canonical.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "storage/base/bytes.h"
#include "storage/base/canonical_writer.h"
#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/text_value.h"

namespace reprise {
namespace {

std::string Number(double number) {
  std::string out;
  AppendCanonicalNumber(out, number);
  return out;
}

std::string Golden(const std::string& name) {
  return *ReadFile(PosixFileSystem(), REPRISE_GOLDEN_DIR "/rfc8785/" + name);
}

// tests/golden/rfc8785/README.md says where the vectors come from.
class Rfc8785Vector : public ::testing::TestWithParam<const char*> {};

TEST_P(Rfc8785Vector, BecomesThePublishedBytes) {
  const std::string file = std::string(GetParam()) + ".json";
  const auto value = ParseJson(Golden("input/" + file));
  ASSERT_TRUE(value.ok()) << value.error().message;
  const std::string expected = Golden("output/" + file);
  EXPECT_EQ(*Canonicalize(*value), expected);
  EXPECT_EQ(*Canonicalize(*ParseJson(expected)), expected);
}

INSTANTIATE_TEST_SUITE_P(, Rfc8785Vector,
                         ::testing::Values("arrays", "french", "structures", "unicode", "values",
                                           "weird"),
                         [](const auto& param) { return param.param; });

// RFC 8785, appendix B; the two that have no form are in the next test.
TEST(CanonicalNumber, GivesTheSamplesOfRfc8785) {
  const std::pair<std::uint64_t, const char*> samples[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : samples) EXPECT_EQ(Number(std::bit_cast<double>(bits)), text);
}

TEST(CanonicalNumber, NoNumberMeansNoCanonicalForm) {
  for (const double number :
       {std::bit_cast<double>(0x7fffffffffffffff), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    const auto text = Canonicalize(Json().Append(number));
    ASSERT_FALSE(text.ok());
    EXPECT_EQ(text.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST(CanonicalNumber, TheFormChangesWhereEcmaScriptChangesIt) {
  EXPECT_EQ(Number(1), "1");
  EXPECT_EQ(Number(-10), "-10");
  EXPECT_EQ(Number(0.1), "0.1");
  EXPECT_EQ(Number(1e20), "100000000000000000000");
  EXPECT_EQ(Number(1e21), "1e+21");
  EXPECT_EQ(Number(1.5e-6), "0.0000015");
  EXPECT_EQ(Number(1.5e-7), "1.5e-7");
  EXPECT_EQ(Number(1e-7), "1e-7");
  EXPECT_EQ(Number(123.456), "123.456");
}

TEST(CanonicalNumber, AnyDoubleReadsBack) {
  std::mt19937_64 random(8785);
  for (int i = 0; i < 200'000; ++i) {
    const double number = std::bit_cast<double>(random());
    if (!std::isfinite(number)) continue;
    const auto read = ParseJson(Number(number));
    ASSERT_TRUE(read.ok()) << Number(number);
    ASSERT_EQ(read->as_number(), number) << Number(number);
  }
}

TEST(CanonicalString, EscapesOnlyWhatItMust) {
  std::string all;
  for (char c = 0; c < 0x20; ++c) all += c;
  std::string out;
  AppendCanonicalString(out, all + "\"\\/\x7F\xC2\x80\xE2\x80\xA8");
  EXPECT_EQ(
      out,
      "\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e"
      "\\u000f\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a"
      "\\u001b\\u001c\\u001d\\u001e\\u001f\\\"\\\\/\x7F\xC2\x80\xE2\x80\xA8\"");
}

// Strings are looked at eight bytes at a time: every byte at every place of two such groups and a
// rest.
TEST(CanonicalString, EveryByteIsWrittenAlikeWhereverItStands) {
  for (int byte = 0; byte < 256; ++byte) {
    std::string alone;
    AppendCanonicalString(alone, std::string(1, static_cast<char>(byte)));
    const std::string written = alone.substr(1, alone.size() - 2);
    for (std::size_t place = 0; place < 19; ++place) {
      std::string text(19, 'x');
      text[place] = static_cast<char>(byte);
      std::string out;
      AppendCanonicalString(out, text);
      ASSERT_EQ(out, '"' + std::string(place, 'x') + written + std::string(18 - place, 'x') + '"')
          << byte << " at " << place;
      ASSERT_EQ(Canonicalize(Json(text)).ok(), byte < 0x80) << byte << " at " << place;
    }
  }
}

TEST(Canonicalize, TextThatIsNotUtf8HasNoCanonicalForm) {
  EXPECT_FALSE(Canonicalize(Json("\xFF")).ok());
  EXPECT_FALSE(Canonicalize(Json().Set("\xED\xA0\x80", 1)).ok());
}

TEST(Canonicalize, ANameThatOccursTwiceHasNoCanonicalForm) {
  const Json twice(Json::Object{{"a", 1}, {"b", 2}, {"a", 1}});
  const auto text = Canonicalize(twice);
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, ErrorCode::kInvalidArgument);
}

// The code units by RFC 2781, to compare as RFC 8785 says.
std::u16string Utf16(std::uint32_t code) {
  if (code < 0x10000) return {static_cast<char16_t>(code)};
  code -= 0x10000;
  return {static_cast<char16_t>(0xD800 + (code >> 10)),
          static_cast<char16_t>(0xDC00 + (code & 1023))};
}

std::string Utf8(std::uint32_t code) {
  char text[16];
  std::string escaped = "\"";
  for (const char16_t unit : Utf16(code)) {
    std::snprintf(text, sizeof text, "\\u%04x", static_cast<unsigned>(unit));
    escaped += text;
  }
  return ParseJson(escaped + "\"")->as_string();
}

TEST(Canonicalize, NamesAreOrderedByTheirUtf16CodeUnits) {
  const std::uint32_t codes[] = {0x00,   0x41,   0x7F,   0x80,    0x7FF,   0x800,    0xD7FF, 0xE000,
                                 0xEFFF, 0xF000, 0xFFFD, 0x10000, 0x10001, 0x10FFFF, 0x3FFFF};
  std::vector<std::pair<std::u16string, std::string>> names;
  for (const std::uint32_t a : codes) {
    names.emplace_back(Utf16(a), Utf8(a));
    for (const std::uint32_t b : codes) names.emplace_back(Utf16(a) + Utf16(b), Utf8(a) + Utf8(b));
  }
  Json object;
  for (const auto& name : names) object.Set(name.second, 0);
  std::ranges::sort(names);
  const Json sorted = *ParseJson(*Canonicalize(object));
  ASSERT_EQ(sorted.as_object().size(), names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(ToHex(AsBytes(sorted.as_object()[i].first)), ToHex(AsBytes(names[i].second)));
  }
}

// The same value by both ways.
TEST(CanonicalWriter, WritesWhatCanonicalizeMakesOfAJson) {
  const Digest digest = Digest::FromSha256(AsBytes(std::string(Digest::kSizeBytes, 'd')));
  const Json inner = Json().Set("b", Json()).Set("a", true);
  const std::string quotes = "says \"a\\b\" and \n";
  const std::string not_utf8 = "caf\xe9";
  CanonicalWriter writer;
  writer.BeginObject();
  writer.Name("array").BeginArray();
  writer.Text("one");
  writer.Text(quotes);
  writer.BeginArray();
  writer.EndArray();
  writer.Bytes(not_utf8);
  writer.BeginObject();
  writer.Name("x").Null();
  writer.EndObject();
  writer.EndArray();
  writer.Name("bool").Bool(false);
  writer.Name("digest").DigestText(digest);
  writer.Name("inner").Value(inner);
  writer.Name("number").Number(4.5);
  writer.EndObject();
  Json array = Json::Array{"one", quotes, Json::Array{}, BytesToJson(not_utf8)};
  array.Append(Json().Set("x", Json()));
  const Json value = Json()
                         .Set("number", 4.5)
                         .Set("inner", inner)
                         .Set("digest", digest.ToString())
                         .Set("bool", false)
                         .Set("array", array);
  EXPECT_EQ(*writer.Finish(), *Canonicalize(value));
}

TEST(CanonicalWriter, TellsOfTheFirstValueThatHasNoCanonicalForm) {
  CanonicalWriter writer;
  writer.BeginArray();
  writer.Text("\xff");
  writer.Value(std::numeric_limits<double>::infinity());
  writer.EndArray();
  const auto text = writer.Finish();
  ASSERT_FALSE(text.ok());
  EXPECT_EQ(text.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(text.error().message.find("is not UTF-8"), std::string::npos) << text.error().message;
}

}  // namespace
}  // namespace reprise
