#include "lineage/graph.h"
#include "storage/base/clock.h"
#include "tracker/artifact_facts.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/run_summary.h"
#include "tracker/cli/text.h"
#include "tracker/run_json.h"

namespace reprise::cli {
namespace {

void PrintUses(const std::string& heading, const std::vector<lineage::ArtifactUse>& uses,
               std::ostream& out) {
  if (uses.empty()) return;
  out << heading << "\n";
  for (const lineage::ArtifactUse& use : uses) {
    out << "  " << ShortDigest(use.digest.ToString()) << "  " << Printable(use.path)
        << (use.kind == lineage::ArtifactKind::kFolder ? "/" : "") << "  "
        << FormatSize(use.size_bytes) << (use.role.empty() ? "" : "  " + Printable(use.role))
        << (use.unstable ? "  (changed while it was used)" : "") << "\n";
  }
}

std::string JoinCommand(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) text += (text.empty() ? "" : " ") + Printable(word);
  return text;
}

void PrintCode(const std::optional<lineage::Code>& code, std::ostream& out) {
  if (!code.has_value()) return;
  out << "code        " << code->commit.value_or("no commit");
  if (code->branch.has_value()) out << " on " << Printable(*code->branch);
  if (code->dirty.value_or(false)) out << ", with changes that are not committed";
  out << "\n            tree " << ShortDigest(code->tree.ToString()) << "\n";
}

void PrintMetrics(const lineage::RunRecord& record, std::ostream& out) {
  if (record.metrics.empty()) return;
  out << "metrics\n";
  Table table({"  KEY", "LAST", "MIN", "MAX", "STEP", "POINTS"});
  for (const auto& [key, metric] : record.metrics) {
    table.Add({"  " + Printable(key), FormatNumber(metric.last), FormatNumber(metric.min),
               FormatNumber(metric.max), std::to_string(metric.last_step),
               std::to_string(metric.count)});
  }
  table.Print(out);
}

void PrintRun(const tracker::StoredRun& run, std::ostream& out) {
  const lineage::RunRecord& record = run.record;
  out << record.name << "  " << record.id.ToString() << "\n";
  out << "experiment  " << record.experiment << "\n";
  out << "status      " << DescribeStatus(record) << "\n";
  out << "started     " << FormatTime(record.started_at_unix_ms) << " by " << record.actor << "\n";
  if (record.ended_at_unix_ms.has_value()) {
    out << "ended       " << FormatTime(*record.ended_at_unix_ms) << " ("
        << FormatDuration(*record.ended_at_unix_ms - record.started_at_unix_ms) << ")\n";
  }
  if (run.recipe.has_value()) {
    out << "command     " << JoinCommand(run.recipe->command) << "\n";
    out << "folder      " << Printable(run.recipe->working_directory) << "\n";
  }
  if (record.recipe.has_value()) out << "recipe      " << record.recipe->ToString() << "\n";
  PrintCode(run.code, out);
  if (run.recipe.has_value() && run.recipe->environment.has_value()) {
    out << "environment " << ShortDigest(run.recipe->environment->ToString()) << "\n";
  }
  out << "capture     " << record.capture.level << "\n";
  if (record.reproduces.has_value()) out << "reproduces  " << *record.reproduces << "\n";
  if (record.derived_from.has_value()) out << "derived     from " << *record.derived_from << "\n";
  if (run.recipe.has_value() && !run.recipe->parameters.empty()) {
    out << "parameters\n";
    for (const auto& [key, value] : run.recipe->parameters) {
      out << "  " << Printable(key) << " = " << Printable(value.text()) << "  ("
          << lineage::ParamTypeName(value.type()) << ")\n";
    }
  }
  PrintMetrics(record, out);
  if (run.recipe.has_value()) PrintUses("inputs", run.recipe->inputs, out);
  PrintUses("outputs", record.outputs, out);
  for (const std::string& path : record.missing_outputs) {
    out << "  missing  " << Printable(path) << "\n";
  }
  if (!run.tags.empty()) out << "tags\n";
  for (const auto& [key, value] : run.tags) {
    out << "  " << Printable(key) << " = " << Printable(value) << "\n";
  }
  if (!run.notes.empty()) out << "notes\n";
  for (const tracker::Note& note : run.notes) {
    out << "  " << FormatTime(note.time_unix_ms) << " " << note.actor << ": "
        << Printable(note.text) << "\n";
  }
  for (const std::string& spot : record.capture.blind_spots) out << "not seen: " << spot << "\n";
  for (const std::string& warning : record.warnings) out << "warning: " << warning << "\n";
}

void PrintArtifact(const tracker::ArtifactFacts& facts, std::ostream& out) {
  out << facts.digest.ToString() << "  " << facts.kind << "\n";
  out << "size        "
      << (facts.size_bytes.has_value() ? FormatSize(*facts.size_bytes) : "not stored") << "\n";
  for (const std::string& name : facts.names) out << "name        " << Printable(name) << "\n";
  for (const lineage::Edge& edge : facts.produced_by) {
    out << "produced by " << edge.from.ToString() << " as " << Printable(edge.path) << "\n";
  }
  for (const lineage::Edge& edge : facts.used_by) {
    out << "used by     " << edge.to.ToString() << " as " << Printable(edge.path) << "\n";
  }
  for (const auto& [key, value] : facts.tags) {
    out << "tag         " << Printable(key) << " = " << Printable(value) << "\n";
  }
  for (const tracker::Note& note : facts.notes) {
    out << "note        " << FormatTime(note.time_unix_ms) << " " << note.actor << ": "
        << Printable(note.text) << "\n";
  }
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(
      const tracker::Resolved resolved,
      tracker::ResolveRef({.store = *store, .working_directory = context.working_directory}, ref));
  if (const auto* const id = std::get_if<Ulid>(&resolved)) {
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store->GetRun(*id));
    if (context.global.json) {
      context.PrintJson(Json().Set("run", tracker::RunToJson(run)));
    } else {
      PrintRun(run, context.out);
    }
    return 0;
  }
  REPRISE_ASSIGN_OR_RETURN(
      const tracker::ArtifactFacts facts,
      tracker::GatherArtifactFacts(*store, std::get<tracker::ArtifactRef>(resolved)));
  if (context.global.json) {
    context.PrintJson(Json().Set("artifact", tracker::ArtifactFactsToJson(facts)));
  } else {
    PrintArtifact(facts, context.out);
  }
  return 0;
}

}  // namespace

Command ShowCommand() {
  Command command{"show", "Everything known about a run or an artifact.", "REF"};
  command.examples = {{"reprise show @last", "the newest run"},
                      {"reprise show model.json", "who made the file with these bytes"},
                      {"reprise show credit@max:auc", "the best run of an experiment"}};
  TakeRef(command);
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
