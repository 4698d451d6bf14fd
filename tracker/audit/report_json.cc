#include "tracker/audit/report_json.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "lineage/run_record.h"
#include "storage/base/canonical.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/audit/bundle_seals.h"
#include "tracker/audit/csv_table.h"
#include "tracker/audit/report_json_models.h"
#include "tracker/audit/requirement_answers.h"
#include "tracker/run_json.h"
#include "tracker/version.h"

namespace reprise::tracker {
namespace {

using lineage::ArtifactUse;

Json RunsToJson(const std::vector<StoredRun>& runs) {
  Json json = Json::Array{};
  for (const StoredRun& run : runs) json.Append(RunToJson(run));
  return json;
}

Json EventToJson(const BundleEvent& event) {
  return Json()
      .Set("sequence", event.entry.sequence)
      .Set("time", FormatTime(event.entry.time_unix_ms))
      .Set("kind", event.entry.kind)
      .Set("subject", event.entry.subject)
      .Set("actor", event.entry.actor)
      .Set("payload", event.entry.payload.ToString())
      .Set("leaf_hash", storage::LeafHash(AsBytes(event.leaf)).ToHex());
}

Json LineageToJson(const BundleContent& content) {
  Json nodes = Json::Array{};
  for (const lineage::RenderNode& node : content.drawing.nodes) {
    nodes.Append(Json()
                     .Set("id", node.id)
                     .Set("kind", node.kind == lineage::RenderNodeKind::kRun ? "run" : "artifact")
                     .Set("label", BytesToJson(node.label))
                     .Set("detail", BytesToJson(node.detail)));
  }
  Json edges = Json::Array{};
  for (const lineage::Edge& edge : content.lineage.edges) {
    edges.Append(Json()
                     .Set("from", edge.from.ToString())
                     .Set("to", edge.to.ToString())
                     .Set("kind", lineage::EdgeKindName(edge.kind))
                     .Set("path", BytesToJson(edge.path)));
  }
  return Json().Set("nodes", std::move(nodes)).Set("edges", std::move(edges));
}

Json SentencesToJson(const std::vector<std::string>& sentences) {
  Json json = Json::Array{};
  for (const std::string& sentence : sentences) json.Append(BytesToJson(sentence));
  return json;
}

using UsesOf = const std::vector<ArtifactUse>& (*)(const StoredRun& run);

const std::vector<ArtifactUse>& InputsOf(const StoredRun& run) {
  static const std::vector<ArtifactUse> none;
  return run.recipe.has_value() ? run.recipe->inputs : none;
}

const std::vector<ArtifactUse>& OutputsOf(const StoredRun& run) { return run.record.outputs; }

std::string TableOfUses(const std::vector<StoredRun>& runs, UsesOf uses_of) {
  Table table({"path", "role", "kind", "digest", "size_bytes", "run"});
  for (const StoredRun& run : runs) {
    for (const ArtifactUse& use : uses_of(run)) {
      table.Add({CellText(BytesToJson(use.path)), CellText(BytesToJson(use.role)),
                 std::string(lineage::ArtifactKindName(use.kind)), use.digest.ToString(),
                 std::to_string(use.size_bytes), run.record.id.ToString()});
    }
  }
  return table.Take();
}

std::string TableOfParams(const std::vector<StoredRun>& runs) {
  Table table({"key", "type", "value", "run"});
  for (const StoredRun& run : runs) {
    if (!run.recipe.has_value()) continue;
    for (const auto& [key, value] : run.recipe->parameters) {
      table.Add({key, std::string(lineage::ParamTypeName(value.type())),
                 CellText(BytesToJson(value.text())), run.record.id.ToString()});
    }
  }
  return table.Take();
}

std::string TableOfMetrics(const std::vector<StoredRun>& runs) {
  Table table({"key", "count", "last", "min", "max", "last_step", "run"});
  for (const StoredRun& run : runs) {
    for (const auto& [key, metric] : run.record.metrics) {
      table.Add({key, std::to_string(metric.count), CellText(lineage::NumberToJson(metric.last)),
                 CellText(lineage::NumberToJson(metric.min)),
                 CellText(lineage::NumberToJson(metric.max)), std::to_string(metric.last_step),
                 run.record.id.ToString()});
    }
  }
  return table.Take();
}

std::string TableOfEvents(const BundleContent& content) {
  Table table({"sequence", "time", "actor", "kind", "subject", "payload", "leaf_hash"});
  for (const BundleEvent& event : content.events) {
    const storage::LedgerEntry& entry = event.entry;
    table.Add({std::to_string(entry.sequence), FormatTime(entry.time_unix_ms), entry.actor,
               entry.kind, entry.subject, entry.payload.ToString(),
               storage::LeafHash(AsBytes(event.leaf)).ToHex()});
  }
  return table.Take();
}

void AddSeries(const Ulid& run, const std::string& key,
               const std::vector<lineage::MetricPoint>& points, Table& table) {
  for (const lineage::MetricPoint& point : points) {
    std::string bits;  // Big-endian hexadecimal: the double to the bit, whatever NaN it is.
    AppendBe(bits, std::bit_cast<std::uint64_t>(point.value));
    table.Add({key, std::to_string(point.step), FormatTime(point.time_unix_ms),
               CellText(lineage::NumberToJson(point.value)), ToHex(AsBytes(bits)), run.ToString()});
  }
}

std::string TableOfSeries(const BundleContent& content) {
  Table table({"key", "step", "time", "value", "value_bits", "run"});
  for (const auto& [run, metrics] : content.series) {
    for (const auto& [key, points] : metrics) AddSeries(run, key, points, table);
  }
  return table.Take();
}

Json SeriesLeftOutToJson(const BundleContent& content) {
  Json list = Json::Array{};
  for (const auto& [run, key] : content.series_left_out) {
    list.Append(Json().Set("run", run.ToString()).Set("key", key));
  }
  return list;
}

Json HolesToJson(const BundleContent& content) {
  Json list = Json::Array{};
  for (const auto& [hole, why] : content.holes) {
    list.Append(
        Json().Set("digest", hole.digest.ToString()).Set("what", hole.what).Set("why", why));
  }
  return list;
}

Json SinceToJson(const BundleContent& content) {
  if (!content.since.has_value()) return {};
  const storage::Checkpoint& state = content.since->state;
  Json changes = Json::Array{};
  for (const BundleEvent& event : content.events) {
    if (event.entry.sequence >= state.size) changes.Append(event.entry.sequence);
  }
  return Json()
      .Set("size", state.size)
      .Set("root", ToBase64(state.root.bytes()))
      .Set("changes", std::move(changes));
}

void AddIfNew(const std::string& sentence, std::vector<std::string>& sentences) {
  if (std::ranges::find(sentences, sentence) == sentences.end()) sentences.push_back(sentence);
}

// What a run that the bundle is about does not prove.
void AddLimitsOf(const StoredRun& run, std::vector<std::string>& limits) {
  const lineage::RunRecord& record = run.record;
  if (record.capture.level == "declared") {
    AddIfNew(
        "The run was captured as declared: files that it read without anyone naming them, and "
        "packages and libraries that were loaded while it ran, may be missing from this record.",
        limits);
  }
  for (const std::string& sentence : record.capture.blind_spots) AddIfNew(sentence, limits);
  if (record.redacted) {
    AddIfNew("A secret was replaced by <redacted> before anything was stored.", limits);
  }
}

}  // namespace

std::string CellText(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.as_string();
  if (value.is_number()) {
    std::string text;
    AppendCanonicalNumber(text, value.as_number());
    return text;
  }
  const auto text = Canonicalize(value);
  return text.ok() ? *text : "";
}

Result<std::vector<ReportedVerdict>> VerdictsOf(const BundleContent& content) {
  std::set<std::string> subjects;
  for (const StoredRun& run : content.runs) subjects.insert(run.record.id.ToString());
  std::vector<ReportedVerdict> verdicts;
  for (const BundleEvent& event : content.events) {
    if (event.entry.kind != "verdict" || !subjects.contains(event.entry.subject)) continue;
    if (content.holes.contains({event.entry.payload, event.entry.kind})) {
      verdicts.push_back({&event, verdicts.size(), Json()});
      continue;
    }
    const auto document = content.documents.find(event.entry.payload);
    if (document == content.documents.end()) continue;  // Named as missing.
    auto verdict = ParseJson(document->second);
    if (!verdict.ok()) {
      return Error{ErrorCode::kCorruption, "the verdict in ledger entry " +
                                               std::to_string(event.entry.sequence) +
                                               " is malformed: " + verdict.error().message};
    }
    verdicts.push_back({&event, verdicts.size(), *std::move(verdict)});
  }
  return verdicts;
}

std::vector<std::string> LimitsOf(const BundleContent& content) {
  std::vector<std::string> limits = {
      "What a program reported (parameters, metrics, inputs and outputs that it named) is recorded "
      "as reported. Only a rerun that gives the same outputs shows that the recorded recipe makes "
      "them.",
      "Whoever holds the log's key can write a whole new history. A checkpoint that you kept since "
      "the run was recorded (verify.py --since) rules that out for what it covers, and a key that "
      "you know (--trust) for everybody but its holder; nothing inside of this bundle does.",
      "What was never recorded cannot be shown: runs outside of the store leave no trace in it.",
      "That no run upstream was left out cannot be shown: the log does not say what a run wrote, "
      "so "
      "whoever leaves out the run that wrote an input makes it one that nobody is known to have "
      "written. The same holds for reruns that no verdict names.",
      "Times are those of the recording machine's clock, and names of people are those of its "
      "accounts.",
      "The contents of data files are not in the bundle; their SHA-256 digests and sizes are."};
  if (content.subject.kind == BundleSubject::Kind::kExperiment) {
    limits.emplace_back(
        "That no run of the experiment was left out cannot be shown: the log says that a run was "
        "recorded, and not in which experiment.");
  }
  for (const StoredRun& run : content.runs) AddLimitsOf(run, limits);
  AddLimitsOfModels(content, limits);
  if (!content.lists_whole_log) {
    limits.push_back(
        "The log is too long to be listed here, so this bundle has proofs for its own entries "
        "only: it does not show that no other event about this run was left out.");
  }
  for (const auto& [run, key] : content.series_left_out) {
    limits.push_back("The points of metric " + Printable(key) + " of run " + run.ToString() +
                     " are not in the bundle.");
  }
  if (!content.holes.empty()) {
    limits.push_back("Of " + std::to_string(content.holes.size()) +
                     " things that are named here the bundle has only the digest: they were left "
                     "out on purpose, are too long, were erased, or are lost.");
  }
  for (const std::string& sentence : content.missing) {
    limits.push_back("Missing from the store: " + sentence + ".");
  }
  return limits;
}

Result<Json> ReportJson(const BundleContent& content) {
  REPRISE_ASSIGN_OR_RETURN(const auto reported, VerdictsOf(content));
  Json verdicts = Json::Array{};
  for (const ReportedVerdict& verdict : reported) {
    const storage::LedgerEntry& entry = verdict.event->entry;
    verdicts.Append(Json()
                        .Set("sequence", entry.sequence)
                        .Set("time", FormatTime(entry.time_unix_ms))
                        .Set("actor", entry.actor)
                        .Set("document", entry.payload.ToString())
                        .Set("verdict", verdict.verdict));
  }
  Json events = Json::Array{};
  for (const BundleEvent& event : content.events) events.Append(EventToJson(event));
  return Json()
      .Set("type", "reprise/audit-report/v1")
      .Set("reprise_version", kVersion)
      .Set("store", content.store.ToString())
      .Set("subject", SubjectToJson(content.subject))
      .Set("run", content.runs.size() == 1 ? RunToJson(content.runs.front()) : Json())
      .Set("runs", content.runs.size() == 1 ? Json(Json::Array{}) : RunsToJson(content.runs))
      .Set("upstream", RunsToJson(content.upstream))
      .Set("reruns", RunsToJson(content.reruns))
      .Set("verdicts", std::move(verdicts))
      .Set("events", std::move(events))
      .Set("models", ModelsToJson(content))
      .Set("keys", KeysToJson(content))
      .Set("policies", PoliciesToJson(content))
      .Set("since", SinceToJson(content))
      .Set("lineage", LineageToJson(content))
      .Set("ledger", Json()
                         .Set("origin", content.signed_state.origin)
                         .Set("size", content.signed_state.size)
                         .Set("root", ToBase64(content.signed_state.root.bytes()))
                         .Set("key", content.key)
                         .Set("key_sha256", content.key_fingerprint)
                         .Set("key_changes", KeyChangesToJson(content))
                         .Set("seals", SealsToJson(content))
                         .Set("listed", content.lists_whole_log ? "all" : "proofs_only"))
      .Set("series_left_out", SeriesLeftOutToJson(content))
      .Set("left_out", HolesToJson(content))
      .Set("requirements", RequirementsToJson(content))
      .Set("missing", SentencesToJson(content.missing))
      .Set("limits", SentencesToJson(LimitsOf(content)));
}

std::vector<BundleFile> ReportTables(const BundleContent& content) {
  std::vector<BundleFile> tables = {{"data/events.csv", TableOfEvents(content)},
                                    {"data/inputs.csv", TableOfUses(content.runs, InputsOf)},
                                    {"data/metrics.csv", TableOfMetrics(content.runs)},
                                    {"data/outputs.csv", TableOfUses(content.runs, OutputsOf)},
                                    {"data/params.csv", TableOfParams(content.runs)},
                                    {"data/series.csv", TableOfSeries(content)}};
  for (BundleFile& table : ModelTables(content)) tables.push_back(std::move(table));
  if (!content.requirements.empty()) {
    tables.push_back({"data/requirements.csv", RequirementsTable(RequirementsToJson(content))});
  }
  return tables;
}

}  // namespace reprise::tracker
