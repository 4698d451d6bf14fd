#include "tracker/replay/verdict.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "lineage/run_record.h"
#include "storage/base/text_value.h"
#include "tracker/metric_history.h"

namespace reprise::tracker {
namespace {

using lineage::MetricPoint;

constexpr std::string_view kStdoutPath = "(stdout)";

using DigestsByPath = std::map<std::string, Digest>;

DigestsByPath OutputsOf(const StoredRun& run, bool use_stdout) {
  DigestsByPath outputs;
  for (const lineage::ArtifactUse& use : run.record.outputs) outputs[use.path] = use.digest;
  if (use_stdout && run.record.stdout_log.has_value()) {
    outputs[std::string(kStdoutPath)] = run.record.stdout_log->digest;
  }
  return outputs;
}

std::vector<OutputComparison> CompareOutputs(const DigestsByPath& expected,
                                             const DigestsByPath& actual) {
  std::vector<OutputComparison> comparisons;
  for (const auto& [path, digest] : expected) {
    OutputComparison comparison{path, ComparisonState::kMissing, digest, std::nullopt};
    if (const auto found = actual.find(path); found != actual.end()) {
      comparison.actual = found->second;
      comparison.state =
          found->second == digest ? ComparisonState::kIdentical : ComparisonState::kDiffers;
    }
    comparisons.push_back(std::move(comparison));
  }
  for (const auto& [path, digest] : actual) {
    if (!expected.contains(path)) {
      comparisons.push_back({path, ComparisonState::kExtra, std::nullopt, digest});
    }
  }
  return comparisons;
}

bool SameBits(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

bool Within(double expected, double actual, const Tolerance& tolerance) {
  if (SameBits(expected, actual)) return true;
  const double allowed = std::max(tolerance.absolute, tolerance.relative * std::abs(expected));
  return std::abs(expected - actual) <= allowed;  // False for NaN, as it should be.
}

// Threads may log in any order: points are matched by step, then by order within a step.
void SortBySteps(std::vector<MetricPoint>& points) {
  std::ranges::stable_sort(points, {}, &MetricPoint::step);
}

void ComparePoints(std::vector<MetricPoint> expected, std::vector<MetricPoint> actual,
                   const std::optional<Tolerance>& tolerance, MetricComparison& comparison) {
  SortBySteps(expected);
  SortBySteps(actual);
  bool within = expected.size() == actual.size();
  const std::size_t count = std::min(expected.size(), actual.size());
  for (std::size_t i = 0; i < count; ++i) {
    const MetricPoint& e = expected[i];
    const MetricPoint& a = actual[i];
    if (e.step == a.step && SameBits(e.value, a.value)) continue;
    if (!comparison.first_differing_step.has_value()) {
      comparison.first_differing_step = std::min(e.step, a.step);
    }
    const double difference = std::abs(e.value - a.value);
    if (difference > comparison.difference_max || std::isnan(difference)) {
      comparison.difference_max = difference;
    }
    within =
        within && e.step == a.step && tolerance.has_value() && Within(e.value, a.value, *tolerance);
  }
  if (expected.size() != actual.size() && !comparison.first_differing_step.has_value()) {
    comparison.first_differing_step =
        expected.size() > count ? expected[count].step : actual[count].step;
  }
  comparison.state = !comparison.first_differing_step.has_value() ? ComparisonState::kIdentical
                     : within ? ComparisonState::kWithinTolerance
                              : ComparisonState::kDiffers;
}

Result<std::vector<MetricComparison>> CompareMetrics(
    Store& store, const StoredRun& original, const StoredRun& rerun,
    const std::map<std::string, Tolerance>& tolerances) {
  std::vector<MetricComparison> comparisons;
  for (const auto& [key, expected] : original.record.metrics) {
    MetricComparison comparison{
        .key = key, .state = ComparisonState::kMissing, .expected = expected.last};
    const auto found = rerun.record.metrics.find(key);
    if (found != rerun.record.metrics.end()) {
      comparison.actual = found->second.last;
      comparison.state = ComparisonState::kIdentical;
      if (expected.values != found->second.values) {
        REPRISE_ASSIGN_OR_RETURN(auto before, MetricHistory(store, original, key));
        REPRISE_ASSIGN_OR_RETURN(auto after, MetricHistory(store, rerun, key));
        const auto tolerance = tolerances.find(key);
        ComparePoints(
            std::move(before), std::move(after),
            tolerance == tolerances.end() ? std::nullopt : std::optional(tolerance->second),
            comparison);
      }
    }
    comparisons.push_back(std::move(comparison));
  }
  for (const auto& [key, actual] : rerun.record.metrics) {
    if (original.record.metrics.contains(key)) continue;
    comparisons.push_back(
        {.key = key, .state = ComparisonState::kExtra, .expected = {}, .actual = actual.last});
  }
  return comparisons;
}

VerdictResult Conclude(const Verdict& verdict) {
  const auto all = [](const auto& comparisons, auto accept) {
    return std::ranges::all_of(comparisons,
                               [&](const auto& comparison) { return accept(comparison.state); });
  };
  const auto identical = [](ComparisonState state) { return state == ComparisonState::kIdentical; };
  const auto close = [](ComparisonState state) {
    return state == ComparisonState::kIdentical || state == ComparisonState::kWithinTolerance;
  };
  if (!verdict.same_exit) return VerdictResult::kDiverged;
  const bool same_bits = all(verdict.outputs, identical);
  if (same_bits && all(verdict.metrics, identical)) return VerdictResult::kIdentical;
  // A declared tolerance speaks of metrics; for bits there is none.
  if (same_bits && all(verdict.metrics, close)) return VerdictResult::kEquivalent;
  return VerdictResult::kDiverged;
}

Json DigestToJson(const std::optional<Digest>& digest) {
  return digest.has_value() ? Json(digest->ToString()) : Json();
}

Json NumberOrNull(const std::optional<double>& number) {
  return number.has_value() ? lineage::NumberToJson(*number) : Json();
}

Json SentencesToJson(const std::vector<std::string>& sentences) {
  Json json = Json::Array{};
  for (const std::string& sentence : sentences) json.Append(BytesToJson(sentence));
  return json;
}

}  // namespace

std::string_view VerdictName(VerdictResult result) {
  switch (result) {
    case VerdictResult::kIdentical:
      return "identical";
    case VerdictResult::kEquivalent:
      return "equivalent";
    case VerdictResult::kDiverged:
      return "diverged";
    case VerdictResult::kIncomplete:
      break;
  }
  return "incomplete";
}

std::string_view ComparisonStateName(ComparisonState state) {
  switch (state) {
    case ComparisonState::kIdentical:
      return "identical";
    case ComparisonState::kWithinTolerance:
      return "within_tolerance";
    case ComparisonState::kDiffers:
      return "differs";
    case ComparisonState::kMissing:
      return "missing";
    case ComparisonState::kExtra:
      break;
  }
  return "extra";
}

Result<std::map<std::string, Tolerance>> ParseTolerances(const std::vector<std::string>& texts) {
  std::map<std::string, Tolerance> tolerances;
  for (const std::string& text : texts) {
    const Error malformed{
        ErrorCode::kInvalidArgument,
        "--tolerance needs METRIC=ABSOLUTE or METRIC=RELATIVE%, and got '" + Printable(text) + "'"};
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0) return malformed;
    std::string_view number_text = std::string_view(text).substr(equals + 1);
    const bool percent = number_text.ends_with('%');
    if (percent) number_text.remove_suffix(1);
    double number = 0;
    const auto [end, error] =
        std::from_chars(number_text.data(), number_text.data() + number_text.size(), number);
    if (error != std::errc() || end != number_text.data() + number_text.size() || !(number >= 0) ||
        std::isinf(number)) {
      return malformed;
    }
    Tolerance& tolerance = tolerances[text.substr(0, equals)];
    (percent ? tolerance.relative : tolerance.absolute) = percent ? number / 100 : number;
  }
  return tolerances;
}

Result<Verdict> CompareRuns(Store& store, const StoredRun& original, const StoredRun& rerun,
                            const std::map<std::string, Tolerance>& tolerances) {
  Verdict verdict;
  const bool use_stdout =
      original.record.outputs.empty() && original.record.missing_outputs.empty();
  verdict.outputs = CompareOutputs(OutputsOf(original, use_stdout), OutputsOf(rerun, use_stdout));
  REPRISE_ASSIGN_OR_RETURN(verdict.metrics, CompareMetrics(store, original, rerun, tolerances));
  verdict.same_exit = original.record.status == rerun.record.status &&
                      original.record.exit_code == rerun.record.exit_code;
  verdict.result = Conclude(verdict);
  return verdict;
}

Json VerdictToJson(const Verdict& verdict) {
  Json outputs = Json::Array{};
  for (const OutputComparison& output : verdict.outputs) {
    outputs.Append(Json()
                       .Set("path", BytesToJson(output.path))
                       .Set("state", ComparisonStateName(output.state))
                       .Set("expected", DigestToJson(output.expected))
                       .Set("actual", DigestToJson(output.actual)));
  }
  Json metrics = Json::Array{};
  for (const MetricComparison& metric : verdict.metrics) {
    metrics.Append(Json()
                       .Set("key", metric.key)
                       .Set("expected", NumberOrNull(metric.expected))
                       .Set("actual", NumberOrNull(metric.actual))
                       .Set("state", ComparisonStateName(metric.state))
                       .Set("first_differing_step", metric.first_differing_step)
                       .Set("difference_max", lineage::NumberToJson(metric.difference_max)));
  }
  return Json()
      .Set("result", VerdictName(verdict.result))
      .Set("outside_reads", SentencesToJson(verdict.outside_reads))
      .Set("outputs", std::move(outputs))
      .Set("metrics", std::move(metrics))
      .Set("same_exit", verdict.same_exit)
      .Set("missing", SentencesToJson(verdict.missing))
      .Set("environment", SentencesToJson(verdict.environment));
}

}  // namespace reprise::tracker
