// Each rerun is compared with the original by itself; the comparisons of one output or metric are
// then merged into the worst of them, so that one rerun that fits never hides one that does not.

#include "tracker/replay/comparison.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace reprise::tracker {
namespace {

using lineage::MetricPoint;

constexpr std::string_view kStdoutPath = "(stdout)";

using OutputsByPath = std::map<std::string, lineage::ArtifactUse>;

OutputsByPath OutputsOf(const StoredRun& run, bool use_stdout) {
  OutputsByPath outputs;
  for (const lineage::ArtifactUse& use : run.record.outputs) outputs[use.path] = use;
  if (use_stdout && run.record.stdout_log.has_value()) {
    const std::string path(kStdoutPath);
    outputs[path] = {.path = path, .role = "", .digest = run.record.stdout_log->digest};
  }
  return outputs;
}

const lineage::ArtifactUse* Find(const OutputsByPath& outputs, const std::string& path) {
  const auto found = outputs.find(path);
  return found == outputs.end() ? nullptr : &found->second;
}

std::optional<Digest> DigestOf(const lineage::ArtifactUse* output) {
  return output == nullptr ? std::nullopt : std::optional(output->digest);
}

ComparisonState CompareOutput(const std::optional<Digest>& expected,
                              const std::optional<Digest>& actual) {
  if (expected == actual) return ComparisonState::kIdentical;
  if (!actual.has_value()) return ComparisonState::kMissing;
  return expected.has_value() ? ComparisonState::kDiffers : ComparisonState::kExtra;
}

// What is lost or damaged is no reason to give no verdict: the digests have been compared.
Result<lineage::ContentDifference> Describe(const DifferenceReader& difference,
                                            const lineage::ArtifactUse& expected,
                                            const lineage::ArtifactUse& actual) {
  auto described = difference(expected, actual);
  if (described.ok() || !IsDamage(described.error())) return described;
  return lineage::ContentDifference{.kind = "unread",
                                    .sentence = Printable(described.error().message),
                                    .details = Json::Object{}};
}

Result<std::vector<OutputComparison>> CompareOutputs(const OutputsByPath& expected,
                                                     const std::vector<OutputsByPath>& actual,
                                                     const DifferenceReader& difference) {
  std::set<std::string> paths;
  for (const auto& [path, output] : expected) paths.insert(path);
  for (const OutputsByPath& outputs : actual) {
    for (const auto& [path, output] : outputs) paths.insert(path);
  }
  std::vector<OutputComparison> comparisons;
  for (const std::string& path : paths) {
    const lineage::ArtifactUse* const before = Find(expected, path);
    const lineage::ArtifactUse* worst = nullptr;
    OutputComparison comparison{.path = path, .expected = DigestOf(before)};
    for (std::size_t i = 0; i < actual.size(); ++i) {
      const lineage::ArtifactUse* const output = Find(actual[i], path);
      const ComparisonState state = CompareOutput(comparison.expected, DigestOf(output));
      if (i == 0 || state > comparison.state) {
        comparison.state = state;
        worst = output;
      }
      comparison.varies |= DigestOf(output) != DigestOf(Find(actual[0], path));
    }
    comparison.actual = DigestOf(worst);
    if (comparison.state == ComparisonState::kDiffers && difference) {
      REPRISE_ASSIGN_OR_RETURN(comparison.difference, Describe(difference, *before, *worst));
    }
    comparisons.push_back(std::move(comparison));
  }
  return comparisons;
}

// Threads may log in any order: points are matched by step, then by order within a step.
void SortBySteps(std::vector<MetricPoint>& points) {
  std::ranges::stable_sort(points, {}, &MetricPoint::step);
}

// What is no number is larger than any, and stays.
void NoteLarger(double difference, double& difference_max) {
  if (difference > difference_max || std::isnan(difference)) difference_max = difference;
}

void ComparePoints(std::vector<MetricPoint> expected, std::vector<MetricPoint> actual,
                   const std::optional<Tolerance>& tolerance, MetricComparison& comparison) {
  SortBySteps(expected);
  SortBySteps(actual);
  const auto differ_at = [&](std::int64_t step) {
    comparison.first_differing_step =
        std::min(step, comparison.first_differing_step.value_or(step));
  };
  bool within = tolerance.has_value() && expected.size() == actual.size();
  const std::size_t count = std::min(expected.size(), actual.size());
  for (std::size_t i = 0; i < count; ++i) {
    const MetricPoint& e = expected[i];
    const MetricPoint& a = actual[i];
    if (e.step == a.step && SameBits(e.value, a.value)) continue;
    differ_at(std::min(e.step, a.step));
    const double difference = std::abs(e.value - a.value);
    NoteLarger(difference, comparison.difference_max);
    NoteLarger(difference == 0 ? 0 : difference / std::abs(e.value),
               comparison.relative_difference_max);
    within = within && e.step == a.step && tolerance->Allows(e.value, a.value);
  }
  if (expected.size() != actual.size()) {
    differ_at(expected.size() > count ? expected[count].step : actual[count].step);
  }
  comparison.state = !comparison.first_differing_step.has_value() ? ComparisonState::kIdentical
                     : within ? ComparisonState::kWithinTolerance
                              : ComparisonState::kDiffers;
}

class MetricComparer {
 public:
  MetricComparer(const StoredRun& original, std::span<const StoredRun> reruns,
                 const std::map<std::string, Tolerance>& tolerances, const SeriesReader& series)
      : original_(original), reruns_(reruns), tolerances_(tolerances), series_(series) {}

