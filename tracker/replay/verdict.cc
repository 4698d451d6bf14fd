#include "tracker/replay/verdict.h"

#include <algorithm>

#include "lineage/document.h"
#include "lineage/run_record.h"
#include "storage/base/assert.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"

namespace reprise::tracker {
namespace {

using lineage::DigestToJson;

Json NumberOrNull(const std::optional<double>& number) {
  return number.has_value() ? lineage::NumberToJson(*number) : Json();
}

Json EnvelopeToJson(const std::optional<Envelope>& envelope) {
  if (!envelope.has_value()) return {};
  return Json()
      .Set("min", lineage::NumberToJson(envelope->min))
      .Set("max", lineage::NumberToJson(envelope->max));
}

Json DifferenceToJson(const std::optional<lineage::ContentDifference>& difference) {
  return difference.has_value() ? lineage::ContentDifferenceToJson(*difference) : Json();
}

Json OutputsToJson(const std::vector<OutputComparison>& outputs) {
  Json json = Json::Array{};
  for (const OutputComparison& output : outputs) {
    json.Append(Json()
                    .Set("path", BytesToJson(output.path))
                    .Set("state", ComparisonStateName(output.state))
                    .Set("expected", DigestToJson(output.expected))
                    .Set("actual", DigestToJson(output.actual))
                    .Set("varies", output.varies)
                    .Set("difference", DifferenceToJson(output.difference)));
  }
  return json;
}

Json MetricsToJson(const std::vector<MetricComparison>& metrics) {
  Json json = Json::Array{};
  for (const MetricComparison& metric : metrics) {
    json.Append(Json()
                    .Set("key", metric.key)
                    .Set("expected", NumberOrNull(metric.expected))
                    .Set("actual", NumberOrNull(metric.actual))
                    .Set("state", ComparisonStateName(metric.state))
                    .Set("first_differing_step", metric.first_differing_step)
                    .Set("difference_max", lineage::NumberToJson(metric.difference_max))
                    .Set("envelope", EnvelopeToJson(metric.envelope)));
  }
  return json;
}

}  // namespace

std::string_view VerdictName(VerdictResult result) {
  switch (result) {
    case VerdictResult::kIdentical:
      return "identical";
    case VerdictResult::kEquivalent:
      return "equivalent";
    case VerdictResult::kWithinNoise:
      return "within_noise";
    case VerdictResult::kDiverged:
      return "diverged";
    case VerdictResult::kNotComparable:
      return "not_comparable";
    case VerdictResult::kIncomplete:
      break;
  }
  return "incomplete";
}

bool IsReproduced(VerdictResult result) {
  return result == VerdictResult::kIdentical || result == VerdictResult::kEquivalent ||
         result == VerdictResult::kWithinNoise;
}

std::string_view ComparisonStateName(ComparisonState state) {
  switch (state) {
    case ComparisonState::kIdentical:
      return "identical";
    case ComparisonState::kWithinTolerance:
      return "within_tolerance";
    case ComparisonState::kWithinNoise:
      return "within_noise";
    case ComparisonState::kDiffers:
      return "differs";
    case ComparisonState::kMissing:
      return "missing";
    case ComparisonState::kExtra:
      break;
  }
  return "extra";
}

VerdictResult Conclude(const Verdict& verdict) {
  const auto not_reproduced =
      verdict.hardware.empty() ? VerdictResult::kDiverged : VerdictResult::kNotComparable;
  if (!verdict.missing.empty()) return VerdictResult::kIncomplete;
  if (!verdict.same_exit) return not_reproduced;
  bool same_bits = true;
  for (const OutputComparison& output : verdict.outputs) {
    if (output.state == ComparisonState::kIdentical) continue;
    if (output.state != ComparisonState::kDiffers || !output.varies) return not_reproduced;
    same_bits = false;
  }
  auto worst = ComparisonState::kIdentical;
  for (const MetricComparison& metric : verdict.metrics) worst = std::max(worst, metric.state);
  if (worst > ComparisonState::kWithinNoise) return not_reproduced;
  if (worst == ComparisonState::kWithinNoise) return VerdictResult::kWithinNoise;
  if (worst == ComparisonState::kWithinTolerance) return VerdictResult::kEquivalent;
  if (same_bits) return VerdictResult::kIdentical;
  // Bits that vary and nothing that measures how near they are say nothing at all.
  return verdict.metrics.empty() ? not_reproduced : VerdictResult::kWithinNoise;
}

Json VerdictToJson(const Verdict& verdict) {
  return Json()
      .Set("result", VerdictName(verdict.result))
      .Set("outside_reads", lineage::TextsToJson(verdict.outside_reads))
      .Set("outputs", OutputsToJson(verdict.outputs))
      .Set("metrics", MetricsToJson(verdict.metrics))
      .Set("same_exit", verdict.same_exit)
      .Set("missing", lineage::TextsToJson(verdict.missing))
      .Set("environment", lineage::TextsToJson(verdict.environment))
      .Set("hardware", lineage::TextsToJson(verdict.hardware));
}

Result<std::string> EncodeVerdict(const Verdict& verdict, const Ulid& original,
                                  const std::vector<Ulid>& reruns, bool on_host) {
  REPRISE_ASSERT(!reruns.empty());
  Json ids = Json::Array{};
  for (const Ulid& rerun : reruns) ids.Append(rerun.ToString());
  return Canonicalize(VerdictToJson(verdict)
                          .Set("type", kVerdictType)
                          .Set("original", original.ToString())
                          .Set("rerun", reruns.back().ToString())
                          .Set("reruns", std::move(ids))
                          .Set("on_host", on_host));
}

}  // namespace reprise::tracker
