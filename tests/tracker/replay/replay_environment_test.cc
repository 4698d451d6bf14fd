#include "tracker/replay/replay_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/base/text_value.h"
#include "tracker/recorder/variable_facts.h"

namespace reprise::tracker {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::vector<std::string> kThen = {"HOME=/home/ada",
                                        "PATH=/usr/bin",
                                        "MY_TOKEN=hunter2",
                                        "MY_SETTING=a=b",
                                        "LC_ALL=C",
                                        "OMP_NUM_THREADS=4",
                                        "REPRISE_RUN_ID=x",
                                        "REPRISE_PARAM_ETA=0.1",
                                        "TERM=\xff",
                                        "LC_X=https://a:b@host/",
                                        "EMPTY="};

class ReplayEnvironmentTest : public ::testing::Test {
 protected:
  ReplayEnvironmentTest() { Record(kThen, key_); }

  // As the recorder.
  void Record(const std::vector<std::string>& environment, const std::optional<StoreKey>& key) {
    VariableFacts facts = FactsOfVariables(environment, key);
    record_.host = Json::Object{};
    record_.host.Set("variables", std::move(facts.variables));
    record_.host.Set("keyed_variables", std::move(facts.keyed_variables));
    record_.host.Set("store_key", key.has_value() ? Json(key->Id()) : Json());
  }

  ReplayEnvironment Environment(const std::vector<std::string>& today) {
    auto environment = EnvironmentOf(record_, recipe_, today, key_, document_);
    EXPECT_TRUE(environment.ok()) << environment.error().message;
    return environment.ok() ? *std::move(environment) : ReplayEnvironment{};
  }

