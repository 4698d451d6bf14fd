// Policies: what they say, and where a mistake in one is.

#include "lineage/governance/policy.h"

#include <gtest/gtest.h>

namespace reprise::lineage {
namespace {

constexpr std::string_view kPolicy = R"(version = 1
name = "Scorecards"

[[promotion]]
to = "qa"
approvals = [{ role = "validator", count = 2 }, { role = "owner" }]
evidence = [{ kind = "validation", max_age_days = 90 }, { kind = "stability" }]
capture = "proven"
require = ["metrics.auc >= 0.7", "status = finished"]
packages = [{ name = "numpy", versions = ["1.24.*", "1.26.4"], required = true }]
override = [{ role = "cro" }]

[[promotion]]
from = "qa"
to = "production"
author_may_approve = true
)";

Result<Policy> Parse(std::string_view text) { return ParsePolicy(text, "policy.toml", 0); }

TEST(Policy, SaysWhatItsTextSays) {
  const auto policy = Parse(kPolicy);
  ASSERT_TRUE(policy.ok()) << policy.error().message;
  EXPECT_EQ(policy->name, "Scorecards");
  EXPECT_EQ(policy->stages.size(), 4U);
  ASSERT_EQ(policy->promotions.size(), 2U);
  const PromotionRule& rule = policy->promotions[0];
  EXPECT_EQ(rule.line, 4U);
  EXPECT_EQ(rule.approvals.size(), 2U);
  EXPECT_EQ(rule.approvals[0].count, 2U);
  EXPECT_EQ(rule.approvals[1].count, 1U);
  EXPECT_EQ(rule.evidence[0].age_days_max, 90U);
  EXPECT_FALSE(rule.evidence[1].age_days_max.has_value());
  EXPECT_EQ(rule.capture, "proven");
  EXPECT_EQ(rule.require[1].text, "status = finished");
  EXPECT_TRUE(rule.packages[0].required);
  EXPECT_EQ(rule.overrides[0].role, "cro");
  EXPECT_FALSE(rule.author_may_approve);
  EXPECT_TRUE(policy->promotions[1].author_may_approve);
}

TEST(Policy, ARuleThatNamesTheStageBeforeGoesFirst) {
  const auto policy = Parse(R"(version = 1
name = "p"
[[promotion]]
to = "qa"
capture = "sealed"
[[promotion]]
from = "preproduction"
to = "qa"
)");
  ASSERT_TRUE(policy.ok()) << policy.error().message;
  EXPECT_EQ(policy->RuleFor("development", "qa"), &policy->promotions[0]);
  EXPECT_EQ(policy->RuleFor("preproduction", "qa"), &policy->promotions[1]);
  EXPECT_EQ(policy->RuleFor("development", "production"), nullptr);
}

TEST(Policy, AMistakeIsToldWithItsLine) {
  const std::string head = "version = 1\nname = \"p\"\n[[promotion]]\nto = \"qa\"\n";
  for (const auto& [text, told] : std::vector<std::pair<std::string, std::string>>{
           {"", "policy.toml:1: there is no version here; add version = 1"},
           {"version = 2", "policy.toml:1: this release reads version = 1 only"},
           {"version = 1", "there is no name here; add name = \"Scorecards\""},
           {"version = 1\nname = 3", "policy.toml:2: the value of name must be a text"},
           {"version = 1\nname = \"p\"\nstages = []",
            "policy.toml:3: the value of stages must be a list"},
           {"version = 1\nname = \"p\"", "at least one [[promotion]]"},
           {"version = 1\nname = \"p\"\npromotion = 3",
            "policy.toml:3: the value of promotion must be a list of tables"},
           {"version = 1\nname = \"p\"\n[[promotion]]",
            "policy.toml:3: there is no to here; add to = \"qa\""},
           {head + "aprovals = []",
            "policy.toml:5: there is no key 'aprovals' in [[promotion]]; did "
            "you mean approvals?"},
           {head + "approvals = [{ count = 1 }]", "policy.toml:5: there is no role here"},
           {head + "approvals = [{ role = \"a b\" }]", "policy.toml:5: 'a b' cannot be a role"},
           {head + "approvals = [{ role = \"a\", count = 0 }]",
            "the value of count must be a whole number from 1 to 100"},
           {head + "evidence = [{ kind = \"validaton\" }]", "did you mean validation?"},
           {head + "capture = \"all\"",
            "policy.toml:5: the value of capture is one of declared, observed, sealed, proven"},
           {head + "require = [\"metrics.auc >\"]", "policy.toml:5: in require, "},
           {head + "require = \"metrics.auc > 1\"", "must be a list of texts"},
           {head + "author_may_approve = 1", "must be true or false"},
           {head + "packages = [{ name = \"numpy\" }]",
            "there is no versions here; add versions = [\"1.24.*\"]"},
           {head + "from = \"quality\"", "the stage 'quality' is not among the policy's stages"},
           {head + "[[promotion]]\nto = \"qa\"", "there are two rules for the same move to 'qa'"},
           {head + "x = [", "this is no TOML"}}) {
    const auto policy = Parse(text);
    ASSERT_FALSE(policy.ok()) << text;
    EXPECT_NE(policy.error().message.find(told), std::string::npos) << policy.error().message;
  }
}

TEST(Policy, StagesAreData) {
  const auto policy = Parse(
      "version = 1\nname = \"p\"\nstages = [\"lab\", \"live\"]\n[[promotion]]\nfrom = \"lab\"\nto "
      "= "
      "\"live\"\n");
  ASSERT_TRUE(policy.ok()) << policy.error().message;
  EXPECT_EQ(policy->stages, (std::vector<std::string>{"lab", "live"}));
}

TEST(Policy, CaptureLevelsHaveAnOrder) {
  EXPECT_LT(CaptureRank("declared"), CaptureRank("observed"));
  EXPECT_LT(CaptureRank("observed"), CaptureRank("sealed"));
  EXPECT_LT(CaptureRank("sealed"), CaptureRank("proven"));
  EXPECT_FALSE(CaptureRank("").has_value());
}

}  // namespace
}  // namespace reprise::lineage
