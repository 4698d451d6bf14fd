// Templates of requirements: what they say, and where a mistake in one is.

#include "lineage/governance/requirements.h"

#include <gtest/gtest.h>

#include <set>

namespace reprise::lineage {
namespace {

constexpr std::string_view kHead =
    "version = 1\nname = \"ours\"\ntitle = \"Our rules\"\ndated = \"2026-05-31\"\nbasis = \"b\"\n";

Result<RequirementTemplate> Parse(std::string_view rest) {
  return ParseRequirements(std::string(kHead) + std::string(rest), "ours.toml");
}

TEST(RequirementTemplate, SaysWhatItsTextSays) {
  const auto read = Parse(R"(notes = ["a note"]
[[requirement]]
id = "1"
text = "what it is for"
facts = ["model.purpose", "evidence.validation"]
)");
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read->name, "ours");
  EXPECT_EQ(read->dated, "2026-05-31");
  EXPECT_EQ(read->notes, std::vector<std::string>{"a note"});
  ASSERT_EQ(read->requirements.size(), 1U);
  EXPECT_EQ(read->requirements[0].facts.size(), 2U);
}

TEST(RequirementTemplate, AMistakeIsToldWithItsLine) {
  const std::string row = "[[requirement]]\nid = \"1\"\ntext = \"t\"\n";
  const std::string whole = row + "facts = [\"policy\"]\n";
  for (const auto& [rest, told] : std::vector<std::pair<std::string, std::string>>{
           {"", "ours.toml:1: there are no requirements here"},
           {"nots = []\n" + whole, "ours.toml:6: there is no key 'nots'"},
           {"requirement = 1", "the value of requirement must be a list of tables"},
           {row, "ours.toml:6: a requirement names recorded facts"},
           {row + "facts = []", "ours.toml:9: a requirement names recorded facts"},
           {row + "facts = [\"model.purpos\"]",
            "ours.toml:9: there is no fact 'model.purpos'; did "
            "you mean model.purpose?"},
           {row + "facts = [\"policy\", \"policy\"]", "named twice"},
           {whole + whole, "two requirements '1'"}}) {
    const auto read = Parse(rest);
    ASSERT_FALSE(read.ok()) << rest;
    EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(read.error().message.find(told), std::string::npos) << read.error().message;
  }
  EXPECT_FALSE(ParseRequirements("version = 2", "x").ok());
  EXPECT_FALSE(ParseRequirements("", "x").ok());
  EXPECT_FALSE(ParseRequirements(std::string(kRequirementsBytesMax + 1, '#'), "x").ok());
}

TEST(RequirementFacts, HaveNamesAndLabelsOfTheirOwn) {
  std::set<std::string_view> names;
  std::set<std::string_view> labels;
  for (const RequirementFact& fact : RequirementFacts()) {
    EXPECT_TRUE(names.insert(fact.name).second) << fact.name;
    EXPECT_TRUE(labels.insert(fact.label).second) << fact.label;
    EXPECT_EQ(LabelOfFact(fact.name), fact.label);
  }
}

}  // namespace
}  // namespace reprise::lineage