  Result<std::vector<MetricComparison>> Compare() {
    std::set<std::string> keys;
    for (const auto& [key, metric] : original_.record.metrics) keys.insert(key);
    for (const StoredRun& rerun : reruns_) {
      for (const auto& [key, metric] : rerun.record.metrics) keys.insert(key);
    }
    std::vector<MetricComparison> comparisons;
    for (const std::string& key : keys) {
      std::optional<MetricComparison> worst;
      for (const StoredRun& rerun : reruns_) {
        REPRISE_ASSIGN_OR_RETURN(MetricComparison comparison, CompareOne(key, rerun));
        if (!worst.has_value() || comparison.state > worst->state) worst = std::move(comparison);
      }
      MeasureNoise(*worst);
      comparisons.push_back(*std::move(worst));
    }
    return comparisons;
  }

 private:
  static const lineage::MetricSummary* Find(const StoredRun& run, const std::string& key) {
    const auto found = run.record.metrics.find(key);
    return found == run.record.metrics.end() ? nullptr : &found->second;
  }

  Result<MetricComparison> CompareOne(const std::string& key, const StoredRun& rerun) {
    const lineage::MetricSummary* const expected = Find(original_, key);
    const lineage::MetricSummary* const actual = Find(rerun, key);
    MetricComparison comparison{.key = key};
    if (expected != nullptr) comparison.expected = expected->last;
    if (actual != nullptr) comparison.actual = actual->last;
    if (expected == nullptr && actual == nullptr) return comparison;  // Of another rerun.
    if (actual == nullptr) comparison.state = ComparisonState::kMissing;
    if (expected == nullptr) comparison.state = ComparisonState::kExtra;
    if (expected == nullptr || actual == nullptr || expected->values == actual->values) {
      return comparison;
    }
    REPRISE_ASSIGN_OR_RETURN(auto before, series_(original_, key));
    REPRISE_ASSIGN_OR_RETURN(auto after, series_(rerun, key));
    const auto tolerance = tolerances_.find(key);
    ComparePoints(std::move(before), std::move(after),
                  tolerance == tolerances_.end() ? std::nullopt : std::optional(tolerance->second),
                  comparison);
    return comparison;
  }

  void MeasureNoise(MetricComparison& comparison) const {
    if (reruns_.size() < 2) return;
    Envelope envelope{INFINITY, -INFINITY};
    for (const StoredRun& rerun : reruns_) {
      const lineage::MetricSummary* const metric = Find(rerun, comparison.key);
      if (metric == nullptr || !std::isfinite(metric->last)) return;
      envelope.min = std::min(envelope.min, metric->last);
      envelope.max = std::max(envelope.max, metric->last);
    }
    comparison.envelope = envelope;
    if (comparison.state != ComparisonState::kDiffers) return;
    const double width = envelope.max - envelope.min;
    // Written so that a NaN does not fit.
    if (width > 0 && *comparison.expected >= envelope.min - width &&
        *comparison.expected <= envelope.max + width) {
      comparison.state = ComparisonState::kWithinNoise;
    }
  }

  const StoredRun& original_;
  std::span<const StoredRun> reruns_;
  const std::map<std::string, Tolerance>& tolerances_;
  const SeriesReader& series_;
};

// What the SDK alone recorded has no exit status to compare.
bool EndedAlike(const lineage::RunRecord& original, const lineage::RunRecord& rerun) {
  if (original.status != rerun.status || original.signal != rerun.signal) return false;
  return !original.exit_code.has_value() || !rerun.exit_code.has_value() ||
         original.exit_code == rerun.exit_code;
}

}  // namespace

Result<Verdict> CompareRuns(const StoredRun& original, std::span<const StoredRun> reruns,
                            const std::map<std::string, Tolerance>& tolerances,
                            const SeriesReader& series, const DifferenceReader& difference) {
  REPRISE_ASSERT(!reruns.empty());
  const bool use_stdout = original.record.outputs.empty() &&
                          original.record.missing_outputs.empty() &&
                          original.record.metrics.empty();
  Verdict verdict;
  std::vector<OutputsByPath> outputs;
  std::set<std::string> outside_reads;
  for (const StoredRun& rerun : reruns) {
    outputs.push_back(OutputsOf(rerun, use_stdout));
    verdict.same_exit = verdict.same_exit && EndedAlike(original.record, rerun.record);
    for (const std::string& warning : rerun.record.warnings) {
      if (warning.ends_with(kNoVerdictAboutThat)) outside_reads.insert(warning);
    }
  }
  verdict.outside_reads.assign(outside_reads.begin(), outside_reads.end());
  REPRISE_ASSIGN_OR_RETURN(verdict.outputs,
                           CompareOutputs(OutputsOf(original, use_stdout), outputs, difference));
  REPRISE_ASSIGN_OR_RETURN(verdict.metrics,
                           MetricComparer(original, reruns, tolerances, series).Compare());
  verdict.result = Conclude(verdict);
  return verdict;
}

}  // namespace reprise::tracker