  std::optional<StoreKey> key_ = *StoreKey::Generate();
  lineage::RunRecord record_;
  lineage::Recipe recipe_;
  std::optional<std::string> document_;
};

TEST_F(ReplayEnvironmentTest, AmongTheSameVariablesNothingIsAbsent) {
  const ReplayEnvironment environment = Environment(kThen);
  EXPECT_THAT(environment.variables,
              ElementsAre("EMPTY=", "HOME=/home/ada", "LC_ALL=C", "LC_X=https://a:b@host/",
                          "MY_SETTING=a=b", "MY_TOKEN=hunter2", "OMP_NUM_THREADS=4",
                          "PATH=/usr/bin", "TERM=\xff"));
  EXPECT_THAT(environment.absent, IsEmpty());
  EXPECT_THAT(environment.from_today, ElementsAre("EMPTY", "LC_X", "MY_SETTING", "MY_TOKEN"));
  EXPECT_THAT(environment.warnings, IsEmpty());
}

TEST_F(ReplayEnvironmentTest, OtherValuesOfTodayAreNotTaken) {
  const ReplayEnvironment environment = Environment(
      {"HOME=/root", "PATH=/bin", "MY_TOKEN=hunter3", "MY_SETTING=a=b", "NEW=1", "LC_ALL=fr"});
  EXPECT_THAT(environment.variables,
              ElementsAre("HOME=/home/ada", "LC_ALL=C", "MY_SETTING=a=b", "OMP_NUM_THREADS=4",
                          "PATH=/usr/bin", "TERM=\xff"));
  EXPECT_THAT(environment.absent, ElementsAre("EMPTY", "LC_X", "MY_TOKEN"));
  EXPECT_THAT(environment.from_today, ElementsAre("MY_SETTING"));
}

TEST_F(ReplayEnvironmentTest, WithoutTheKeyOfThenNothingIsTakenFromToday) {
  key_ = std::nullopt;
  const ReplayEnvironment without = Environment(kThen);
  EXPECT_THAT(without.from_today, IsEmpty());
  EXPECT_THAT(without.absent, ElementsAre("EMPTY", "LC_X", "MY_SETTING", "MY_TOKEN"));
  ASSERT_THAT(without.warnings, SizeIs(1));
  EXPECT_THAT(without.warnings[0], HasSubstr("no key"));
  key_ = *StoreKey::Generate();
  const ReplayEnvironment with_another = Environment(kThen);
  EXPECT_THAT(with_another.from_today, IsEmpty());
  ASSERT_THAT(with_another.warnings, SizeIs(1));
  EXPECT_THAT(with_another.warnings[0], HasSubstr("another key"));
}

TEST_F(ReplayEnvironmentTest, ARunThatHadNoKeyHasItsRecordedVariables) {
  Record(kThen, std::nullopt);
  const ReplayEnvironment environment = Environment({});
  EXPECT_THAT(environment.variables, Contains("HOME=/home/ada"));
  EXPECT_THAT(environment.absent, ElementsAre("LC_X"));
  EXPECT_THAT(environment.warnings, IsEmpty());
}

TEST_F(ReplayEnvironmentTest, TheVariablesOfTheRecipeOverrideAndParametersAreSet) {
  recipe_.variables = {{"HOME", "/elsewhere"}, {"MY_SETTING", "recorded"}, {"MODE", "fast"}};
  recipe_.parameters.emplace("eta", lineage::ParamValue::Guess("0.1"));
  const ReplayEnvironment environment = Environment(kThen);
  for (const char* const variable :
       {"HOME=/elsewhere", "MODE=fast", "MY_SETTING=recorded", "REPRISE_PARAM_ETA=0.1"}) {
    EXPECT_THAT(environment.variables, Contains(variable));
  }
  EXPECT_THAT(environment.from_today, ElementsAre("EMPTY", "LC_X", "MY_TOKEN"));
}

TEST_F(ReplayEnvironmentTest, ARedactedVariableOfTheRecipeIsTakenFromTodayThoughItIsAnother) {
  recipe_.variables = {{"MY_TOKEN", "<redacted>"}, {"OTHER_KEY", "<redacted>"}};
  const ReplayEnvironment same = Environment(kThen);
  EXPECT_THAT(same.from_today, Contains("MY_TOKEN"));
  EXPECT_THAT(same.absent, ElementsAre("OTHER_KEY"));
  EXPECT_THAT(same.warnings, IsEmpty());
  const ReplayEnvironment renewed = Environment({"MY_TOKEN=hunter3"});
  EXPECT_THAT(renewed.variables, Contains("MY_TOKEN=hunter3"));
  EXPECT_THAT(renewed.absent, Not(Contains("MY_TOKEN")));
  EXPECT_THAT(renewed.from_today, Not(Contains("MY_TOKEN")));
  ASSERT_THAT(renewed.warnings, SizeIs(1));
  EXPECT_THAT(renewed.warnings[0], HasSubstr("MY_TOKEN held a secret"));
}

TEST_F(ReplayEnvironmentTest, ARunOfAnEarlierReleaseHasTheDocumentedVariablesAndTheNeedfulRest) {
  record_.host = Json().Set("project_folder", "/home/ada/project");
  record_.actor = "ada";
  document_ = R"({"variables":[{"name":"LANG","type":"string","value":"C.UTF-8"},)"
              R"({"name":"PYTHONPATH","type":"path_list","value":"<project>/lib:/opt:<project>"},)"
              R"({"name":"TZ","type":"bytes","value":"/w=="}]})";
  const ReplayEnvironment environment = Environment({"PATH=/today", "HOME=/root", "OTHER=1"});
  EXPECT_THAT(environment.variables,
              ElementsAre("HOME=/", "LANG=C.UTF-8", "LOGNAME=ada", "PATH=/today",
                          "PYTHONPATH=/home/ada/project/lib:/opt:/home/ada/project",
                          "SHELL=/bin/sh", "TZ=\xff", "USER=ada"));
  EXPECT_THAT(environment.from_today, ElementsAre("PATH"));
  ASSERT_THAT(environment.warnings, SizeIs(1));
  EXPECT_THAT(environment.warnings[0], HasSubstr("did not record"));
  document_ = std::nullopt;
  EXPECT_THAT(Environment({}).variables, Contains("PATH=/usr/local/bin:/usr/bin:/bin"));
}

TEST_F(ReplayEnvironmentTest, WhatNoReleaseWroteIsDamage) {
  const Json good = record_.host;
  const auto fails = [&](Json host, std::optional<std::string> document = std::nullopt) {
    record_.host = std::move(host);
    const auto environment = EnvironmentOf(record_, recipe_, {}, key_, document);
    ASSERT_FALSE(environment.ok());
    EXPECT_EQ(environment.error().code, ErrorCode::kCorruption) << environment.error().message;
  };
  fails(Json(good).Set("variables", Json::Array{}));
  fails(Json(good).Set("variables", Json().Set("A=B", "c")));
  fails(Json(good).Set("variables", Json().Set("A", std::string("a\0b", 3))));
  fails(Json(good).Set("variables", Json().Set("A", 1)));
  fails(Json(good).Set("keyed_variables", Json().Set("A", 1)));
  fails(Json(good).Set("keyed_variables", Json().Set("", "abc")));
  fails(Json::Object{}, "nonsense");
  fails(Json::Object{}, R"({"variables":{}})");
  fails(Json::Object{}, R"({"variables":[{"name":"A","type":"bytes","value":"?"}]})");
}

}  // namespace
}  // namespace reprise::tracker
