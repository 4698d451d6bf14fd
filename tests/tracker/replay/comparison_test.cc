// Verdicts of made-up runs: what each difference costs, and what excuses it.

#include "tracker/replay/comparison.h"

#include <gtest/gtest.h>

#include <cmath>

#include "storage/base/canonical.h"
#include "storage/crypto/sha256.h"

namespace reprise::tracker {
namespace {

using lineage::MetricPoint;

struct MadeRun {
  std::map<std::string, std::string> outputs;  // Path → content.
  std::map<std::string, std::vector<MetricPoint>> series;
  lineage::RunStatus status = lineage::RunStatus::kFinished;
  std::optional<int> exit_code = 0;
  std::string printed;
  std::vector<std::string> warnings = {};
};

// Turns what a test says of runs into what the store would say of them.
class Runs {
 public:
  StoredRun Make(const MadeRun& made) {
    StoredRun run;
    run.record.name = std::to_string(series_.size());
    run.record.status = made.status;
    run.record.exit_code = made.exit_code;
    run.record.warnings = made.warnings;
    run.record.stdout_log = lineage::StreamRecord{crypto::Sha256(made.printed), 1};
    for (const auto& [path, content] : made.outputs) {
      run.record.outputs.push_back({.path = path, .digest = crypto::Sha256(content)});
    }
    for (const auto& [key, points] : made.series) {
      run.record.metrics[key].last = points.back().value;
      run.record.metrics[key].values = lineage::SeriesValuesDigest(points);
    }
    series_[run.record.name] = made.series;
    return run;
  }

  // What is said of an output that differs; absent: nothing.
  DifferenceReader difference{};

  Verdict Compare(const MadeRun& original, const std::vector<MadeRun>& reruns,
                  const std::vector<std::string>& tolerances = {}) {
    const StoredRun first = Make(original);
    std::vector<StoredRun> others;
    for (const MadeRun& rerun : reruns) others.push_back(Make(rerun));
    const auto parsed = ParseTolerances(tolerances);
    EXPECT_TRUE(parsed.ok());
    auto verdict = CompareRuns(
        first, others, *parsed,
        [&](const StoredRun& run, const std::string& key) -> Result<std::vector<MetricPoint>> {
          return series_.at(run.record.name).at(key);
        },
        difference);
    EXPECT_TRUE(verdict.ok());
    return *std::move(verdict);
  }

