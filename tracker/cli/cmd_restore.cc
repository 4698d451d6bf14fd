#include "storage/base/text_value.h"
#include "storage/private_folder.h"
#include "tracker/artifact_facts.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/output_files.h"
#include "tracker/cli/progress.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/stop_signals.h"
#include "tracker/new_folder.h"
#include "tracker/project_path.h"
#include "tracker/replay/restore.h"

namespace reprise::cli {
namespace {

// Whether the bytes of a bare digest are a folder's tree: the kinds of references say, when one
// does.
bool IsFolder(const tracker::ArtifactRef& ref, const Result<tracker::ArtifactFacts>& facts) {
  if (ref.kind.has_value()) return *ref.kind == lineage::ArtifactKind::kFolder;
  return facts.ok() && facts->kind == "folder";
}

std::uint64_t SizeOf(const std::vector<lineage::ArtifactUse>& uses) {
  std::uint64_t bytes = 0;
  for (const lineage::ArtifactUse& use : uses) bytes += use.size_bytes;
  return bytes;
}

// Both return what was restored, for the report, and tell `bytes_total` before they begin.
Result<std::string> RestoreOne(tracker::Store& store, const Ulid& id, const std::string& folder,
                               const tracker::RestoreOptions& options, const Context& context,
                               std::uint64_t& bytes_total) {
  REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store.GetRun(id));
  if (options.parts.contains(tracker::RunPart::kInputs) && run.recipe.has_value()) {
    bytes_total += SizeOf(run.recipe->inputs);
  }
  if (options.parts.contains(tracker::RunPart::kOutputs)) bytes_total += SizeOf(run.record.outputs);
  REPRISE_ASSIGN_OR_RETURN(const tracker::Restored restored,
                           tracker::RestoreRun(store, run, folder, options));
  for (const std::string& warning : restored.warnings) context.Warn("warning: " + warning);
  return run.record.name;
}

Result<std::string> RestoreOne(tracker::Store& store, const tracker::ArtifactRef& artifact,
                               const std::string& path, const tracker::RestoreOptions& options,
                               std::uint64_t& bytes_total) {
  const auto facts = tracker::GatherArtifactFacts(store, artifact);
  const bool is_folder = IsFolder(artifact, facts);
  // What is stored of a folder under its own name is its list of entries alone.
  if (facts.ok() && !is_folder) bytes_total = facts->size_bytes.value_or(0);
  REPRISE_TRY(tracker::RestoreArtifact(store, artifact.digest, is_folder, artifact.executable, path,
                                       options.files));
  return artifact.digest.ToString();
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const std::string dir, RequiredText(args, "dir"));
  tracker::RestoreOptions options;
  if (const auto only = OptionalText(args, "only")) {
    REPRISE_ASSIGN_OR_RETURN(options.parts, tracker::ParseRunParts(*only));
  }
  const std::string folder = tracker::AbsolutePath(dir, context.working_directory);
  REPRISE_TRY(storage::RequireOutsideOfStores(context.files, folder));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStoreToRead());
  REPRISE_ASSIGN_OR_RETURN(const tracker::Resolved resolved, StoredThing(*store, context, ref));
  const auto* const id = std::get_if<Ulid>(&resolved);
  if (id == nullptr && args.count("only") > 0) {
    return Error{ErrorCode::kInvalidArgument,
                 "--only goes with a run, and '" + Printable(ref) + "' is an artifact"};
  }
  const StopSignals signals;
  std::unique_ptr<tracker::NewFolder> partial;
  if (id != nullptr) {
    REPRISE_ASSIGN_OR_RETURN(partial, tracker::NewFolder::Make(context.files, folder));
  }
  Progress progress(context, "restoring " + Printable(ref));
  std::uint64_t bytes_total = 0;
  OutputFiles files(context.files, {[&](std::uint64_t count, std::uint64_t bytes) {
                                      progress.Update(count, bytes, bytes_total);
                                    },
                                    [] { return StopSignals::Received() != 0; }});
  options.files = &files;
  REPRISE_ASSIGN_OR_RETURN(const std::string what,
                           id != nullptr
                               ? RestoreOne(*store, *id, folder, options, context, bytes_total)
                               : RestoreOne(*store, std::get<tracker::ArtifactRef>(resolved),
                                            folder, options, bytes_total));
  progress.Finish();
  if (partial != nullptr) partial->Keep();
  if (context.global.json) {
    context.PrintJson(Json().Set("restored", what).Set("folder", BytesToJson(folder)));
  } else {
    context.out << "restored " << what << " to " << Printable(folder) << "\n";
  }
  return ChosenStatus(*store, {ref});
}

}  // namespace

Command RestoreCommand() {
  Command command{"restore", "Lay a run, file or folder out on disk.",
                  "REF DIR [--only code,inputs,outputs,environment]"};
  command.examples = {{"reprise restore credit@max:auc /tmp/best", "code, inputs and outputs"},
                      {"reprise restore @last /tmp/code --only code", "the code alone"}};
  command.details =
      "Files that lay outside of the project are put under DIR/.outside/<absolute path>.";
  TakeRef(command);
  TakeRef(command, "dir");
  command.options.add_options()("only", po::value<std::string>(),
                                "PARTS: code, inputs, outputs, environment; joined by commas");
  command.choices["only"] = {"code", "inputs", "outputs", "environment"};
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
