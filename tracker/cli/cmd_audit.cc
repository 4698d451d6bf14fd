#include <algorithm>

#include "storage/base/text_value.h"
#include "storage/base/words.h"
#include "storage/private_folder.h"
#include "storage/signed_note.h"
#include "tracker/audit/bundle.h"
#include "tracker/audit/pdf.h"
#include "tracker/cli/audit_formats.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/export_lineage.h"
#include "tracker/cli/output_files.h"
#include "tracker/cli/progress.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/project_path.h"

namespace reprise::cli {
namespace {

using tracker::BundleSubject;

constexpr std::string_view kModelPrefix = "model:";
constexpr std::uint64_t kCheckpointBytesMax = 1 << 20;

// What was asked for, before the store is opened.
struct Options {
  std::optional<std::string> ref;  // One of these three.
  std::optional<std::string> stage;
  std::optional<std::string> experiment;
  std::optional<std::string> since;  // The text of the file.
  std::string output;                // As it was given.
  std::string path;                  // Absolute.
  bool redact = false;
  std::string format;
  std::vector<lineage::RequirementTemplate> requirements;
  bool with_pdf = false;
};

Result<std::string> ReadCheckpoint(const std::string& given, const Context& context) {
  const auto text =
      ReadFile(context.files, tracker::AbsolutePath(given, context.working_directory));
  if (!text.ok()) {
    return Annotate(text.error(), "the checkpoint '" + Printable(given) + "' cannot be read");
  }
  if (text->size() <= kCheckpointBytesMax && storage::SignedNote::Parse(*text).ok()) return *text;
  return Error{ErrorCode::kInvalidArgument,
               "'" + Printable(given) +
                   "' is no checkpoint: --since takes a copy of log/checkpoint, or what `reprise "
                   "ledger checkpoint` printed"};
}

Result<void> ParseFormat(const po::variables_map& args, const Context& context, Options& options) {
  options.format = Text(args, "format");
  const std::vector<std::string> known = AuditFormats();
  if (std::ranges::find(known, options.format) == known.end()) {
    return Error{ErrorCode::kInvalidArgument, "there is no format '" + Printable(options.format) +
                                                  "'; --format is one of " + Joined(known)};
  }
  REPRISE_ASSIGN_OR_RETURN(options.requirements, RequirementsOf(args, context));
  options.with_pdf = Flag(args, "pdf");
  if (options.with_pdf && options.format != "bundle") {
    return Error{ErrorCode::kInvalidArgument,
                 "--pdf puts a PDF into a bundle; for the PDF alone write --format pdf"};
  }
  return {};
}

Result<Options> ParseOptions(const po::variables_map& args, const Context& context) {
  Options options;
  options.ref = OptionalText(args, "ref");
  options.stage = OptionalText(args, "stage");
  options.experiment = OptionalText(args, "experiment");
  const int given = static_cast<int>(options.ref.has_value()) +
                    static_cast<int>(options.stage.has_value()) +
                    static_cast<int>(options.experiment.has_value());
  if (given == 0) REPRISE_TRY(RequiredText(args, "ref"));
  if (given > 1) {
    return Error{ErrorCode::kInvalidArgument,
                 "REF, --stage and --experiment each say what the bundle is about; give one"};
  }
  if (options.ref.has_value()) REPRISE_TRY(RequiredText(args, "ref"));
  if (options.stage.has_value()) REPRISE_TRY(RequireText(*options.stage, "--stage"));
  if (options.experiment.has_value()) REPRISE_TRY(RequireText(*options.experiment, "-e"));
  REPRISE_ASSIGN_OR_RETURN(options.output, RequiredText(args, "output"));
  REPRISE_TRY(ParseFormat(args, context, options));
  options.path = tracker::AbsolutePath(options.output, context.working_directory);
  REPRISE_TRY(storage::RequireOutsideOfStores(context.files, options.path));
  options.redact = Flag(args, "redact");
  if (options.redact && !options.requirements.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "--redact leaves out the model card and the data's profiles, from which "
                 "--requirements answers; give one of the two"};
  }
  if (const auto since = OptionalText(args, "since")) {
    REPRISE_TRY(RequireText(*since, "--since"));
    REPRISE_ASSIGN_OR_RETURN(options.since, ReadCheckpoint(*since, context));
  }
  return options;
}

// What `ref` names where it may be all of a model.
Result<BundleSubject> SubjectOfRef(tracker::Store& store, const Context& context,
                                   const std::string& ref) {
  if (ref.starts_with(kModelPrefix)) {
    const std::string name = ref.substr(kModelPrefix.size());
    REPRISE_ASSIGN_OR_RETURN(const auto version, tracker::FindModel(store.catalog(), name));
    if (version.has_value()) return tracker::SubjectOfVersion(store, *version);
    return tracker::SubjectOfModel(store, name);
  }
  REPRISE_TRY(RequireCertain(store, ref));
  REPRISE_ASSIGN_OR_RETURN(const auto of_model, tracker::VersionsOfModel(store.catalog(), ref));
  const auto resolved = StoredThing(store, context, ref);
  if (!of_model.empty()) {
    if (!resolved.ok() && resolved.error().code == ErrorCode::kNotFound) {
      return tracker::SubjectOfModel(store, ref);
    }
    if (!resolved.ok()) return resolved.error();
    return Error{ErrorCode::kAmbiguous, "'" + Printable(ref) +
                                            "' is a model, and a run or content too; write '" +
                                            std::string(kModelPrefix) + Printable(ref) +
                                            "' for the model, or the id or digest of the other"};
  }
  if (!resolved.ok()) return resolved.error();
  if (const auto* const run = std::get_if<Ulid>(&*resolved)) return tracker::SubjectOfRun(*run);
  const auto& artifact = std::get<tracker::ArtifactRef>(*resolved);
  REPRISE_ASSIGN_OR_RETURN(const auto version, tracker::FindModel(store.catalog(), ref));
  if (version.has_value()) return tracker::SubjectOfVersion(store, *version);
  return tracker::SubjectOfArtifact(store, artifact.digest);
}

Result<BundleSubject> SubjectOf(tracker::Store& store, const Context& context,
                                const Options& options) {
  if (options.stage.has_value()) return tracker::SubjectOfStage(store, *options.stage);
  if (options.experiment.has_value()) {
    return tracker::SubjectOfExperiment(store, *options.experiment);
  }
  return SubjectOfRef(store, context, *options.ref);
}

// What people call it.
Result<std::string> NameOf(tracker::Store& store, const BundleSubject& subject) {
  if (subject.kind != BundleSubject::Kind::kRun) return TitleOf(subject);
  REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store.GetRun(subject.runs.front()));
  return run.record.name;
}

