// What the frames of a journal say together.

#include "tracker/recorder/run_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::tracker {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

void AddParam(v1::Param* param, const std::string& key, const std::string& value) {
  param->set_key(key);
  param->set_type("int");
  param->set_value(value);
}

RunFacts FactsOf(const std::vector<v1::Frame>& frames) {
  RunFacts facts;
  for (const v1::Frame& frame : frames) {
    const auto added = AddFrame(frame, facts);
    EXPECT_TRUE(added.ok()) << added.error().message;
  }
  return facts;
}

TEST(RunFacts, AParameterOfTheCommandLineOutranksTheProgramsOwn) {
  v1::Frame started;
  AddParam(started.mutable_started()->add_params(), "eta", "1");
  v1::Frame observed;
  AddParam(observed.mutable_observed()->add_params(), "eta", "2");
  AddParam(observed.mutable_observed()->add_params(), "rounds", "3");
  const RunFacts facts = FactsOf({started, observed});
  EXPECT_EQ(facts.params.at("eta").text(), "1");
  EXPECT_EQ(facts.params.at("rounds").text(), "3");
  EXPECT_THAT(facts.asked_params, ElementsAre("eta", "rounds"));
}

TEST(RunFacts, AParameterOfAnUnknownTypeIsDamage) {
  v1::Frame frame;
  AddParam(frame.mutable_observed()->add_params(), "eta", "1");
  frame.mutable_observed()->mutable_params(0)->set_type("quaternion");
  RunFacts facts;
  const auto added = AddFrame(frame, facts);
  ASSERT_FALSE(added.ok());
  EXPECT_EQ(added.error().code, ErrorCode::kCorruption);
}

TEST(RunFacts, OfATagTheLastValueCounts) {
  v1::Frame started;
  v1::Tag* tag = started.mutable_started()->add_tags();
  tag->set_key("team");
  tag->set_value("risk");
  v1::Frame observed;
  tag = observed.mutable_observed()->add_tags();
  tag->set_key("team");
  tag->set_value("credit");
  EXPECT_THAT(FactsOf({started, observed}).tags, ElementsAre(Pair("team", "credit")));
}

TEST(RunFacts, OfAnOutputTheLastContentCountsAndOfAnInputEach) {
  v1::Frame frame;
  for (const char* const digest : {"first", "second"}) {
    for (v1::Artifact* artifact :
         {frame.mutable_observed()->add_outputs(), frame.mutable_observed()->add_inputs()}) {
      artifact->set_path("/data");
      artifact->set_digest(digest);
    }
  }
  const RunFacts facts = FactsOf({frame});
  ASSERT_EQ(facts.outputs.size(), 1U);
  EXPECT_EQ(facts.outputs[0].digest(), "second");
  EXPECT_EQ(facts.inputs.size(), 2U);
}

TEST(RunFacts, AnInputNamedTwiceHasTheRoleThatTheProgramGave) {
  v1::Frame code;
  code.mutable_code()->add_inputs()->set_path("/data");
  v1::Frame observed;
  observed.mutable_observed()->add_inputs()->set_path("/data");
  observed.mutable_observed()->mutable_inputs(0)->set_role("training data");
  const RunFacts facts = FactsOf({code, observed});
  ASSERT_EQ(facts.inputs.size(), 1U);
  EXPECT_EQ(facts.inputs[0].role(), "training data");
}

TEST(RunFacts, TheCodeIsKnownWhenTheLastOfItsFramesHasCome) {
  v1::Frame first;
  first.mutable_code()->add_files()->set_path("a.py");
  first.mutable_code()->set_more(true);
  EXPECT_FALSE(FactsOf({first}).code.has_value());
  v1::Frame last;
  last.mutable_code()->add_files()->set_path("b.py");
  last.mutable_code()->set_branch("m\xff");
  const RunFacts facts = FactsOf({first, last});
  ASSERT_TRUE(facts.code.has_value());
  ASSERT_EQ(facts.code->files_size(), 2);
  EXPECT_EQ(facts.code->files(0).path(), "a.py");
  EXPECT_EQ(facts.code->branch(), "m\xff");
}

TEST(RunFacts, TheLastCursorOfASegmentCounts) {
  v1::Frame frame;
  for (const std::uint64_t offset : {128, 256}) {
    auto* const cursor = frame.mutable_observed()->add_cursors();
    cursor->set_segment("seg-1-2-3-4");
    cursor->set_offset(offset);
  }
  EXPECT_EQ(FactsOf({frame}).cursors.at("seg-1-2-3-4").offset, 256U);
}

}  // namespace
}  // namespace reprise::tracker
