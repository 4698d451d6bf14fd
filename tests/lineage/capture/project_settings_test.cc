#include "lineage/capture/project_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::capture {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::string ErrorOf(std::string_view text) {
  const auto settings = ParseProjectSettings(text);
  if (settings.ok()) return "none";
  EXPECT_EQ(settings.error().code, ErrorCode::kInvalidArgument);
  return settings.error().message;
}

TEST(ProjectSettings, RulesKeepTheirOrderAndLines) {
  const auto settings = ParseProjectSettings(
      "# rules\n[[files]]\npattern = \"z/**\"\nclass = \"data\"\n\n[[files]]\nclass = \"cache\"\n"
      "pattern = 'a\\*'\nreason = \"made anew\"\n[code]\ninclude = [\"*.x\",\n \"*.y\"]\n");
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_THAT(settings->files,
              ElementsAre(WrittenFileRule{{"z/**", 3}, lineage::FileClass::kData, ""},
                          WrittenFileRule{{"a\\*", 8}, lineage::FileClass::kCache, "made anew"}));
  EXPECT_THAT(settings->code_include,
              ElementsAre(WrittenPattern{"*.x", 11}, WrittenPattern{"*.y", 12}));
  EXPECT_THAT(settings->code_exclude, IsEmpty());
}

TEST(ProjectSettings, ColumnsHaveTagsAndProfilesABound) {
  const auto settings = ParseProjectSettings(
      "[columns]\nage = [\"protected\", \"pii\", \"pii\"]\n\"a b.csv#zip code\" = []\n"
      "[profile]\nmax_mib = 7\n");
  ASSERT_TRUE(settings.ok()) << settings.error().message;
  EXPECT_THAT(settings->columns, ElementsAre(WrittenColumn{"a b.csv#zip code", {}, 3},
                                             WrittenColumn{"age", {"pii", "protected"}, 2}));
  EXPECT_EQ(settings->profile_mib_max, 7U);
}

TEST(ProjectSettings, WrongColumnsAndBoundsAreNamedWithTheirLines) {
  EXPECT_THAT(ErrorOf("columns = 1\n"), StartsWith("reprise.toml:1: columns must be one table"));
  EXPECT_THAT(ErrorOf("[columns]\nage = \"pii\"\n"),
              AllOf(StartsWith("reprise.toml:2: the column 'age'"), HasSubstr("list of tags")));
  for (const std::string tag : {"\"\"", "\"PII\"", "\"a b\"", "7"}) {
    EXPECT_THAT(ErrorOf("[columns]\n\nage = [" + tag + "]\n"),
                AllOf(StartsWith("reprise.toml:3:"), HasSubstr("a tag that is none")));
  }
  for (const std::string name : {"\"\"", "\"#age\"", "\"a.csv#\""}) {
    EXPECT_THAT(ErrorOf("[columns]\n" + name + " = []\n"), HasSubstr("has no name"));
  }
  EXPECT_THAT(ErrorOf("profile = []\n"), HasSubstr("[profile]"));
  EXPECT_THAT(ErrorOf("[profile]\nmax = 1\n"), HasSubstr("there is no key 'max'"));
  for (const std::string size : {"-1", "1.5", "\"8\"", "1048577"}) {
    EXPECT_THAT(ErrorOf("[profile]\nmax_mib = " + size + "\n"),
                AllOf(StartsWith("reprise.toml:2:"), HasSubstr("whole number")));
  }
}

TEST(ProjectSettings, AnEmptyFileSaysNothing) {
  const auto settings = ParseProjectSettings("");
  ASSERT_TRUE(settings.ok());
  EXPECT_EQ(*settings, ProjectSettings{});
}

TEST(ProjectSettings, WhatIsNotKnownIsAnErrorThatNamesTheNearest) {
  EXPECT_EQ(ErrorOf("\n[cdoe]\n"),
            "reprise.toml:2: there is no key 'cdoe' in reprise.toml; did you mean code? (known: "
            "files, code, columns and profile)");
  EXPECT_THAT(ErrorOf("[run]\ncolumns = []\n"),
              StartsWith("reprise.toml:1: there is no key 'run'"));
  EXPECT_THAT(ErrorOf("[code]\nincldue = []\n"),
              AllOf(StartsWith("reprise.toml:2:"), HasSubstr("did you mean include?")));
  EXPECT_THAT(ErrorOf("[[files]]\npattern=\"a\"\nclass=\"data\"\nwhy=\"\"\n"),
              StartsWith("reprise.toml:4: there is no key 'why' in [[files]]"));
  EXPECT_THAT(ErrorOf("[[files]]\npattern=\"a\"\nclass=\"date\"\n"),
              AllOf(StartsWith("reprise.toml:3: there is no class 'date'; did you mean data?"),
                    HasSubstr("configuration, secret, device and kernel")));
}

TEST(ProjectSettings, WhatIsMissingOrOfAnotherKindIsSaidWithAnExample) {
  EXPECT_THAT(ErrorOf("[files]\n\"a/**\" = \"data\"\n"), HasSubstr("[[files]]"));
  EXPECT_THAT(ErrorOf("files = [1]\n"), HasSubstr("[[files]]"));
  EXPECT_THAT(ErrorOf("files = \"a\"\n"), HasSubstr("[[files]]"));
  EXPECT_THAT(ErrorOf("[[files]]\nclass=\"data\"\n"), HasSubstr("pattern = \"data/**\""));
  EXPECT_THAT(ErrorOf("[[files]]\npattern=\"a\"\n"), HasSubstr("class = \"data\""));
  EXPECT_THAT(ErrorOf("[[files]]\npattern=1\nclass=\"data\"\n"), HasSubstr("a text in quotes"));
  EXPECT_THAT(ErrorOf("code = 1\n"), HasSubstr("write [code]"));
  EXPECT_THAT(ErrorOf("[code]\ninclude = \"*.py\"\n"), HasSubstr("include = [\"*.py\""));
  EXPECT_THAT(ErrorOf("[code]\nexclude = [1]\n"), HasSubstr("exclude = [\"*.py\""));
  EXPECT_THAT(ErrorOf("[[files]]\npattern=\"a\"\nclass=\"data\"\nreason=\"" +
                      std::string(1001, 'x') + "\"\n"),
              HasSubstr("1,000 bytes"));
}

TEST(ProjectSettings, WhatIsNoTomlIsSaidWithItsLine) {
  EXPECT_THAT(ErrorOf("[code]\ninclude = [\n"),
              AllOf(StartsWith("reprise.toml:"), HasSubstr("this is no TOML")));
  EXPECT_THAT(ErrorOf("a = 1\na = 2\n"), StartsWith("reprise.toml:2:"));
  EXPECT_THAT(ErrorOf("a = \"\xff\"\n"), HasSubstr("this is no TOML"));
  for (const char* text : {"[[[", "[=]", "[[=", "[.", "a.=1", "a.b.", "=", "{", "a={=", "[\xc3",
                           "é = 1", "a é = 1", "[Ж]", "a = 1 ж"}) {
    EXPECT_THAT(ErrorOf(text), HasSubstr("this is no TOML")) << text;
  }
  EXPECT_THAT(ErrorOf(std::string(100'000, '[')), HasSubstr("this is no TOML"));
  EXPECT_THAT(ErrorOf("a = " + std::string(100'000, '[')), HasSubstr("this is no TOML"));
}

}  // namespace
}  // namespace reprise::capture
