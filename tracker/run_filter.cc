#include "tracker/run_filter.h"

#include "lineage/query/parser.h"
#include "storage/base/clock.h"

namespace reprise::tracker {
namespace {

using lineage::query::Field;
using lineage::query::FieldKind;
using lineage::query::Summary;
using lineage::query::Value;

std::optional<Value> MetricOf(const ListedRun& run, const std::string& key) {
  if (const auto metric = run.metrics.find(key); metric != run.metrics.end()) {
    return Value::OfNumber(metric->second);
  }
  const auto asked = lineage::query::SummaryIn(key);
  if (!asked.has_value() || run.metric_bounds.size() != run.metrics.size()) return std::nullopt;
  const auto metric = run.metrics.find(std::string(asked->metric));
  if (metric == run.metrics.end()) return std::nullopt;
  const auto place = static_cast<std::size_t>(std::distance(run.metrics.begin(), metric));
  const MetricBounds& bounds = run.metric_bounds[place];
  if (asked->summary == Summary::kMin) return Value::OfNumber(bounds.min);
  if (asked->summary == Summary::kMax) return Value::OfNumber(bounds.max);
  return Value::OfNumber(static_cast<double>(bounds.count));
}

std::optional<Value> TextOf(const std::map<std::string, std::string>& texts,
                            const std::string& key) {
  const auto found = texts.find(key);
  if (found == texts.end()) return std::nullopt;
  return Value::OfText(found->second);
}

std::optional<Value> TextOf(const std::optional<std::string>& text) {
  if (!text.has_value()) return std::nullopt;
  return Value::OfText(*text);
}

std::optional<Value> NumberOf(const std::optional<int>& number) {
  if (!number.has_value()) return std::nullopt;
  return Value::OfNumber(*number);
}

}  // namespace

std::optional<Value> FieldOf(const ListedRun& run, const Field& field) {
  switch (field.kind) {
    case FieldKind::kMetric:
      return MetricOf(run, field.key);
    case FieldKind::kParam:
      return TextOf(run.params, field.key);
    case FieldKind::kTag:
      return TextOf(run.tags, field.key);
    case FieldKind::kId:
      return Value::Quoted(run.id.ToString());
    case FieldKind::kName:
      return Value::OfText(run.name);
    case FieldKind::kExperiment:
      return Value::OfText(run.experiment);
    case FieldKind::kStatus:
      return Value::OfText(std::string(lineage::RunStatusName(run.status)));
    case FieldKind::kStarted:
      return Value::OfTime(run.started_at_unix_ms);
    case FieldKind::kEnded:
      if (!run.ended_at_unix_ms.has_value()) return std::nullopt;
      return Value::OfTime(*run.ended_at_unix_ms);
    case FieldKind::kDuration:
      if (!run.ended_at_unix_ms.has_value()) return std::nullopt;
      return Value::OfNumber(static_cast<double>(*run.ended_at_unix_ms - run.started_at_unix_ms) /
                             1000);
    case FieldKind::kExitCode:
      return NumberOf(run.exit_code);
    case FieldKind::kSignal:
      return NumberOf(run.signal);
    case FieldKind::kCommit:
      return TextOf(run.commit);
    case FieldKind::kBranch:
      return TextOf(run.branch);
    case FieldKind::kDirty:
      if (!run.dirty.has_value()) return std::nullopt;
      return Value::Quoted(*run.dirty ? "true" : "false");
    case FieldKind::kHost:
      return TextOf(run.host);
    case FieldKind::kActor:
      return Value::OfText(run.actor);
  }
  return std::nullopt;
}

Result<RunFilter> RunFilter::Parse(std::string_view text) {
  REPRISE_ASSIGN_OR_RETURN(auto expression, lineage::query::Parse(text, NowUnixMs()));
  return RunFilter(std::move(expression));
}

bool RunFilter::Matches(const ListedRun& run) const {
  return lineage::query::Evaluate(expression_,
                                  [&](const Field& field) { return FieldOf(run, field); });
}

}  // namespace reprise::tracker
