#include "tracker/recorder/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::tracker {
namespace {

using lineage::ParamValue;
using ::testing::ElementsAre;
using ::testing::Pair;

TEST(FillTemplates, ReplacesNamedParametersOnly) {
  const std::map<std::string, ParamValue> params = {{"eta", ParamValue::Real(0.1)},
                                                    {"n", ParamValue::Int(3)}};
  EXPECT_THAT(FillTemplates({"./train", "--eta={eta}", "{n}{n}", "{other}", "{", "}"}, params),
              ElementsAre("./train", "--eta=0.1", "33", "{other}", "{", "}"));
}

TEST(FillTemplates, NeverExpandsAValueAgain) {
  const std::map<std::string, ParamValue> params = {{"a", ParamValue::String("{b}")},
                                                    {"b", ParamValue::String("x")}};
  EXPECT_THAT(FillTemplates({"{a}{b}"}, params), ElementsAre("{b}x"));
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
