#include "tracker/listed_run.h"

#include <gtest/gtest.h>

#include <limits>

namespace reprise::tracker {
namespace {

StoredRun MakeStoredRun() {
  StoredRun run;
  run.record.id = Ulid::Generate();
  run.record.experiment = "credit";
  run.record.name = "brave-otter-7";
  run.record.status = lineage::RunStatus::kFailed;
  run.record.exit_code = 3;
  run.record.started_at_unix_ms = 1'000;
  run.record.ended_at_unix_ms = 3'500;
  run.record.actor = "ada";
  run.record.metrics["auc"].last = 0.75;
  run.record.metrics["loss"].last = -std::numeric_limits<double>::infinity();
  run.record.tags["stage"] = "test";
  run.recipe.emplace();
  run.recipe->parameters["depth"] = lineage::ParamValue::Int(6);
  run.recipe->parameters["kind"] = lineage::ParamValue::String("tree\xff");
  run.code.emplace();
  run.code->commit = "c0ffee";
  run.code->branch = "main";
  run.code->dirty = false;
  run.record.host.Set("name", "gpu-7");
  run.record.metrics["auc"].min = 0.25;
  run.record.metrics["auc"].count = 3;
  run.tags = {{"stage", "prod"}, {"team", "risk"}};  // As later ones left them.
  return run;
}

TEST(ListedRun, SurvivesItsRow) {
  const ListedRun run = ListedRunOf(MakeStoredRun());
  const auto decoded = DecodeListedRun(run.id, EncodeListedRun(run));
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(*decoded, run);
}

TEST(ListedRun, HasTheLastValuesAndTheTagsInForce) {
  const ListedRun run = ListedRunOf(MakeStoredRun());
  EXPECT_EQ(run.metrics.at("auc"), 0.75);
  EXPECT_EQ(run.params.at("depth"), "6");
  EXPECT_EQ(run.tags.at("stage"), "prod");
  EXPECT_EQ(run.commit, "c0ffee");
  EXPECT_EQ(run.branch, "main");
  EXPECT_EQ(run.dirty, false);
  EXPECT_EQ(run.host, "gpu-7");
  ASSERT_EQ(run.metric_bounds.size(), 2U);
  EXPECT_EQ(run.metric_bounds[0], (MetricBounds{0.25, 0, 3}));
}

TEST(ListedRun, WhatIsAbsentStaysAbsent) {
  StoredRun stored;
  stored.record.id = Ulid::Generate();
  stored.record.status = lineage::RunStatus::kLost;
  const ListedRun run = ListedRunOf(stored);
  const auto decoded = DecodeListedRun(run.id, EncodeListedRun(run));
  ASSERT_TRUE(decoded.ok()) << decoded.error().message;
  EXPECT_EQ(decoded->exit_code, std::nullopt);
  EXPECT_EQ(decoded->ended_at_unix_ms, std::nullopt);
  EXPECT_EQ(decoded->commit, std::nullopt);
}

TEST(ListedRun, ADamagedRowIsRefused) {
  const ListedRun run = ListedRunOf(MakeStoredRun());
  const std::string row = EncodeListedRun(run);
  for (const std::string& damaged : {std::string(), row.substr(0, row.size() - 1)}) {
    const auto decoded = DecodeListedRun(run.id, damaged);
    ASSERT_FALSE(decoded.ok());
    EXPECT_EQ(decoded.error().code, ErrorCode::kCorruption);
  }
}

}  // namespace
}  // namespace reprise::tracker
