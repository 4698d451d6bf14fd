// Model cards: what they say, and where a mistake in one is.

#include "lineage/governance/model_card.h"

#include <gtest/gtest.h>

namespace reprise::lineage {
namespace {

constexpr std::string_view kHead =
    "purpose = \"credit decisions\"\nintended_use = \"new customers\"\nowner = \"Risk\"\n";

Result<ModelCard> Parse(std::string_view rest) {
  return ParseModelCard(std::string(kHead) + std::string(rest), "card.toml");
}

TEST(ModelCard, SaysWhatItsTextSays) {
  const auto card = Parse(R"(tier = "1"
next_validation = "2027-05-31"
limits = ["not for companies"]
[[finding]]
id = "F-1"
text = "few young customers"
severity = "medium"
state = "open"
[[finding]]
id = "F-2"
text = "typo"
severity = "low"
state = "closed"
)");
  ASSERT_TRUE(card.ok()) << card.error().message;
  EXPECT_EQ(card->purpose, "credit decisions");
  EXPECT_EQ(card->tier, "1");
  EXPECT_EQ(card->materiality, "");
  EXPECT_EQ(card->limits, std::vector<std::string>{"not for companies"});
  EXPECT_EQ(card->open_findings(), 1U);
  const Json json = ModelCardToJson(*card);
  EXPECT_TRUE(json.Find("materiality")->is_null());
  EXPECT_EQ(*json.GetString("next_validation"), "2027-05-31");
  EXPECT_EQ((*json.GetArray("findings"))->size(), 2U);
}

TEST(ModelCard, HasTheReasonsOfChoicesAndWhatDoesNotApply) {
  const auto card = Parse(R"toml(oversight = ["a clerk decides"]
[[decision]]
about = "eta"
choice = "0.05"
reason = "steady curves"
alternatives = ["0.3"]
decided_on = "2026-03-02"
[[data]]
path = "loans.csv"
licence = "CC-BY-4.0"
[[not_applicable]]
requirement = "eu-ai-act-annex-iv 2(h)"
reason = "no network"
decided_by = "Risk"
)toml");
  ASSERT_TRUE(card.ok()) << card.error().message;
  EXPECT_EQ(card->oversight, std::vector<std::string>{"a clerk decides"});
  EXPECT_EQ(card->decisions.at(0).reason, "steady curves");
  EXPECT_EQ(card->data.at(0).licence, "CC-BY-4.0");
  EXPECT_EQ(card->not_applicable.at(0).decided_by, "Risk");
  const Json json = ModelCardToJson(*card);
  const Json& decision = (*json.GetArray("decisions"))->at(0);
  EXPECT_TRUE(decision.Find("decided_by")->is_null());
  EXPECT_EQ(*decision.GetString("decided_on"), "2026-03-02");
  EXPECT_TRUE((*json.GetArray("data"))->at(0).Find("origin")->is_null());
}

TEST(ModelCard, AMistakeIsToldWithItsLine) {
  const std::string finding = "[[finding]]\nid = \"a\"\ntext = \"b\"\nseverity = \"low\"\n";
  for (const auto& [rest, told] : std::vector<std::pair<std::string, std::string>>{
           {"teir = \"1\"",
            "card.toml:4: there is no key 'teir' in a model card; did you mean tier?"},
           {"tier = 1", "card.toml:4: the value of tier must be a text"},
           {"next_validation = \"May\"", "must be a day"},
           {"last_validation = \"2026-13-01\"", "must be a day"},
           {"limits = \"none\"", "must be a list of texts"},
           {"finding = 1", "the value of finding must be a list of tables, as in [[finding]]"},
           {"[[decision]]\nabout = \"eta\"\nchoice = \"0.05\"", "there is no reason here"},
           {"[[data]]\npath = \"a\"\n[[data]]\npath = \"a\"", "two [[data]] of the path 'a'"},
           {"[[data]]\npath = \"a\"\nlicense = \"MIT\"", "did you mean licence?"},
           {"[[not_applicable]]\nrequirement = \"x 1\"\nreason = \"no\"",
            "card.toml:4: there is no decided_by here"},
           {finding, "card.toml:4: there is no state here"},
           {finding + "state = \"done\"", "the value of state is one of open, accepted, closed"},
           {finding + "state = \"open\"\n" + finding + "state = \"open\"", "two findings 'a'"}}) {
    const auto card = Parse(rest);
    ASSERT_FALSE(card.ok()) << rest;
    EXPECT_NE(card.error().message.find(told), std::string::npos) << card.error().message;
  }
  const auto empty = ParseModelCard("", "card.toml");
  ASSERT_FALSE(empty.ok());
  EXPECT_NE(empty.error().message.find("there is no purpose here"), std::string::npos);
}

}  // namespace
}  // namespace reprise::lineage
