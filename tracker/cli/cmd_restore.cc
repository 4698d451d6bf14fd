#include "tracker/artifact_facts.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/project_path.h"
#include "tracker/replay/restore.h"

namespace reprise::cli {
namespace {

// Whether the bytes of a bare digest are a folder's tree: the kinds of references say, when one
// does.
bool IsFolder(tracker::Store& store, const tracker::ArtifactRef& ref) {
  if (ref.kind.has_value()) return *ref.kind == lineage::ArtifactKind::kFolder;
  const auto facts = tracker::GatherArtifactFacts(store, ref);
  return facts.ok() && facts->kind == "folder";
}

Result<int> Run(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const std::string dir, RequiredText(args, "dir"));
  tracker::RestoreOptions options;
  if (const auto only = OptionalText(args, "only")) {
    REPRISE_ASSIGN_OR_RETURN(options.parts, tracker::ParseRunParts(*only));
  }
  const std::string folder = tracker::AbsolutePath(dir, context.working_directory);
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(
      const tracker::Resolved resolved,
      tracker::ResolveRef({.store = *store, .working_directory = context.working_directory}, ref));
  std::string what;
  if (const auto* const id = std::get_if<Ulid>(&resolved)) {
    REPRISE_ASSIGN_OR_RETURN(const tracker::StoredRun run, store->GetRun(*id));
    REPRISE_ASSIGN_OR_RETURN(const tracker::Restored restored,
                             tracker::RestoreRun(*store, run, folder, options));
    for (const std::string& warning : restored.warnings) context.Warn("warning: " + warning);
    what = run.record.name;
  } else {
    const auto& artifact = std::get<tracker::ArtifactRef>(resolved);
    REPRISE_TRY(tracker::RestoreArtifact(*store, artifact.digest, IsFolder(*store, artifact), false,
                                         folder));
    what = artifact.digest.ToString();
  }
  if (context.global.json) {
    context.PrintJson(Json().Set("restored", what).Set("folder", Printable(folder)));
  } else {
    context.out << "restored " << what << " to " << Printable(folder) << "\n";
  }
  return 0;
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
                                "code, inputs, outputs, environment; joined by commas");
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
