#include <algorithm>
#include <set>

#include "lineage/document.h"
#include "lineage/graph.h"
#include "storage/base/clock.h"
#include "storage/base/text_value.h"
#include "storage/tree.h"
#include "tracker/artifact_facts.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/profile_text.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/run_summary.h"
#include "tracker/cli/show_files.h"
#include "tracker/cli/text.h"
#include "tracker/erasure.h"
#include "tracker/recorder/command_line.h"
#include "tracker/replay/given_verdicts.h"
#include "tracker/run_closure.h"
#include "tracker/run_files.h"
#include "tracker/run_json.h"

namespace reprise::cli {
namespace {

void PrintUses(const std::string& heading, const std::vector<lineage::ArtifactUse>& uses,
               const std::vector<std::string>& missing, std::ostream& out) {
  if (uses.empty() && missing.empty()) return;
  Table table({heading, ">", "", ""});
  for (const lineage::ArtifactUse& use : uses) {
    std::string remark = Printable(use.role);
    if (use.unstable) remark += remark.empty() ? "unstable" : ", unstable";
    table.Add({"  " + ShortDigest(use.digest.ToString()), FormatSize(use.size_bytes),
               Printable(use.path) + (use.kind == lineage::ArtifactKind::kFolder ? "/" : ""),
               std::move(remark)});
  }
  for (const std::string& path : missing) table.Add({"  missing", "", Printable(path), ""});
  table.Print(out);
}

void PrintPairs(const std::string& heading, const std::map<std::string, std::string>& pairs,
                std::ostream& out) {
  if (pairs.empty()) return;
  Table table({heading, ""});
  for (const auto& [key, value] : pairs) table.Add({"  " + Printable(key), Printable(value)});
  table.Print(out);
}

void PrintNotes(const std::vector<tracker::Note>& notes, std::ostream& out) {
  if (!notes.empty()) out << "notes\n";
  for (const tracker::Note& note : notes) {
    out << "  " << FormatLocalTime(note.time_unix_ms) << "  " << Printable(note.actor) << ": "
        << Printable(note.text) << "\n";
  }
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
  Table table({"metrics", "LAST", "MIN", "MAX", ">STEP", ">POINTS"});
  for (const auto& [key, metric] : record.metrics) {
    table.Add({"  " + Printable(key), FormatNumber(metric.last), FormatNumber(metric.min),
               FormatNumber(metric.max), std::to_string(metric.last_step),
               std::to_string(metric.count)});
  }
  table.Print(out);
}

using Verdicts = std::vector<tracker::GivenVerdict>;

// Of which run it is a rerun, and whether it did the same.
void PrintOrigin(const lineage::RunRecord& record, const Verdicts& verdicts, std::ostream& out) {
  if (record.derived_from.has_value()) out << "derived     from " << *record.derived_from << "\n";
  if (!record.reproduces.has_value()) return;
  const auto verdict =
      std::ranges::find(verdicts, *record.reproduces, &tracker::GivenVerdict::original);
  out << "rerun of    " << *record.reproduces << ": "
      << (verdict == verdicts.end() ? "not compared" : Printable(verdict->result)) << "\n";
}

void PrintReruns(const lineage::RunRecord& record, const Verdicts& verdicts, std::ostream& out) {
  Table table({"reruns", "", "", ""});
  bool is_empty = true;
  for (const tracker::GivenVerdict& verdict : verdicts) {
    if (verdict.original != record.id.ToString()) continue;
    const std::size_t count = verdict.reruns.size();
    table.Add({"  " + Printable(verdict.result), count == 0 ? "" : Printable(verdict.reruns.back()),
               count < 2 ? "" : "the last of " + std::to_string(count),
               FormatLocalTime(verdict.time_unix_ms)});
    is_empty = false;
  }
  if (!is_empty) table.Print(out);
}

void PrintFacts(const tracker::StoredRun& run, const Verdicts& verdicts, std::ostream& out) {
  const lineage::RunRecord& record = run.record;
  out << record.name << "  " << record.id.ToString() << "\n";
  out << "experiment  " << Printable(record.experiment) << "\n";
  out << "status      " << DescribeStatus(record) << "\n";
  out << "started     " << FormatLocalTime(record.started_at_unix_ms) << " by "
      << Printable(record.actor) << "\n";
  const bool is_running = record.status == lineage::RunStatus::kRunning;
  out << "took        "
      << DescribeDuration(record.status, record.started_at_unix_ms, record.ended_at_unix_ms)
      << (is_running ? " so far" : "") << "\n";
  if (run.recipe.has_value()) {
    out << "command     " << ShellWords(run.recipe->command) << "\n";
    out << "folder      " << Printable(run.recipe->working_directory) << "\n";
  }
  if (record.recipe.has_value()) {
    out << "recipe      " << ShortDigest(record.recipe->ToString()) << "\n";
  }
  PrintCode(run.code, out);
  if (run.recipe.has_value() && run.recipe->environment.has_value()) {
    out << "environment " << ShortDigest(run.recipe->environment->ToString()) << "\n";
  }
  out << "capture     " << DescribeCapture(record.capture) << "\n";
  if (const auto proofs = tracker::ProvenBy(record, verdicts); !proofs.empty()) {
    out << "proven      by rerun " << proofs.back() << "\n";
  }
  PrintOrigin(record, verdicts, out);
}

using Files = Result<std::optional<tracker::RunFiles>>;

// What a rerun must be given.
void PrintSecrets(const tracker::RunFiles& files, std::ostream& out) {
  const std::vector<std::string> secrets = tracker::SecretsRead(files);
  if (secrets.empty()) return;
  Table table({"secrets", ""});
  for (const std::string& path : secrets) {
    table.Add({"  " + Printable(path), "must be supplied again"});
  }
  table.Print(out);
}

void PrintRun(const tracker::StoredRun& run, const Verdicts& verdicts, const Files& files,
              std::ostream& out) {
  PrintFacts(run, verdicts, out);
  if (run.recipe.has_value() && !run.recipe->parameters.empty()) {
    Table table({"parameters", "", ""});
    const auto texts = tracker::ParamTexts(run.recipe->parameters, run.recipe->variables);
    for (const auto& [key, value] : run.recipe->parameters) {
      table.Add({"  " + Printable(key), Printable(texts.at(key)),
                 std::string(lineage::ParamTypeName(value.type()))});
    }
    table.Print(out);
  }
  PrintMetrics(run.record, out);
  if (run.recipe.has_value()) PrintUses("inputs", run.recipe->inputs, {}, out);
  PrintUses("outputs", run.record.outputs, run.record.missing_outputs, out);
  for (const lineage::RunEvidence& attached : run.record.evidence) {
    out << "evidence    " << Printable(attached.kind) << ": " << Printable(attached.artifact.path)
        << ", " << ShortDigest(attached.artifact.digest.ToString()) << "\n";
  }
  // That the closure is damaged or lost is for fsck to say.
  if (files.ok() && files->has_value()) {
    PrintFileClasses(**files, out);
    PrintSecrets(**files, out);
  }
  PrintReruns(run.record, verdicts, out);
  PrintPairs("tags", run.tags, out);
  PrintNotes(run.notes, out);
  for (const std::string& warning : run.record.warnings) {
    out << "warning     " << Printable(warning) << "\n";
  }
  for (const std::string& spot : run.record.capture.blind_spots) {
    out << "not seen    " << Printable(spot) << "\n";
  }
}

void PrintArtifact(const tracker::ArtifactFacts& facts, std::ostream& out) {
  out << facts.digest.ToString() << "  " << facts.kind << "\n";
  out << "size        "
      << (facts.size_bytes.has_value() ? FormatSize(*facts.size_bytes)
          : facts.erased.has_value()   ? "not stored"
                                       : "not stored, or damaged")
      << "\n";
  if (facts.erased.has_value()) {
    out << "erased      it " << storage::SentenceOfErasure(*facts.erased) << "\n";
  }
  for (const std::string& name : facts.names) out << "name        " << Printable(name) << "\n";
  PrintModels(facts, out);
  for (const lineage::Edge& edge : facts.produced_by) {
    out << "produced by " << edge.from.ToString() << " as " << Printable(edge.path) << "\n";
  }
  for (const lineage::Edge& edge : facts.used_by) {
    out << "used by     " << edge.to.ToString() << " as " << Printable(edge.path) << "\n";
  }
  PrintPairs("tags", facts.tags, out);
  PrintNotes(facts.notes, out);
}

// What of a run was erased: itself, and what it read and wrote.
struct RunErasures {
  std::vector<tracker::FiledErasure> of_run;
  std::vector<std::pair<std::string, storage::ErasedRow>> of_files;  // By their paths.
};

Result<RunErasures> ErasuresOf(tracker::Store& store, const tracker::StoredRun& run) {
  RunErasures erasures;
  REPRISE_ASSIGN_OR_RETURN(erasures.of_run,
                           tracker::ErasuresAbout(store, run.record.id.ToString()));
  REPRISE_ASSIGN_OR_RETURN(const bool has_erased, storage::HasErased(store.catalog()));
  if (!has_erased) return erasures;
  std::vector<lineage::ArtifactUse> uses = run.record.outputs;
  if (run.recipe.has_value()) std::ranges::copy(run.recipe->inputs, std::back_inserter(uses));
  for (const lineage::ArtifactUse& use : uses) {
    REPRISE_ASSIGN_OR_RETURN(const auto erased, tracker::ErasedNow(store.catalog(), use.digest));
    if (erased.has_value()) erasures.of_files.emplace_back(use.path, *erased);
    if (use.kind != lineage::ArtifactKind::kFolder) continue;
    const auto walked = storage::WalkTree(
        store.objects(), use.digest,
        [&](const std::string& path, const storage::TreeEntry& entry) -> Result<void> {
          if (entry.kind != FileKind::kFile) return {};
          REPRISE_ASSIGN_OR_RETURN(const auto gone,
                                   tracker::ErasedNow(store.catalog(), entry.digest));
          if (gone.has_value()) erasures.of_files.emplace_back(use.path + "/" + path, *gone);
          return {};
        });
    if (!walked.ok() && !IsDamage(walked.error())) return walked.error();  // That is for fsck.
  }
  return erasures;
}

void PrintErasures(const RunErasures& erasures, std::ostream& out) {
  for (const tracker::FiledErasure& filed : erasures.of_run) {
    std::set<std::string> kinds;
    for (const tracker::ErasedItem& item : filed.document.items) kinds.insert(item.kind);
    for (const std::string& kind : kinds) {
      out << "erased      its " << kind << " "
          << storage::SentenceOfErasure(
                 {filed.time_unix_ms, filed.sequence, filed.actor, filed.document.reason})
          << "\n";
    }
  }
  for (const auto& [path, row] : erasures.of_files) {
    out << "erased      " << Printable(path) << " " << storage::SentenceOfErasure(row) << "\n";
  }
}

Json ErasuresToJson(const RunErasures& erasures) {
  Json list = Json::Array{};
  for (const tracker::FiledErasure& filed : erasures.of_run) {
    for (const tracker::ErasedItem& item : filed.document.items) {
      list.Append(tracker::ErasureToJson(storage::ErasedRow{filed.time_unix_ms, filed.sequence,
                                                            filed.actor, filed.document.reason})
                      .Set("kind", item.kind)
                      .Set("path", item.paths.empty() ? Json() : BytesToJson(item.paths.front())));
    }
  }
  for (const auto& [path, row] : erasures.of_files) {
    list.Append(tracker::ErasureToJson(row).Set("kind", "file").Set("path", BytesToJson(path)));
  }
  return list;
}

// The value of --files.
Result<std::optional<std::string>> FileChoice(const po::variables_map& args) {
  std::optional<std::string> choice = OptionalText(args, "files");
  if (!choice.has_value()) return choice;
  const std::vector<std::string> choices = FileChoices();
  if (std::ranges::find(choices, *choice) != choices.end()) return choice;
  std::string known;
  for (const std::string& name : choices) known += (known.empty() ? "" : ", ") + name;
  return Error{ErrorCode::kInvalidArgument, "--files takes a class of files, and got '" +
                                                Printable(*choice) + "'; the classes are " + known};
}

Result<int> ShowRun(tracker::Store& store, const Ulid& id, const std::string& ref,
                    const std::optional<std::string>& choice, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const KnownRun known, KnownRunOf(store, id));
  const lineage::RunRecord& record = known.run.record;
  REPRISE_ASSIGN_OR_RETURN(const Verdicts verdicts, tracker::VerdictsAbout(store, record));
  REPRISE_ASSIGN_OR_RETURN(const RunErasures erasures, ErasuresOf(store, known.run));
  const Files files = tracker::FilesOfRun(store.objects(), record);
  if (choice.has_value()) {
    REPRISE_TRY(files);
    if (!files->has_value()) {
      return Error{ErrorCode::kNotFound, "cannot list the files of the run " + record.name +
                                             ": it was not traced, or is not over yet"};
    }
  }
  if (context.global.json) {
    const bool is_known = files.ok() && files->has_value();
    context.PrintJson(
        Json()
            .Set("run", tracker::RunToJson(known.run))
            .Set("verdicts", tracker::GivenVerdictsToJson(verdicts))
            .Set("proven_by", lineage::TextsToJson(tracker::ProvenBy(record, verdicts)))
            .Set("erased", ErasuresToJson(erasures))
            .Set("files", is_known ? tracker::RunFilesToJson(**files, choice) : Json()));
  } else if (choice.has_value()) {
    PrintFiles(**files, *choice, context.out);
  } else {
    PrintRun(known.run, verdicts, files, context.out);
    PrintErasures(erasures, context.out);
  }
  return ChosenStatus(store, {ref});
}

// All names by which the content is known, and the one by which it was asked for.
std::vector<std::string> PathsOf(const tracker::ArtifactFacts& facts, const std::string& ref) {
  std::vector<std::string> paths = facts.paths;
  for (const lineage::Edge& edge : facts.produced_by) paths.push_back(edge.path);
  for (const lineage::Edge& edge : facts.used_by) paths.push_back(edge.path);
  paths.push_back(ref);
  return paths;
}

Result<int> ShowArtifact(tracker::Store& store, Context& context,
                         const tracker::ArtifactRef& artifact, const std::string& ref) {
  REPRISE_ASSIGN_OR_RETURN(const tracker::ArtifactFacts facts,
                           tracker::GatherArtifactFacts(store, artifact));
  REPRISE_ASSIGN_OR_RETURN(
      const ShownProfile profile,
      ProfileToShow(store, context, facts.digest, facts.size_bytes, PathsOf(facts, ref)));
  if (context.global.json) {
    context.PrintJson(Json().Set(
        "artifact", tracker::ArtifactFactsToJson(facts).Set("profile", ProfileToJson(profile))));
  } else {
    PrintArtifact(facts, context.out);
    PrintProfile(profile, context);
  }
  return ToldStatus(store);  // Who made and used it is what a lost entry would say.
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const auto choice, FileChoice(args));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(
      const tracker::Resolved resolved,
      tracker::ResolveRef({.store = *store, .working_directory = context.working_directory}, ref));
  if (const auto* const id = std::get_if<Ulid>(&resolved)) {
    return ShowRun(*store, *id, ref, choice, context);
  }
  if (choice.has_value()) {
    return Error{ErrorCode::kInvalidArgument,
                 "--files goes with a run, and '" + Printable(ref) + "' is an artifact"};
  }
  return ShowArtifact(*store, context, std::get<tracker::ArtifactRef>(resolved), ref);
}

}  // namespace

Command ShowCommand() {
  Command command{"show", "Everything known about a run or an artifact.", "REF [--files[=CLASS]]"};
  command.examples = {{"reprise show @last", "the newest run"},
                      {"reprise show model.json", "who made the file with these bytes"},
                      {"reprise show data.csv", "its columns, too"},
                      {"reprise show credit@max:auc", "the best run of an experiment"},
                      {"reprise show @last --files=system",
                       "the programs and libraries that it used, each with the rule that says so"}};
  command.details =
      "CLASS: input (data that the run read), output, missing (looked up, and not there), or a "
      "class of docs/reprise_toml.md: code, data, scratch, system, cache, secret, configuration, "
      "device, kernel. A file is stored, hashed (its digest is known and its content not kept), "
      "unread, unreadable, secret (to be supplied again for a rerun) or volatile (made anew by "
      "each kernel); or a folder, link or special file.";
  TakeRef(command);
  command.options.add_options()("files", po::value<std::string>()->implicit_value("all"),
                                "CLASS: the files of the run, or those of a class");
  command.choices["files"] = FileChoices();
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
