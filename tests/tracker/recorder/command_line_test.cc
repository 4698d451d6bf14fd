#include "tracker/recorder/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::tracker {
namespace {

using lineage::ParamValue;
using ::testing::ElementsAre;
using ::testing::Pair;

TEST(FillTemplates, ReplacesNamedParametersOnly) {
  const std::map<std::string, std::string> texts = {{"eta", "0.1"}, {"n", "3"}};
  EXPECT_THAT(FillTemplates({"./train", "--eta={eta}", "{n}{n}", "{other}", "{", "}"}, texts),
              ElementsAre("./train", "--eta=0.1", "33", "{other}", "{", "}"));
}

TEST(FillTemplates, NeverExpandsAValueAgain) {
  const std::map<std::string, std::string> texts = {{"a", "{b}"}, {"b", "x"}};
  EXPECT_THAT(FillTemplates({"{a}{b}"}, texts), ElementsAre("{b}x"));
}

TEST(ParamTexts, AreWhatWasTypedOfANumber) {
  std::map<std::string, ParamValue> params;
  std::map<std::string, std::string> variables;
  for (const std::string text : {"1.10", "007", "1e-3", "+5", "3", "0.1", "x", "true"}) {
    params["k" + text] = ParamValue::Guess(text);
    KeepTypedText("k" + text, params["k" + text], text, variables);
  }
  EXPECT_EQ(variables.size(), 4U) << "what has one form only is not kept twice";
  for (const auto& [key, text] : ParamTexts(params, variables)) EXPECT_EQ("k" + text, key);
  EXPECT_EQ(params["k007"], ParamValue::Int(7));
  EXPECT_EQ(params["k1.10"], ParamValue::Real(1.1));
}

TEST(ParamTexts, AVariableThatSaysSomethingElseIsNotOfTheParameter) {
  const std::map<std::string, ParamValue> params = {{"n", ParamValue::Int(7)},
                                                    {"s", ParamValue::String("7")}};
  const auto texts = ParamTexts(params, {{"REPRISE_PARAM_N", "8"}, {"REPRISE_PARAM_S", "x"}});
  EXPECT_EQ(texts.at("n"), "7");
  EXPECT_EQ(texts.at("s"), "7");
}

TEST(ParamVariable, IsOneOfSeveralParametersThatDifferInCaseOrSigns) {
  const lineage::ParamValue value = lineage::ParamValue::Guess("1");
  EXPECT_EQ(ParamsOfOneVariable({{"a", value}, {"b", value}}), std::nullopt);
  EXPECT_EQ(ParamsOfOneVariable({{"a.b", value}, {"a_b", value}, {"c", value}}),
            std::pair(std::string("a.b"), std::string("a_b")));
  EXPECT_NE(ParamsOfOneVariable({{"ETA", value}, {"eta", value}}), std::nullopt);
}

TEST(ParamVariable, IsUpperCaseWithUnderscores) {
  EXPECT_EQ(ParamVariable("learning-rate.0"), "REPRISE_PARAM_LEARNING_RATE_0");
}

TEST(SplitVariables, TakesLeadingAssignmentsAsAShellDoes) {
  const CommandWords words = SplitVariables({"A=1", "B_2=", "./train", "C=3"});
  EXPECT_THAT(words.variables, ElementsAre(Pair("A", "1"), Pair("B_2", "")));
  EXPECT_THAT(words.command, ElementsAre("./train", "C=3"));
}

TEST(SplitVariables, AWordThatIsNoVariableNameIsTheCommand) {
  EXPECT_THAT(SplitVariables({"1A=2"}).command, ElementsAre("1A=2"));
  EXPECT_THAT(SplitVariables({"=x"}).command, ElementsAre("=x"));
  EXPECT_THAT(SplitVariables({"./a=b"}).command, ElementsAre("./a=b"));
}

}  // namespace
}  // namespace reprise::tracker