void Report(const Options& options, const BundleSubject& subject, const std::string& name,
            Context& context) {
  if (options.format != "bundle") {
    if (context.global.json) {
      context.PrintJson(Json()
                            .Set("report", BytesToJson(options.path))
                            .Set("format", options.format)
                            .Set("subject", SubjectToJson(subject)));
    } else {
      context.out << "wrote the report on " << Printable(name) << " to " << Printable(options.path)
                  << "\n";
    }
    return;
  }
  if (context.global.json) {
    const Json run = subject.runs.size() == 1 ? Json(subject.runs.front().ToString()) : Json();
    context.PrintJson(Json()
                          .Set("run", run)
                          .Set("bundle", BytesToJson(options.path))
                          .Set("subject", SubjectToJson(subject)));
    return;
  }
  context.out << "wrote the audit bundle of " << Printable(name) << " to "
              << Printable(options.path);
  if (options.path.ends_with(".zip")) {
    context.out << "; unpack it and check it with `python3 verify.py`\n";
  } else {
    context.out << "; check it with `python3 " << Printable(JoinPath(options.output, "verify.py"))
                << "`\n";
  }
}

// What `reprise export` does.
Result<int> RunExport(const po::variables_map& args, Context& context) {
  for (const char* const option : {"stage", "experiment", "since", "requirements"}) {
    if (args.count(option) == 0) continue;
    return Error{ErrorCode::kInvalidArgument,
                 "--" + std::string(option) +
                     " goes with the bundle and its report, and not with "
                     "--format " +
                     Text(args, "format")};
  }
  if (Flag(args, "redact") || Flag(args, "pdf")) {
    return Error{ErrorCode::kInvalidArgument,
                 "--redact and --pdf go with the bundle, and not with "
                 "--format " +
                     Text(args, "format")};
  }
  return ExportLineage(args, context, LineageFormatOf(Text(args, "format")));
}

