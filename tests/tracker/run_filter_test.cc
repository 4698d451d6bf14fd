#include "tracker/run_filter.h"

#include <gtest/gtest.h>

#include <cmath>

namespace reprise::tracker {
namespace {

ListedRun MakeRun() {
  ListedRun run;
  run.name = "brave-otter-7";
  run.experiment = "credit";
  run.status = lineage::RunStatus::kFinished;
  run.exit_code = 0;
  run.started_at_unix_ms = 1'000;
  run.ended_at_unix_ms = 3'500;
  run.metrics["auc"] = 0.8;
  run.metrics["bad"] = NAN;
  run.params["eta"] = "0.1";
  run.params["kind"] = "tree";
  run.tags["stage"] = "prod";
  return run;
}

bool Matches(const std::string& expression) {
  const auto filter = RunFilter::Parse(expression);
  EXPECT_TRUE(filter.ok()) << expression << ": " << filter.error().message;
  return filter.ok() && filter->Matches(MakeRun());
}

TEST(RunFilter, ComparesNumbersAsNumbers) {
  EXPECT_TRUE(Matches("metrics.auc > 0.75"));
  EXPECT_FALSE(Matches("metrics.auc > 0.8"));
  EXPECT_TRUE(Matches("metrics.auc >= 0.80"));
  EXPECT_TRUE(Matches("params.eta <= 1e-1"));
  EXPECT_TRUE(Matches("duration = 2.5"));
  EXPECT_TRUE(Matches("exit_code=0"));
}

TEST(RunFilter, ComparesTextAsText) {
  EXPECT_TRUE(Matches("status = finished"));
  EXPECT_TRUE(Matches("params.kind != 'forest'"));
  EXPECT_TRUE(Matches("name ~ otter"));
  EXPECT_TRUE(Matches("tags.stage = \"prod\""));
  EXPECT_TRUE(Matches("started < 1970-01-01T00:00:02.000Z"));
}

TEST(RunFilter, JoinsByPrecedence) {
  EXPECT_TRUE(Matches("status = failed and name = x or metrics.auc > 0"));
  EXPECT_FALSE(Matches("status = failed and (name = x or metrics.auc > 0)"));
  EXPECT_TRUE(Matches("not status = failed and not (name = x)"));
}

TEST(RunFilter, AnAbsentFieldMatchesNothing) {
  EXPECT_FALSE(Matches("metrics.none > 0"));
  EXPECT_FALSE(Matches("metrics.none != 0"));
  EXPECT_FALSE(Matches("metrics.bad = 0"));
}

TEST(RunFilter, SaysWhatIsWrongAndWhere) {
  for (const char* const text :
       {"", "auc > 1", "metrics.auc", "metrics.auc >", "metrics.auc > 1 and", "(status = failed",
        "status = 'x", "status = a b", "metrics. = 1", "status ! a", "not"}) {
    const auto filter = RunFilter::Parse(text);
    ASSERT_FALSE(filter.ok()) << text;
    EXPECT_EQ(filter.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(filter.error().message.find("at character"), std::string::npos);
  }
}

TEST(RunFilter, RefusesToNestWithoutBound) {
  EXPECT_FALSE(RunFilter::Parse(std::string(100'000, '(')).ok());
}

}  // namespace
}  // namespace reprise::tracker
