#include "tracker/run_json.h"

#include "lineage/document.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"

namespace reprise::tracker {
namespace {

using lineage::DigestToJson;
using lineage::TextsToJson;

Json UsesToJson(const std::vector<lineage::ArtifactUse>& uses) {
  Json json = Json::Array{};
  for (const lineage::ArtifactUse& use : uses) json.Append(lineage::ArtifactUseToJson(use));
  return json;
}

Json EvidenceToJson(const std::vector<lineage::RunEvidence>& evidence) {
  Json list = Json::Array{};
  for (const lineage::RunEvidence& attached : evidence) {
    list.Append(Json()
                    .Set("kind", attached.kind)
                    .Set("artifact", lineage::ArtifactUseToJson(attached.artifact)));
  }
  return list;
}

Json MetricsToJson(const std::map<std::string, lineage::MetricSummary>& metrics) {
  Json json = Json::Object{};
  for (const auto& [key, metric] : metrics) {
    json.Set(key, Json()
                      .Set("count", metric.count)
                      .Set("last", lineage::NumberToJson(metric.last))
                      .Set("min", lineage::NumberToJson(metric.min))
                      .Set("max", lineage::NumberToJson(metric.max))
                      .Set("last_step", lineage::IntegerToJson(metric.last_step)));
  }
  return json;
}

Json NotesToJson(const std::vector<Note>& notes) {
  Json json = Json::Array{};
  for (const Note& note : notes) {
    json.Append(Json()
                    .Set("time", FormatTime(note.time_unix_ms))
                    .Set("actor", note.actor)
                    .Set("text", BytesToJson(note.text)));
  }
  return json;
}

Json CodeToJson(const std::optional<lineage::Code>& code) {
  if (!code.has_value()) return {};
  return Json()
      .Set("commit", code->commit)
      .Set("branch", code->branch.has_value() ? BytesToJson(*code->branch) : Json())
      .Set("dirty", code->dirty)
      .Set("tree", code->tree.ToString())
      .Set("patch", code->patch.has_value() ? Json(code->patch->ToString()) : Json());
}

}  // namespace

Json RunToJson(const StoredRun& run) {
  const lineage::RunRecord& record = run.record;
  const lineage::Recipe recipe = run.recipe.value_or(lineage::Recipe{});
  Json params = Json::Object{};
  for (const auto& [key, value] : recipe.parameters) params.Set(key, value.ToPlainJson());
  Json ended;
  if (record.ended_at_unix_ms.has_value()) ended = FormatTime(*record.ended_at_unix_ms);
  return Json()
      .Set("id", record.id.ToString())
      .Set("name", record.name)
      .Set("experiment", record.experiment)
      .Set("status", lineage::RunStatusName(record.status))
      .Set("exit_code", record.exit_code)
      .Set("signal", record.signal)
      .Set("started_at", FormatTime(record.started_at_unix_ms))
      .Set("ended_at", std::move(ended))
      .Set("document", run.document == Digest() ? Json() : Json(run.document.ToString()))
      .Set("recipe", DigestToJson(record.recipe))
      .Set("command", TextsToJson(recipe.command))
      .Set("working_directory", BytesToJson(recipe.working_directory))
      .Set("params", std::move(params))
      .Set("tags", lineage::TextMapToJson(run.tags))
      .Set("notes", NotesToJson(run.notes))
      .Set("code", CodeToJson(run.code))
      .Set("environment", DigestToJson(recipe.environment))
      .Set("capture", Json()
                          .Set("level", record.capture.level)
                          .Set("tracer", record.capture.tracer)
                          .Set("blind_spots", TextsToJson(record.capture.blind_spots))
                          .Set("closure", DigestToJson(record.capture.closure)))
      .Set("inputs", UsesToJson(recipe.inputs))
      .Set("outputs", UsesToJson(record.outputs))
      .Set("missing_outputs", TextsToJson(record.missing_outputs))
      .Set("evidence", EvidenceToJson(record.evidence))
      .Set("metrics", MetricsToJson(record.metrics))
      .Set("host", record.host)
      .Set("actor", record.actor)
      .Set("redacted", record.redacted)
      .Set("warnings", TextsToJson(record.warnings))
      .Set("reproduces", record.reproduces)
      .Set("derived_from", record.derived_from)
      .Set("ledger_sequence", run.ledger_sequence);
}

}  // namespace reprise::tracker
