#include "lineage/graph.h"
#include "lineage/render/fold.h"
#include "lineage/render/render.h"
#include "tracker/artifact_facts.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/lineage_view.h"

namespace reprise::cli {
namespace {

Result<std::string> Render(const lineage::RenderGraph& whole, const std::string& format) {
  if (format == "json") return FormatJson(lineage::RenderJson(whole));
  const lineage::RenderGraph graph = lineage::Fold(whole);  // What is for people.
  if (format == "text") return lineage::RenderText(graph);
  if (format == "dot") return lineage::RenderDot(graph);
  if (format == "svg") return lineage::RenderSvg(graph);
  if (format == "mermaid") return lineage::RenderMermaid(graph);
  return Error{
      ErrorCode::kInvalidArgument,
      "--format takes text, json, dot, svg or mermaid, and got '" + Printable(format) + "'"};
}

Result<int> Walk(const po::variables_map& args, Context& context, lineage::Direction direction) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  std::optional<std::uint64_t> depth_max;
  if (args.count("depth") > 0) {
    const auto depth = args["depth"].as<std::int64_t>();
    if (depth < 0) {
      return Error{ErrorCode::kInvalidArgument, "--depth takes a number of edges, 0 or more"};
    }
    depth_max = static_cast<std::uint64_t>(depth);
  }
  const std::string format = context.global.json ? "json" : Text(args, "format");
  REPRISE_TRY(Render({}, format));  // A wrong format is an error before the store is opened.
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const tracker::Resolved resolved, StoredThing(*store, context, ref));
  if (const auto* const artifact = std::get_if<tracker::ArtifactRef>(&resolved)) {
    REPRISE_TRY(tracker::GatherArtifactFacts(*store, *artifact));  // Unknown content is an error.
  }
  REPRISE_ASSIGN_OR_RETURN(
      const lineage::Subgraph graph,
      lineage::Traverse(store->catalog(), tracker::NodeOf(resolved), direction, depth_max));
  REPRISE_ASSIGN_OR_RETURN(const lineage::RenderGraph labelled, tracker::LabelGraph(*store, graph));
  if (const auto cycle = lineage::FindCycleOfRuns(graph); !cycle.empty()) {
    std::string names;
    for (const lineage::NodeId& run : cycle) names += run.ToString() + ", ";
    context.Warn(
        "damage: the store claims that each of the runs " + names +
        "came from the next, and the last from the first, which no recording makes; "
        "compare `reprise ledger verify --since CHECKPOINT` with a checkpoint that you kept");
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string text, Render(labelled, format));
  context.out << text;
  return ToldStatus(*store);
}

Command WalkCommand(const std::string& name, const std::string& summary,
                    lineage::Direction direction) {
  Command command{name, summary, "REF [--depth N] [--format text|json|dot|svg|mermaid]"};
  TakeRef(command);
  auto add = command.options.add_options();
  add("depth", po::value<std::int64_t>(), "N: at most so many edges away");
  add("format", po::value<std::string>()->default_value("text"),
      "FORMAT: text, json, dot, svg or mermaid");
  command.choices["format"] = {"text", "json", "dot", "svg", "mermaid"};
  command.details =
      "More than 200 nodes are folded for text, dot, svg and mermaid: runs of one experiment and "
      "artifacts of like names that hang together alike are one node, with their number. json has "
      "all of them.";
  command.run = [direction](const po::variables_map& args, Context& context) {
    return Walk(args, context, direction);
  };
  return command;
}

Result<int> Whence(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "file"));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(
      const tracker::ArtifactRef artifact,
      tracker::ResolveArtifact({.store = *store, .working_directory = context.working_directory},
                               ref));
  REPRISE_ASSIGN_OR_RETURN(tracker::ArtifactFacts facts,
                           tracker::GatherArtifactFacts(*store, artifact));
  REPRISE_TRY(tracker::AddUsesWithinFolders(*store, facts));
  if (context.global.json) {
    context.PrintJson(Json().Set("artifact", tracker::ArtifactFactsToJson(facts)));
    return ToldStatus(*store);
  }
  context.out << facts.digest.ToString() << "\n";
  const auto describe = [&](const lineage::NodeId& node) -> std::string {
    const auto run = store->GetRun(node.run);
    if (!run.ok()) return node.ToString();
    return run->record.name + " (" + run->record.experiment + ", " + node.ToString() + ")";
  };
  for (const lineage::Edge& edge : facts.produced_by) {
    context.out << "produced by " << describe(edge.from) << " as " << Printable(edge.path) << "\n";
  }
  if (facts.produced_by.empty()) {
    context.out << (store->may_lack_entries() ? "produced by no run that can be read\n"
                                              : "produced by no recorded run\n");
  }
  for (const lineage::Edge& edge : facts.used_by) {
    context.out << "used by     " << describe(edge.to) << " as " << Printable(edge.path) << "\n";
  }
  for (const std::string& name : facts.names) {
    context.out << "dataset     " << Printable(name) << "\n";
  }
  return ToldStatus(*store);
}

}  // namespace

Command LineageUpCommand() {
  Command command =
      WalkCommand("lineage up", "What a run or artifact came from.", lineage::Direction::kUp);
  command.examples = {{"reprise lineage up out/model.json", "everything upstream of a model"},
                      {"reprise lineage up @last --format svg > lineage.svg", "as a picture"}};
  return command;
}

Command LineageDownCommand() {
  Command command =
      WalkCommand("lineage down", "What came from a run or artifact.", lineage::Direction::kDown);
  command.examples = {{"reprise lineage down data.csv", "everything that this data reached"}};
  return command;
}

Command WhenceCommand() {
  Command command{"whence", "Who made these bytes, and where else are they used.", "FILE"};
  command.examples = {{"reprise whence model.json", "the file is known by its content"},
                      {"reprise whence images/cat.png", "also within a folder that a run used"}};
  TakeRef(command, "file");
  command.run = Whence;
  return command;
}

}  // namespace reprise::cli
