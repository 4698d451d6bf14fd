// docs/diff.md.

#include "lineage/compare/wording.h"
#include "lineage/diff/run_diff.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

template <typename Item, typename ToJson>
Json ListToJson(const std::vector<Item>& items, const ToJson& to_json) {
  Json list = Json::Array{};
  for (const Item& item : items) list.Append(to_json(item));
  return list;
}

Json FactToJson(const FactDiff& fact) {
  return Json()
      .Set("name", BytesToJson(fact.name))
      .Set("before", fact.before)
      .Set("after", fact.after);
}

Json UseToJson(const UsePair& pair) {
  const auto use = [](const std::optional<ArtifactUse>& one) {
    return one.has_value() ? ArtifactUseToJson(*one) : Json();
  };
  return Json()
      .Set("change", pair.change())
      .Set("before", use(pair.before))
      .Set("after", use(pair.after))
      .Set("difference", ArtifactDiffToJson(pair.diff));
}

Json CodeFileToJson(const CodeFile& file) {
  return Json()
      .Set("path", BytesToJson(file.change.path))
      .Set("change", EntryChangeName(file.change.change))
      .Set("before", TreeEntryToJson(file.change.before))
      .Set("after", TreeEntryToJson(file.change.after))
      .Set("lines_added", CountToJson(file.lines_added))
      .Set("lines_removed", CountToJson(file.lines_removed))
      .Set("omitted", file.omitted.empty() ? Json() : Json(file.omitted));
}

Json EnvironmentToJson(const EnvironmentChange& change) {
  return Json()
      .Set("group", Printable(change.group))
      .Set("name", change.name.empty() ? Json() : Json(change.name))
      .Set("change", change.change())
      .Set("before", change.before)
      .Set("after", change.after);
}

Json SummaryToJson(const std::optional<MetricSummary>& metric) {
  if (!metric.has_value()) return {};
  return Json()
      .Set("count", CountToJson(metric->count))
      .Set("last", NumberToJson(metric->last))
      .Set("min", NumberToJson(metric->min))
      .Set("max", NumberToJson(metric->max))
      .Set("last_step", IntegerToJson(metric->last_step));
}

Json MetricToJson(const MetricDiff& metric) {
  const bool is_read = metric.first_differing_step.has_value();
  return Json()
      .Set("key", metric.key)
      .Set("before", SummaryToJson(metric.before))
      .Set("after", SummaryToJson(metric.after))
      .Set("first_differing_step", is_read ? IntegerToJson(*metric.first_differing_step) : Json())
      .Set("differing_points", is_read ? CountToJson(metric.differing_points) : Json());
}

Json NotComparedToJson(const NotCompared& note) {
  return Json().Set("subject", Printable(note.subject)).Set("reason", Printable(note.reason));
}

}  // namespace

Json ArtifactDiffToJson(const std::optional<ArtifactDiff>& diff) {
  return diff.has_value() ? ContentDifferenceToJson(diff->difference) : Json();
}

Json RunDiffToJson(const RunDiff& diff) {
  std::string patch;
  for (const CodeFile& file : diff.code) patch += file.patch;
  return Json()
      .Set("params", ListToJson(diff.params, FactToJson))
      .Set("inputs", ListToJson(diff.inputs, UseToJson))
      .Set("commit", ListToJson(diff.commit, FactToJson))
      .Set("code", ListToJson(diff.code, CodeFileToJson))
      .Set("patch", patch.empty() ? Json() : BytesToJson(patch))
      .Set("command", ListToJson(diff.command, FactToJson))
      .Set("variables", ListToJson(diff.variables, FactToJson))
      .Set("environment", ListToJson(diff.environment, EnvironmentToJson))
      .Set("machine", ListToJson(diff.machine, FactToJson))
      .Set("outcome", ListToJson(diff.outcome, FactToJson))
      .Set("outputs", ListToJson(diff.outputs, UseToJson))
      .Set("metrics", ListToJson(diff.metrics, MetricToJson))
      .Set("process_variables", ListToJson(diff.process_variables, FactToJson))
      .Set("not_compared", ListToJson(diff.not_compared, NotComparedToJson));
}

}  // namespace reprise::lineage