 private:
  std::map<std::string, std::map<std::string, std::vector<MetricPoint>>> series_;
};

MadeRun WithAuc(double auc, const std::string& model = "m") {
  return {.outputs = {{"model", model}}, .series = {{"auc", {{.step = 0, .value = auc}}}}};
}

std::string_view Result(const Verdict& verdict) { return VerdictName(verdict.result); }

TEST(CompareRuns, TheSameBitsAndPointsAreIdentical) {
  Runs runs;
  EXPECT_EQ(Result(runs.Compare(WithAuc(0.8), {WithAuc(0.8)})), "identical");
  EXPECT_EQ(Result(runs.Compare(WithAuc(NAN), {WithAuc(NAN)})), "identical");
  EXPECT_EQ(Result(runs.Compare({}, {{}})), "identical");
}

TEST(CompareRuns, NothingThatDiffersIsIdentical) {
  const MadeRun original = WithAuc(0.8);
  std::map<std::string, MadeRun> changes;
  (changes["another model"] = original).outputs["model"] = "n";
  (changes["no model"] = original).outputs.clear();
  (changes["one file more"] = original).outputs["extra"] = "x";
  (changes["another metric"] = original).series["auc"][0].value = std::nextafter(0.8, 1);
  (changes["another sign of zero"] = original).series["auc"][0].value = -0.0;
  (changes["another step"] = original).series["auc"][0].step = 1;
  (changes["one point more"] = original).series["auc"].push_back({.step = 1, .value = 0.8});
  (changes["no metric"] = original).series.clear();
  (changes["one metric more"] = original).series["ks"] = {{.step = 0, .value = 1}};
  (changes["another exit status"] = original).exit_code = 1;
  (changes["failed"] = original).status = lineage::RunStatus::kFailed;
  for (const auto& [what, changed] : changes) {
    Runs runs;
    EXPECT_EQ(Result(runs.Compare(original, {changed})), "diverged") << what;
    // One rerun that fits does not hide one that does not.
    EXPECT_NE(Result(runs.Compare(original, {original, changed})), "identical") << what;
    EXPECT_NE(Result(runs.Compare(original, {changed, original})), "identical") << what;
  }
}

TEST(CompareRuns, TheVerdictSaysWhatItDoesNotCover) {
  const std::string uncovered = "'f' holds the path, " + std::string(kNoVerdictAboutThat);
  MadeRun rerun = WithAuc(0.8);
  rerun.warnings = {"something else", uncovered};
  Runs runs;
  const Verdict verdict = runs.Compare(WithAuc(0.8), {WithAuc(0.8), rerun, rerun});
  EXPECT_EQ(Result(verdict), "identical");
  EXPECT_EQ(verdict.outside_reads, std::vector{uncovered});
}

TEST(CompareRuns, TheLargestDifferencesAreNotedEachForItself) {
  const auto of = [](std::vector<double> values) {
    MadeRun run;
    for (std::size_t i = 0; i < values.size(); ++i) {
      run.series["loss"].push_back({.step = static_cast<std::int64_t>(i), .value = values[i]});
    }
    return run;
  };
  const auto differences = [&](std::vector<double> before, std::vector<double> after) {
    Runs runs;
    const Verdict verdict = runs.Compare(of(std::move(before)), {of(std::move(after))});
    return std::pair(verdict.metrics[0].difference_max, verdict.metrics[0].relative_difference_max);
  };
  EXPECT_EQ(differences({1, 100}, {1.5, 102}), std::pair(2.0, 0.5));
  EXPECT_EQ(differences({-4, 8}, {-3, 8}), std::pair(1.0, 0.25));
  EXPECT_EQ(differences({0}, {1}), std::pair(1.0, HUGE_VAL));
  EXPECT_EQ(differences({0.0}, {-0.0}), std::pair(0.0, 0.0));
  EXPECT_TRUE(std::isnan(differences({NAN, 1}, {1, 3}).first));
  EXPECT_TRUE(std::isnan(differences({NAN, 1}, {1, 3}).second));
}

TEST(CompareRuns, EachOutputHasItsState) {
  Runs runs;
  const Verdict verdict = runs.Compare({.outputs = {{"a", "1"}, {"b", "1"}, {"c", "1"}}},
                                       {{.outputs = {{"a", "1"}, {"b", "2"}, {"d", "1"}}}});
  ASSERT_EQ(verdict.outputs.size(), 4U);
  EXPECT_EQ(verdict.outputs[0].state, ComparisonState::kIdentical);
  EXPECT_EQ(verdict.outputs[1].state, ComparisonState::kDiffers);
  EXPECT_EQ(verdict.outputs[1].actual, crypto::Sha256("2"));
  EXPECT_EQ(verdict.outputs[2].state, ComparisonState::kMissing);
  EXPECT_EQ(verdict.outputs[2].actual, std::nullopt);
  EXPECT_EQ(verdict.outputs[3].state, ComparisonState::kExtra);
  EXPECT_EQ(verdict.outputs[3].expected, std::nullopt);
}

TEST(CompareRuns, TheFirstDifferingStepIsTheLeastWhateverTheOrderOfLogging) {
  Runs runs;
  const MadeRun original{
      .series = {
          {"loss", {{.step = 2, .value = 3}, {.step = 0, .value = 1}, {.step = 1, .value = 2}}}}};
  MadeRun same{
      .series = {
          {"loss", {{.step = 0, .value = 1}, {.step = 1, .value = 2}, {.step = 2, .value = 3}}}}};
  EXPECT_EQ(Result(runs.Compare(original, {same})), "identical");
  same.series["loss"][1].value = 2.5;
  same.series["loss"][2].value = 7;
  const Verdict verdict = runs.Compare(original, {same});
  EXPECT_EQ(verdict.metrics[0].first_differing_step, 1);
  EXPECT_EQ(verdict.metrics[0].difference_max, 4);
  same = original;
  same.series["loss"].push_back({.step = 9, .value = 0});
  EXPECT_EQ(runs.Compare(original, {same}).metrics[0].first_differing_step, 9);
}

TEST(CompareRuns, AToleranceExcusesItsMetricAndNoOther) {
  Runs runs;
  EXPECT_EQ(Result(runs.Compare(WithAuc(0.8), {WithAuc(0.81)}, {"auc=0.02"})), "equivalent");
  EXPECT_EQ(Result(runs.Compare(WithAuc(0.8), {WithAuc(0.81)}, {"auc=2%"})), "equivalent");
  EXPECT_EQ(Result(runs.Compare(WithAuc(0.8), {WithAuc(0.81)}, {"auc=0.001"})), "diverged");
  EXPECT_EQ(Result(runs.Compare(WithAuc(0.8), {WithAuc(0.81)}, {"ks=1"})), "diverged");
  EXPECT_EQ(Result(runs.Compare(WithAuc(0.8), {WithAuc(NAN)}, {"auc=1"})), "diverged");
  EXPECT_EQ(Result(runs.Compare(WithAuc(INFINITY), {WithAuc(1)}, {"auc=1%"})), "diverged");
}

TEST(CompareRuns, AToleranceOfMetricsDoesNotExcuseBits) {
  Runs runs;
  EXPECT_EQ(Result(runs.Compare(WithAuc(0.8), {WithAuc(0.8, "n")}, {"auc=1"})), "diverged");
  EXPECT_EQ(Result(runs.Compare(WithAuc(0.8), {WithAuc(0.81, "n")}, {"auc=1"})), "diverged");
}

TEST(CompareRuns, BitsThatVaryByThemselvesAreExcusedWhereMetricsFit) {
  Runs runs;
  const Verdict verdict =
      runs.Compare(WithAuc(0.8), {WithAuc(0.81, "n"), WithAuc(0.82, "o")}, {"auc=0.1"});
  EXPECT_EQ(Result(verdict), "equivalent");
  EXPECT_TRUE(verdict.outputs[0].varies);
  EXPECT_EQ(verdict.outputs[0].state, ComparisonState::kDiffers);
  EXPECT_EQ(Result(runs.Compare(WithAuc(0.8), {WithAuc(0.8, "n"), WithAuc(0.8, "o")})),
            "within_noise");
}

TEST(CompareRuns, BitsInWhichTheRerunsAgreeAreNotNoise) {
  Runs runs;
  EXPECT_EQ(Result(runs.Compare(WithAuc(0.8), {WithAuc(0.79, "n"), WithAuc(0.81, "n")})),
            "diverged");
}

TEST(CompareRuns, BitsThatVaryWithoutAMetricAreNoAnswer) {
  Runs runs;
  EXPECT_EQ(Result(runs.Compare({.outputs = {{"model", "m"}}},
                                {{.outputs = {{"model", "n"}}}, {.outputs = {{"model", "o"}}}})),
            "diverged");
}

TEST(CompareRuns, TheNoiseIsWhatTheRerunsDifferAmongThemselves) {
  Runs runs;
  const auto against = [&](double original) {
    return runs.Compare(WithAuc(original), {WithAuc(0.80), WithAuc(0.82), WithAuc(0.81)});
  };
  EXPECT_EQ(Result(against(0.805)), "within_noise");
  EXPECT_EQ(Result(against(0.785)), "within_noise");  // Beyond by less than the width, 0.02.
  EXPECT_EQ(Result(against(0.835)), "within_noise");
  EXPECT_EQ(Result(against(0.775)), "diverged");
  EXPECT_EQ(Result(against(0.845)), "diverged");
  EXPECT_EQ(Result(against(NAN)), "diverged");
  const Verdict verdict = against(0.805);
  ASSERT_TRUE(verdict.metrics[0].envelope.has_value());
  EXPECT_EQ(verdict.metrics[0].envelope->min, 0.80);
  EXPECT_EQ(verdict.metrics[0].envelope->max, 0.82);
}

TEST(CompareRuns, RerunsThatAgreeLeaveNoNoise) {
  Runs runs;
  EXPECT_EQ(Result(runs.Compare(WithAuc(0.8), {WithAuc(0.81), WithAuc(0.81)})), "diverged");
}

TEST(CompareRuns, WithoutOutputsAndMetricsWhatWasPrintedIsTheResult) {
  Runs runs;
  EXPECT_EQ(Result(runs.Compare({.printed = "a"}, {{.printed = "a"}})), "identical");
  const Verdict verdict = runs.Compare({.printed = "a"}, {{.printed = "b"}});
  EXPECT_EQ(Result(verdict), "diverged");
  EXPECT_EQ(verdict.outputs[0].path, "(stdout)");
  MadeRun original = WithAuc(0.8);
  MadeRun rerun = original;
  rerun.printed = "took 3 s";
  EXPECT_EQ(Result(runs.Compare(original, {rerun})), "identical");
}

TEST(CompareRuns, OutputsThatDifferAreDescribedAndNoOthers) {
  Runs runs;
  runs.difference =
      [](const lineage::ArtifactUse& expected,
         const lineage::ArtifactUse& actual) -> reprise::Result<lineage::ContentDifference> {
    EXPECT_EQ(expected.digest, crypto::Sha256("1"));
    return lineage::ContentDifference{
        .kind = "text", .sentence = actual.digest.ToString(), .details = Json().Set("line", 7)};
  };
  const Verdict verdict = runs.Compare({.outputs = {{"a", "1"}, {"b", "1"}, {"c", "1"}}},
                                       {{.outputs = {{"a", "1"}, {"b", "1"}, {"d", "1"}}},
                                        {.outputs = {{"a", "1"}, {"b", "2"}, {"d", "1"}}}});
  EXPECT_FALSE(verdict.outputs[0].difference.has_value());
  ASSERT_TRUE(verdict.outputs[1].difference.has_value());
  EXPECT_EQ(verdict.outputs[1].difference->sentence, crypto::Sha256("2").ToString());
  EXPECT_FALSE(verdict.outputs[2].difference.has_value());
  EXPECT_FALSE(verdict.outputs[3].difference.has_value());
  const Json json = VerdictToJson(verdict);
  const Json& shown = *json.Find("outputs")->as_array()[1].Find("difference");
  EXPECT_EQ(*shown.Find("kind"), Json("text"));
  EXPECT_EQ(*shown.Find("line"), Json(7));
  const Verdict printed = runs.Compare({.printed = "1"}, {{.printed = "2"}});
  EXPECT_EQ(printed.outputs[0].difference->kind, "text");
}

TEST(CompareRuns, WhatIsLostOfAnOutputDoesNotTakeTheVerdictWithIt) {
  Runs runs;
  runs.difference = [](const auto&, const auto&) -> reprise::Result<lineage::ContentDifference> {
    return Error{ErrorCode::kNotFound, "there is no object"};
  };
  const Verdict verdict = runs.Compare({.outputs = {{"a", "1"}}}, {{.outputs = {{"a", "2"}}}});
  EXPECT_EQ(Result(verdict), "diverged");
  EXPECT_EQ(verdict.outputs[0].difference->kind, "unread");
  EXPECT_EQ(verdict.outputs[0].difference->sentence, "there is no object");
}

TEST(CompareRuns, AnExitStatusThatNobodyKnowsIsNotCompared) {
  Runs runs;
  MadeRun original = WithAuc(0.8);
  original.exit_code = std::nullopt;  // The SDK alone recorded it.
  EXPECT_EQ(Result(runs.Compare(original, {WithAuc(0.8)})), "identical");
}

TEST(Conclude, OtherHardwareMakesADivergenceNotComparable) {
  Verdict verdict;
  verdict.hardware = {"the instruction set was [] and is [\"avx2\"]"};
  EXPECT_EQ(Conclude(verdict), VerdictResult::kIdentical);
  verdict.outputs.push_back({.path = "model", .state = ComparisonState::kDiffers});
  EXPECT_EQ(Conclude(verdict), VerdictResult::kNotComparable);
  verdict.outputs.clear();
  verdict.same_exit = false;
  EXPECT_EQ(Conclude(verdict), VerdictResult::kNotComparable);
}

TEST(IsReproduced, HoldsForTheFirstThree) {
  for (const auto result :
       {VerdictResult::kIdentical, VerdictResult::kEquivalent, VerdictResult::kWithinNoise}) {
    EXPECT_TRUE(IsReproduced(result)) << VerdictName(result);
  }
  for (const auto result :
       {VerdictResult::kDiverged, VerdictResult::kNotComparable, VerdictResult::kIncomplete}) {
    EXPECT_FALSE(IsReproduced(result)) << VerdictName(result);
  }
}

TEST(VerdictToJson, HasTheMembersThatScriptsRelyOn) {
  Runs runs;
  const Verdict verdict =
      runs.Compare(WithAuc(0.8), {WithAuc(0.80, "n"), WithAuc(NAN, "o")}, {"auc=1"});
  const auto text = Canonicalize(VerdictToJson(verdict));
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text,
            R"({"environment":[],"hardware":[],"metrics":[{"actual":"NaN","difference_max":"NaN",)"
            R"("envelope":null,"expected":0.8,"first_differing_step":0,"key":"auc",)"
            R"("state":"differs"}],"missing":[],"outputs":[{"actual":")" +
                crypto::Sha256("n").ToString() + R"(","difference":null,"expected":")" +
                crypto::Sha256("m").ToString() +
                R"(","path":"model","state":"differs","varies":true}],"outside_reads":[],)"
                R"("result":"diverged","same_exit":true})");
}

TEST(ParseTolerances, TakesNumbersAndPercent) {
  const auto parsed = ParseTolerances({"auc=0.01", "loss=1%", "a=b=2e-3", "auc=5%"});
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ(parsed->at("auc").absolute, 0.01);
  EXPECT_EQ(parsed->at("auc").relative, 0.05);
  EXPECT_EQ(parsed->at("loss").relative, 0.01);
  EXPECT_EQ(parsed->at("a=b").absolute, 0.002);
}

TEST(ParseTolerances, RefusesWhatIsNone) {
  for (const char* text : {"", "auc", "auc=", "=1", "auc=-1", "auc=x", "auc=1x", "auc=nan",
                           "auc=inf", "auc=%", "auc=1%%", "auc= 1"}) {
    const auto parsed = ParseTolerances({text});
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace reprise::tracker