Result<int> Run(const po::variables_map& args, Context& context) {
  if (IsLineageFormat(Text(args, "format"))) return RunExport(args, context);
  REPRISE_ASSIGN_OR_RETURN(const Options options, ParseOptions(args, context));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const BundleSubject subject, SubjectOf(*store, context, options));
  REPRISE_ASSIGN_OR_RETURN(const std::string name, NameOf(*store, subject));
  const StopSignals signals;
  Progress progress(context, "exporting " + name);
  OutputFiles files(context.files, {[&](std::uint64_t count, std::uint64_t bytes) {
                                      progress.Update(count, bytes);
                                    },
                                    [] { return StopSignals::Received() != 0; }});
  tracker::BundleRequest request{subject, options.since, options.redact, {}, options.requirements};
  REPRISE_ASSIGN_OR_RETURN(const std::string project, context.ProjectFolder());
  REPRISE_ASSIGN_OR_RETURN(request.columns, tracker::LoadColumnSettings(context.files, project));
  if (options.with_pdf) request.make_pdf = tracker::MakePdf;
  if (options.format == "bundle") {
    REPRISE_TRY(tracker::ExportBundle(*store, request, options.path, files));
  } else {
    REPRISE_TRY(WriteReportFile(*store, request, options.format, options.path, files));
  }
  progress.Finish();
  Report(options, subject, name, context);
  return 0;
}

}  // namespace

Command AuditExportCommand() {
  Command command{"audit export",
                  "Write what an auditor needs to check runs and models without us.",
                  "(REF | --stage STAGE | -e EXPERIMENT) -o DIR"};
  command.examples = {{"reprise audit export credit@max:auc -o bundle && python3 bundle/verify.py",
                       "export a run and verify"},
                      {"reprise audit export scorecard@production -o bundle.zip",
                       "a version of a model, with all that was signed of it"},
                      {"reprise audit export scorecard -o bundle --since kept",
                       "a whole model, with what changed since an auditor kept a checkpoint"},
                      {"reprise audit export scorecard@3 -o report.pdf --format pdf --requirements "
                       "eu-ai-act-annex-iv",
                       "the report alone, with what is recorded on each requirement"}};
  command.details =
      "REF is a run, content that a run wrote, a version of a model (scorecard@3, "
      "scorecard@production) or a model with all of its versions (scorecard, or model:scorecard "
      "where a run has that name). The bundle has everything upstream, and the models that were "
      "registered of any of it with their evidence, signatures, keys and policies. What is in it "
      "and what it proves: docs/formats/bundle.md.";
  command.hidden.add_options()("ref", po::value<std::string>());
  command.positionals.add("ref", 1);
  auto add = command.options.add_options();
  add("output,o", po::value<std::string>(), "DIR: a new folder, or FILE.zip: a new archive");
  add("stage", po::value<std::string>(), "STAGE: all versions of models that are in it");
  add("experiment,e", po::value<std::string>(), "NAME: all runs of this experiment");
  add("since", po::value<std::string>(),
      "FILE: a checkpoint that the auditor kept; the bundle shows what came after it");
  add("redact", po::bool_switch(),
      "leave out evidence, patches, notes, tags, profiles, metric points and verdicts that tell "
      "values; their digests stay");
  AddAuditFormatOptions(command);
  command.required.emplace_back("output");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
