#include "storage/base/text_value.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/progress.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/cli/text.h"
#include "tracker/import/import_mlflow.h"

namespace reprise::cli {
namespace {

Json SkippedToJson(const tracker::MlflowImportReport& report) {
  return Json()
      .Set("present", report.present)
      .Set("changed", report.changed)
      .Set("unfinished", report.unfinished)
      .Set("deleted", report.deleted)
      .Set("unreadable", report.unreadable)
      .Set("unreadable_parts", report.unreadable_parts);
}

Json ReportToJson(const tracker::MlflowImportReport& report, bool dry_run) {
  Json warnings = Json::Array{};
  for (const std::string& warning : report.warnings) warnings.Append(warning);
  return Json()
      .Set("format", "mlflow")
      .Set("kind", report.kind)
      .Set("folder", BytesToJson(report.folder))
      .Set("dry_run", dry_run)
      .Set("experiments", report.experiments)
      .Set("runs", report.runs)
      .Set("points", report.points)
      .Set("artifacts", report.artifacts)
      .Set("artifact_bytes", report.artifact_bytes)
      .Set("datasets", report.datasets)
      .Set("model_versions", report.model_versions)
      .Set("stage_changes", report.stage_changes)
      .Set("stages_held_back", report.stages_held_back)
      .Set("stored_bytes", report.stored_bytes)
      .Set("skipped", SkippedToJson(report))
      .Set("traces", report.traces)
      .Set("warnings", std::move(warnings))
      .Set("more_warnings", report.more_warnings);
}

void PrintReport(const tracker::MlflowImportReport& report, bool dry_run, std::ostream& out) {
  out << (dry_run ? "would import " : "imported ") << Counted(report.runs, "run") << " of "
      << Counted(report.experiments, "experiment") << ": " << Counted(report.points, "metric point")
      << ", " << Counted(report.artifacts, "artifact") << " (" << FormatSize(report.artifact_bytes)
      << "), " << Counted(report.datasets, "dataset description") << "\n";
  if (report.model_versions > 0) {
    out << (dry_run ? "would register " : "registered ")
        << Counted(report.model_versions, "model version") << "\n";
  }
  if (report.stage_changes > 0) {
    out << "moved " << Counted(report.stage_changes, "model version") << " to MLflow's stage\n";
  }
  if (report.stages_held_back > 0) {
    out << "left " << Counted(report.stages_held_back, "model version")
        << " in its stage, as a policy is in force\n";
  }
  const auto skipped = [&](std::uint64_t count, const std::string& why) {
    if (count > 0) out << "skipped " << Counted(count, "run") << " " << why << "\n";
  };
  skipped(report.present, "imported before");
  skipped(report.changed, "imported before and changed in MLflow since; the imported state stays");
  skipped(report.unfinished, "without an end in MLflow; --unfinished imports them as lost");
  skipped(report.deleted, "deleted in MLflow; --deleted imports them");
  skipped(report.unreadable, "that cannot be read");
  if (report.unreadable_parts > 0) {
    out << "left out " << Counted(report.unreadable_parts, "experiment or model")
        << " that cannot be read\n";
  }
  if (report.traces > 0) {
    out << "left out " << Counted(report.traces, "trace") << ", which have no place here\n";
  }
}

// SQLAlchemy's URI, as MLflow has it in MLFLOW_TRACKING_URI: what follows three slashes is the
// path, which a fourth makes absolute.
Result<std::string> PathOfSource(const std::string& source) {
  constexpr std::string_view kScheme = "sqlite:";
  constexpr std::string_view kPrefix = "sqlite:///";
  if (!source.starts_with(kScheme)) return source;
  std::string path = source.starts_with(kPrefix) ? source.substr(kPrefix.size()) : "";
  path = path.substr(0, path.find('?'));
  if (!path.empty()) return path;
  return Error{ErrorCode::kInvalidArgument,
               "cannot import '" + Printable(source) +
                   "': a database's URI is sqlite:///PATH, with four slashes before an absolute "
                   "path"};
}

Result<int> Run(const po::variables_map& args, Context& context) {
  const std::string format = Text(args, "format");
  if (format != "mlflow") {
    return Error{ErrorCode::kInvalidArgument,
                 "--format takes mlflow, and got '" + Printable(format) + "'"};
  }
  tracker::MlflowImportRequest request;
  std::vector<std::string> sources = Texts(args, "source");
  if (sources.size() != 1) {
    return Error{ErrorCode::kInvalidArgument,
                 "import takes one SOURCE, and got " + std::to_string(sources.size())};
  }
  REPRISE_ASSIGN_OR_RETURN(sources[0], PathOfSource(sources[0]));
  REPRISE_ASSIGN_OR_RETURN(sources, AbsolutePaths(sources, context));
  request.source = sources[0];
  request.experiments = Texts(args, "experiment");
  request.dry_run = Flag(args, "dry-run");
  request.deleted = Flag(args, "deleted");
  request.unfinished = Flag(args, "unfinished");
  REPRISE_ASSIGN_OR_RETURN(request.store_folder, context.StoreFolder());
  context.RecoverRuns();
  const StopSignals signals;
  Progress progress(context, "importing", "run");
  request.stop = [] { return StopSignals::Received() != 0; };
  request.progress = [&](std::uint64_t runs, std::uint64_t bytes) { progress.Update(runs, bytes); };
  REPRISE_ASSIGN_OR_RETURN(const tracker::MlflowImportReport report,
                           tracker::ImportMlflow(context.files, request, context.StoreOptions()));
  progress.Finish();
  for (const std::string& warning : report.warnings) context.Warn("warning: " + warning);
  if (report.more_warnings > 0) {
    context.Warn("warning: and " + std::to_string(report.more_warnings) + " more like these");
  }
  if (context.global.json) {
    context.PrintJson(Json().Set("import", ReportToJson(report, request.dry_run)));
  } else {
    PrintReport(report, request.dry_run, context.out);
  }
  const bool is_whole =
      report.unreadable == 0 && report.unreadable_parts == 0 && report.stages_held_back == 0;
  return is_whole ? 0 : ExitStatus(ErrorCode::kCorruption);
}

}  // namespace

Command ImportCommand() {
  Command command{"import", "Take in the runs of another tracker's store.",
                  "--format mlflow SOURCE [-e EXPERIMENT]… [--dry-run]"};
  command.examples = {
      {"reprise import --format mlflow mlruns", "the folder that MLflow writes"},
      {"reprise import --format mlflow mlflow.db --dry-run", "a database; what would come"},
      {"reprise import --format mlflow mlflow.db -e credit", "one experiment, by its name"},
      {"reprise import --format mlflow sqlite:///mlflow.db", "by the URI that MLflow has"}};
  command.details =
      "SOURCE is MLflow's folder of runs, the folder that holds it as mlruns, or its SQLite "
      "database (a path, or sqlite:///PATH), with artifacts where it says or in mlruns or "
      "mlartifacts beside it. Parameters, "
      "metrics with their whole history, tags, notes, artifacts and the descriptions of datasets "
      "come along; MLflow's run id becomes the tag mlflow.runId. The same command again adds only "
      "what is new, also after it was interrupted. A run that has changed in MLflow since it was "
      "imported is named and stays as it was. Versions of registered models become ours, by their "
      "numbers and stages, as far as the runs that made them are imported. Where a policy is in "
      "force, versions stay in their stages, each is named, and the exit status is 4.";
  auto add = command.options.add_options();
  add("format", po::value<std::string>(), "FORMAT: mlflow");
  add("experiment,e", po::value<std::vector<std::string>>(),
      "NAME: only this experiment; may be given more than once");
  add("dry-run", po::bool_switch(), "say what would be imported, and write nothing");
  add("deleted", po::bool_switch(), "also what was deleted in MLflow");
  add("unfinished", po::bool_switch(), "also runs without an end, with the status lost");
  command.choices["format"] = {"mlflow"};
  command.hidden.add_options()("source", po::value<std::vector<std::string>>());
  command.positionals.add("source", -1);
  command.required.emplace_back("format");
  command.required.emplace_back("source");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
