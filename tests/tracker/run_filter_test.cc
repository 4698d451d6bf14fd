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
  run.metrics["loss.min"] = 7;
  run.metric_bounds = {{0.2, 0.9, 50}, {NAN, NAN, 1}, {6, 8, 2}};
  run.commit = "c0ffee";
  run.branch = "main";
  run.dirty = true;
  run.host = "gpu-7";
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

TEST(RunFilter, KnowsTheBoundsOfAMetric) {
  EXPECT_TRUE(Matches("metrics.auc.min = 0.2 and metrics.auc.max = 0.9"));
  EXPECT_TRUE(Matches("metrics.auc.count >= 50 and metrics.auc = 0.8"));
  EXPECT_TRUE(Matches("metrics.none.max is null and metrics.auc.first is null"));
  // A metric of the whole name outranks the summary of another.
  EXPECT_TRUE(Matches("metrics.loss.min = 7 and metrics.loss.min.max = 8"));
  ListedRun run = MakeRun();
  run.metric_bounds.clear();  // As a run has it that was made without them.
  EXPECT_FALSE(RunFilter::Parse("metrics.auc.min = 0.2")->Matches(run));
}

TEST(RunFilter, KnowsCodeAndHost) {
  EXPECT_TRUE(Matches("commit like 'c0ff%' and branch = main and dirty = true"));
  EXPECT_TRUE(Matches("host in (gpu-6, gpu-7) and signal is null and host not like '%8'"));
  EXPECT_TRUE(Matches("ended >= '1970-01-01T00:00:03.5Z' and duration < 1m"));
}

TEST(RunFilter, NanEqualsNothingAndDiffersFromAll) {
  EXPECT_TRUE(Matches("metrics.bad != nan and metrics.bad is not null"));
  EXPECT_FALSE(Matches("metrics.bad = nan or metrics.bad < 1 or metrics.bad >= 1"));
  EXPECT_TRUE(Matches("metrics.bad = 'NaN'"));
}

TEST(RunFilter, ComparesTextAsText) {
  EXPECT_TRUE(Matches("status = finished"));
  EXPECT_TRUE(Matches("params.kind != 'forest'"));
  EXPECT_TRUE(Matches("name ~ otter"));
  EXPECT_TRUE(Matches("tags.stage = \"prod\""));
}

TEST(RunFilter, ComparesTimesAsTimes) {
  EXPECT_TRUE(Matches("started < 1970-01-01T00:00:02Z"));
  EXPECT_TRUE(Matches("started = 1970-01-01T00:00:01Z"));
  EXPECT_TRUE(Matches("started >= '1970-01-01T01:00:01+01:00'"));
  EXPECT_FALSE(Matches("started in (1970-01-01T00:00:02Z, 1970-01-03T00:00)"));
  EXPECT_TRUE(Matches("started > 1969-12-30 and started < 1970-01-03"));
  EXPECT_TRUE(Matches("started ~ 1970-01"));
  EXPECT_FALSE(RunFilter::Parse("started = 1970-01-01").ok());
  const auto refused = RunFilter::Parse("started >= yesterday");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("'yesterday' is not a time"), std::string::npos)
      << refused.error().message;
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
    EXPECT_NE(filter.error().message.find(std::string("\n  ") + text + "\n  "), std::string::npos);
  }
}

TEST(RunFilter, PutsACaretUnderThePlaceThatIsWrong) {
  EXPECT_TRUE(RunFilter::Parse("status = lost b")
                  .error()
                  .message.ends_with("\n  status = lost b\n                ^"));
  EXPECT_TRUE(RunFilter::Parse("name = \xc3\xbc x")
                  .error()
                  .message.ends_with("\n  name = \xc3\xbc x\n           ^"));
  EXPECT_TRUE(RunFilter::Parse("name =").error().message.ends_with("\n  name =\n        ^"));
}

TEST(RunFilter, ListsOfValues) {
  EXPECT_TRUE(Matches("status in (failed, finished)"));
  EXPECT_FALSE(Matches("status in (failed,killed)"));
  EXPECT_TRUE(Matches("status not in (failed, killed)"));
  EXPECT_FALSE(Matches("status not in ('finished')"));
  EXPECT_TRUE(Matches("params.eta in (1, 0.10)"));
  EXPECT_FALSE(Matches("tags.none not in (x)"));
  for (const char* const text : {"status in", "status in ()", "status in (a b)", "status in (a",
                                 "status in (a,)", "status not (a)", "status not"}) {
    EXPECT_FALSE(RunFilter::Parse(text).ok()) << text;
  }
}

TEST(RunFilter, QuotedKeysAndAnyWhiteSpace) {
  ListedRun run = MakeRun();
  run.tags["who asked"] = "risk";
  run.tags["it's"] = "yes";
  EXPECT_TRUE(RunFilter::Parse("tags.'who asked' = risk")->Matches(run));
  EXPECT_TRUE(RunFilter::Parse("tags.\"it's\"\n=\tyes")->Matches(run));
  EXPECT_TRUE(Matches("status == finished"));
  EXPECT_FALSE(RunFilter::Parse("tags.'' = x").ok());
  EXPECT_FALSE(RunFilter::Parse("'name' = x").ok());
}

TEST(RunFilter, RefusesToNestWithoutBound) {
  EXPECT_FALSE(RunFilter::Parse(std::string(100'000, '(')).ok());
}

}  // namespace
}  // namespace reprise::tracker
