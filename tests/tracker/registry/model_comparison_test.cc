// Versions are compared by the data that both were judged by, and evidence of runs becomes theirs.

#include "tracker/registry/model_comparison.h"

#include <gmock/gmock.h>

#include "tests/tracker/registry/registry_testing.h"
#include "tracker/governance_rows.h"
#include "tracker/registry/standing.h"

namespace reprise::tracker {
namespace {

using ::testing::HasSubstr;

class ModelComparisonTest : public testing::RegistryTest {
 protected:
  RegisteredModel RegisterFrom(const testing::TestRun& run) {
    EXPECT_TRUE(testing::SealRun(files_, "/project/.reprise", run).ok());
    EXPECT_TRUE(store_->Adopt().ok());
    lineage::ModelVersion version{.name = "scorecard"};
    version.artifact.path = "model.bin";
    version.artifact.digest = crypto::Sha256("model of " + run.name);
    version.run = run.id;
    auto model = RegisterModel(*store_, std::move(version));
    EXPECT_TRUE(model.ok()) << model.error().message;
    return *std::move(model);
  }

  ModelComparison Compare(const RegisteredModel& a, const RegisteredModel& b) {
    auto comparison = CompareModels(*store_, a, b);
    EXPECT_TRUE(comparison.ok()) << comparison.error().message;
    return *std::move(comparison);
  }

  static std::string Validation(double auc, const std::string& data = "") {
    std::string text =
        R"({"type":"reprise/validation/v1","metrics":{"auc":)" + std::to_string(auc) + "}";
    if (!data.empty()) {
      text += R"(,"dataset":{"digest":")" + crypto::Sha256(data).ToString() + R"("})";
    }
    return text + "}";
  }
};

TEST_F(ModelComparisonTest, WhatARunAttachedIsEvidenceFromTheRegistrationOn) {
  const RegisteredModel model = RegisterFrom(
      {.name = "one", .evidence = {{"validation", Validation(0.7)}, {"of the future", "x"}}});
  const auto candidate = Candidate(model);
  ASSERT_TRUE(candidate.ok()) << candidate.error().message;
  ASSERT_EQ(candidate->evidence.size(), 1U);
  EXPECT_EQ(candidate->evidence[0].evidence.kind, "validation");
  EXPECT_EQ(candidate->evidence[0].evidence.reason, "attached by run one");
  EXPECT_EQ(candidate->evidence[0].age_begins_unix_ms(), 1'700'000'001'000);
  EXPECT_EQ(testing::CountEntries(*store_, "evidence", "scorecard@1"), 1);
  Open(true);  // And from the truth alone.
  EXPECT_EQ(EvidenceOf(store_->catalog(), "scorecard", 1)->size(), 1U);
  // The same content is no new evidence.
  const auto again = AddEvidenceText(*store_, Model(), "validation", Validation(0.7), "v.json", "");
  ASSERT_FALSE(again.ok());
  EXPECT_THAT(again.error().message, HasSubstr("already"));
}

TEST_F(ModelComparisonTest, RunsWithOneHoldOutAreComparedByTheirMetricsAndEvidence) {
  const auto a = RegisterFrom({.name = "one",
                               .inputs = {{"train.csv", "a"}, {"test.csv", "held out"}},
                               .evidence = {{"validation", Validation(0.5)}},
                               .metrics = {{"ks", 0.25}}});
  const auto b = RegisterFrom({.name = "two",
                               .inputs = {{"train.csv", "b"}, {"hold-out.csv", "held out"}},
                               .evidence = {{"validation", Validation(0.75)}},
                               .metrics = {{"ks", 0.5}, {"loss", 1}}});
  const ModelComparison comparison = Compare(a, b);
  EXPECT_FALSE(comparison.not_comparable.has_value());
  ASSERT_EQ(comparison.shared.size(), 1U);
  EXPECT_EQ(comparison.shared[0].digest, crypto::Sha256("held out"));
  ASSERT_EQ(comparison.metrics.size(), 3U);
  EXPECT_EQ(comparison.metrics[0].name, "auc");
  EXPECT_EQ(comparison.metrics[0].source, "evidence");
  EXPECT_EQ(comparison.metrics[0].b, 0.75);
  EXPECT_EQ(comparison.metrics[1].a, 0.25);
  EXPECT_FALSE(comparison.metrics[2].a.has_value());
}

TEST_F(ModelComparisonTest, OtherDataIsNotComparableAndNamed) {
  const auto a =
      RegisterFrom({.name = "one", .inputs = {{"test.csv", "x"}}, .metrics = {{"auc", 1}}});
  const auto b =
      RegisterFrom({.name = "two", .inputs = {{"test.csv", "y"}}, .metrics = {{"auc", 1}}});
  const auto c = Register("a model of nowhere");
  const ModelComparison other = Compare(a, b);
  ASSERT_TRUE(other.not_comparable.has_value());
  EXPECT_THAT(*other.not_comparable, HasSubstr("different hold-out: scorecard@1 was judged by"));
  EXPECT_TRUE(other.metrics.empty());
  EXPECT_THAT(*Compare(a, c).not_comparable,
              HasSubstr("nothing is recorded of what scorecard@3 was judged by"));
}

TEST_F(ModelComparisonTest, EvidenceOfOneDatasetIsComparedWhateverTheRunsRead) {
  const auto a = RegisterFrom({.name = "one",
                               .inputs = {{"test.csv", "x"}},
                               .evidence = {{"validation", Validation(0.5, "out of time")}},
                               .metrics = {{"ks", 1}}});
  const auto b = RegisterFrom({.name = "two", .inputs = {{"test.csv", "y"}}});
  ASSERT_TRUE(
      AddEvidenceText(*store_, b, "validation", Validation(0.25, "out of time"), "v.json", "")
          .ok());
  const ModelComparison comparison = Compare(a, b);
  ASSERT_EQ(comparison.metrics.size(), 1U);  // And not what was logged about other data.
  EXPECT_EQ(comparison.metrics[0].a, 0.5);
  EXPECT_EQ(comparison.metrics[0].b, 0.25);
}

TEST_F(ModelComparisonTest, TheChampionOfAStageCameThereLastAndNewerVersionsChallengeIt) {
  const auto promote = [&](const std::string& ref, const std::string& to) {
    ASSERT_TRUE(MoveModel(*store_, Model(ref), to, "go", false, Now()).ok());
  };
  for (int i = 0; i < 4; ++i) Register("model " + std::to_string(i));
  promote("scorecard@2", "production");
  promote("scorecard@1", "production");
  promote("scorecard@3", "qa");
  promote("scorecard@4", "retired");
  const auto stages = StagesInForce(*store_);
  ASSERT_TRUE(stages.ok());
  const auto standings = StandingsOf(*VersionsOfModel(store_->catalog(), "scorecard"), *stages);
  ASSERT_EQ(standings.size(), 4U);
  EXPECT_TRUE(standings[0].is_champion);
  EXPECT_FALSE(standings[1].is_champion);
  EXPECT_TRUE(standings[1].challenges.empty());  // It is where the champion is.
  EXPECT_TRUE(standings[2].is_champion);
  ASSERT_EQ(standings[2].challenges.size(), 1U);
  EXPECT_EQ(standings[2].challenges[0].champion, "scorecard@1");
  EXPECT_EQ(standings[2].challenges[0].stage, "production");
  EXPECT_TRUE(standings[3].challenges.empty());
}

}  // namespace
}  // namespace reprise::tracker
