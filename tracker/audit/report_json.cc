#include "tracker/audit/report_json.h"

#include <bit>
#include <cmath>

#include "lineage/run_record.h"
#include "storage/base/canonical.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "tracker/audit/bundle_seals.h"
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

// One table as it grows, RFC 4180.
class Table {
 public:
  explicit Table(const std::vector<std::string>& columns) { Add(columns); }

  void Add(const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) text_ += ',';
      const std::string& cell = cells[i];
      if (cell.find_first_of(",\"\r\n") == std::string::npos) {
        text_ += cell;
        continue;
      }
      text_ += '"';
      for (const char c : cell) text_.append(c == '"' ? 2 : 1, c);
      text_ += '"';
    }
    text_ += "\r\n";
  }

  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string TableOfUses(const std::vector<ArtifactUse>& uses) {
  Table table({"path", "role", "kind", "digest", "size_bytes"});
  for (const ArtifactUse& use : uses) {
    table.Add({CellText(BytesToJson(use.path)), CellText(BytesToJson(use.role)),
               std::string(lineage::ArtifactKindName(use.kind)), use.digest.ToString(),
               std::to_string(use.size_bytes)});
  }
  return table.Take();
}

std::string TableOfParams(const StoredRun& run) {
  Table table({"key", "type", "value"});
  if (!run.recipe.has_value()) return table.Take();
  for (const auto& [key, value] : run.recipe->parameters) {
    table.Add({key, std::string(lineage::ParamTypeName(value.type())),
               CellText(BytesToJson(value.text()))});
  }
  return table.Take();
}

std::string TableOfMetrics(const StoredRun& run) {
  Table table({"key", "count", "last", "min", "max", "last_step"});
  for (const auto& [key, metric] : run.record.metrics) {
    table.Add({key, std::to_string(metric.count), CellText(lineage::NumberToJson(metric.last)),
               CellText(lineage::NumberToJson(metric.min)),
               CellText(lineage::NumberToJson(metric.max)), std::to_string(metric.last_step)});
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

std::string TableOfSeries(const BundleContent& content) {
  Table table({"key", "step", "time", "value", "value_bits"});
  for (const auto& [key, points] : content.series) {
    for (const lineage::MetricPoint& point : points) {
      std::string bits;  // Big-endian hexadecimal: the double to the bit, whatever NaN it is.
      AppendBe(bits, std::bit_cast<std::uint64_t>(point.value));
      table.Add({key, std::to_string(point.step), FormatTime(point.time_unix_ms),
                 CellText(lineage::NumberToJson(point.value)), ToHex(AsBytes(bits))});
    }
  }
  return table.Take();
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
  std::vector<ReportedVerdict> verdicts;
  for (const BundleEvent& event : content.events) {
    if (event.entry.kind != "verdict" || event.entry.subject != content.run.record.id.ToString()) {
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
    verdicts.push_back({&event, *std::move(verdict)});
  }
  return verdicts;
}

std::vector<std::string> LimitsOf(const BundleContent& content) {
  const lineage::RunRecord& record = content.run.record;
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
  if (record.capture.level == "declared") {
    limits.push_back(
        "The run was captured as declared: files that it read without anyone naming them, and "
        "packages and libraries that were loaded while it ran, may be missing from this record.");
  }
  for (const std::string& sentence : record.capture.blind_spots) limits.push_back(sentence);
  if (record.redacted) {
    limits.push_back("A secret was replaced by <redacted> before anything was stored.");
  }
  if (!content.lists_whole_log) {
    limits.push_back(
        "The log is too long to be listed here, so this bundle has proofs for its own entries "
        "only: it does not show that no other event about this run was left out.");
  }
  for (const std::string& name : content.series_left_out) {
    limits.push_back("The points of metric " + Printable(name) + " are not in the bundle.");
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
      .Set("run", RunToJson(content.run))
      .Set("upstream", RunsToJson(content.upstream))
      .Set("reruns", RunsToJson(content.reruns))
      .Set("verdicts", std::move(verdicts))
      .Set("events", std::move(events))
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
      .Set("series_left_out", SentencesToJson(content.series_left_out))
      .Set("missing", SentencesToJson(content.missing))
      .Set("limits", SentencesToJson(LimitsOf(content)));
}

std::vector<BundleFile> ReportTables(const BundleContent& content) {
  const std::vector<ArtifactUse> no_inputs;
  const auto& recipe = content.run.recipe;
  return {{"data/events.csv", TableOfEvents(content)},
          {"data/inputs.csv", TableOfUses(recipe.has_value() ? recipe->inputs : no_inputs)},
          {"data/metrics.csv", TableOfMetrics(content.run)},
          {"data/outputs.csv", TableOfUses(content.run.record.outputs)},
          {"data/params.csv", TableOfParams(content.run)},
          {"data/series.csv", TableOfSeries(content)}};
}

}  // namespace reprise::tracker
