#include "tracker/cli/commands.h"
#include "tracker/cli/progress.h"
#include "tracker/cli/table_records.h"
#include "tracker/cli/text.h"
#include "tracker/dataset.h"
#include "tracker/project_path.h"

namespace reprise::cli {
namespace {

Json ToJson(const tracker::AddOutcome& outcome, const std::string& name) {
  return lineage::ArtifactUseToJson(outcome.artifact)
      .Set("name", name.empty() ? Json() : Json(name))
      .Set("new_bytes", outcome.stats.new_bytes)
      .Set("stored_bytes", outcome.stats.stored_bytes);
}

Result<int> Run(const po::variables_map& args, Context& context) {
  const std::vector<std::string> paths = Texts(args, "paths");
  tracker::AddRequest request;
  REPRISE_ASSIGN_OR_RETURN(request.store_folder, context.StoreFolder());
  REPRISE_ASSIGN_OR_RETURN(request.project_folder, context.ProjectFolder());
  request.name = OptionalText(args, "name").value_or("");
  if (args.count("name") > 0 && (request.name.empty() || !IsUtf8(request.name))) {
    return Error{ErrorCode::kInvalidArgument,
                 "--name takes UTF-8 text, and got '" + Printable(request.name) + "'"};
  }
  if (!request.name.empty() && paths.size() > 1) {
    return Error{ErrorCode::kInvalidArgument, "--name goes with one PATH only"};
  }
  REPRISE_ASSIGN_OR_RETURN(request.tags, ParseTags(Texts(args, "tag"), "--tag"));
  request.again = Flag(args, "again");
  REPRISE_ASSIGN_OR_RETURN(request.paths, AbsolutePaths(paths, context));
  Progress progress(context, "adding " + (paths.size() == 1 ? Printable(paths[0])
                                                            : Counted(paths.size(), "path")));
  request.progress = [&](std::uint64_t files, std::uint64_t bytes) {
    progress.Update(files, bytes);
  };
  REPRISE_ASSIGN_OR_RETURN(const std::vector<tracker::AddOutcome> outcomes,
                           tracker::AddDatasets(context.files, request, context.StoreOptions()));
  progress.Finish();
  std::vector<lineage::ArtifactUse> uses;
  for (const tracker::AddOutcome& outcome : outcomes) uses.push_back(outcome.artifact);
  RecordTablesOf(uses, context);
  Json added = Json::Array{};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const tracker::AddOutcome& outcome = outcomes[i];
    for (const std::string& warning : outcome.warnings) context.Warn("warning: " + warning);
    if (context.global.json) {
      added.Append(ToJson(outcome, request.name));
    } else {
      context.out << outcome.artifact.digest.ToString() << "  " << Printable(paths[i]) << "  "
                  << FormatSize(outcome.artifact.size_bytes) << ", new "
                  << FormatSize(outcome.stats.new_bytes) << "\n";
    }
  }
  if (context.global.json) context.PrintJson(Json().Set("artifacts", std::move(added)));
  return 0;
}

}  // namespace

Command AddCommand() {
  Command command{"add", "Store a file or folder as a dataset version.",
                  "PATH… [--name NAME] [--tag K=V]… [--again]"};
  command.examples = {
      {"reprise add data/german_credit.csv --name german-credit", "a named dataset"},
      {"reprise add images/", "a folder; .repriseignore leaves files out"}};
  command.details =
      "With --name it is found by that name, as `reprise show german-credit`, until another is "
      "added under it; then that one is meant. A file that vanishes from a folder while it is read "
      "is left out and named. Content that was erased is refused without --again.";
  auto add = command.options.add_options();
  add("name", po::value<std::string>(), "NAME: the dataset's name; several versions may share one");
  add("again", po::bool_switch(), "store it even if it was erased");
  add("tag", po::value<std::vector<std::string>>(), "KEY=VALUE: a tag");
  command.hidden.add_options()("paths", po::value<std::vector<std::string>>());
  command.positionals.add("paths", -1);
  command.required = {"paths"};
  command.run = Run;
  return command;
}

}  // namespace reprise::cli
