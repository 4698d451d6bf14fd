#include "lineage/render/fold.h"
#include "lineage/render/render.h"
#include "tracker/artifact_facts.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/lineage_options.h"
#include "tracker/cli/lineage_starts.h"
#include "tracker/cli/refs_support.h"
#include "tracker/column_lineage.h"
#include "tracker/lineage_view.h"

namespace reprise::cli {
namespace {

Result<std::string> Render(const lineage::RenderGraph& whole, const std::string& format,
                           lineage::Direction direction) {
  if (format == "json") return FormatJson(lineage::RenderJson(whole));
  const lineage::RenderGraph graph = lineage::Fold(whole);  // What is for people.
  if (format == "text") return lineage::RenderText(graph, direction);
  if (format == "dot") return lineage::RenderDot(graph);
  if (format == "svg") return lineage::RenderSvg(graph);
  if (format == "mermaid") return lineage::RenderMermaid(graph);
  return Error{
      ErrorCode::kInvalidArgument,
      "--format takes text, json, dot, svg or mermaid, and got '" + Printable(format) + "'"};
}

// What REF#COLUMN names; absent where `ref` as a whole names something, or has no '#'.  Both names
// may have one of their own: the shortest REF that names something counts.
Result<std::optional<tracker::ColumnNode>> ColumnOf(tracker::Store& store, const Context& context,
                                                    const std::string& ref) {
  using Column = std::optional<tracker::ColumnNode>;
  std::size_t hash = ref.find('#');
  if (hash == ref.npos) return Column();
  const tracker::RefContext where{.store = store, .working_directory = context.working_directory};
  const auto whole = tracker::ResolveRef(where, ref);
  if (whole.ok()) return Column();
  if (whole.error().code != ErrorCode::kNotFound) return whole.error();
  for (; hash != ref.npos; hash = ref.find('#', hash + 1)) {
    if (hash == 0 || hash + 1 == ref.size()) continue;
    const auto artifact = tracker::ResolveArtifact(where, ref.substr(0, hash));
    if (artifact.ok()) return Column({artifact->digest, ref.substr(hash + 1)});
    if (artifact.error().code != ErrorCode::kNotFound) return artifact.error();
    if (ref.find('#', hash + 1) == ref.npos) return artifact.error();
  }
  return whole.error();
}

Result<int> WalkColumn(const tracker::ColumnNode& column, lineage::Direction direction,
                       std::optional<std::uint64_t> depth_max, const std::string& format,
                       tracker::Store& store, Context& context) {
  tracker::ArtifactRef artifact;
  artifact.digest = column.content;
  REPRISE_TRY(tracker::GatherArtifactFacts(store, artifact));  // Unknown content is an error.
  REPRISE_ASSIGN_OR_RETURN(const tracker::ColumnGraph graph,
                           tracker::TraceColumn(store, column, direction, depth_max));
  if (format == "json") {
    context.PrintJson(tracker::ColumnGraphToJson(graph));
    return ToldStatus(store);
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string text,
                           Render(tracker::RenderedColumns(graph), format, direction));
  context.out << text;
  return ToldStatus(store);
}

Result<int> Walk(const po::variables_map& args, Context& context, lineage::Direction direction) {
  REPRISE_ASSIGN_OR_RETURN(const std::string ref, RequiredText(args, "ref"));
  REPRISE_ASSIGN_OR_RETURN(const LineageFilters filters, ReadLineageFilters(args));
  const std::string format = context.global.json ? "json" : Text(args, "format");
  REPRISE_TRY(
      Render({}, format, direction));  // A wrong format is an error before the store is opened.
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto column, ColumnOf(*store, context, ref));
  if (column.has_value()) {
    return WalkColumn(*column, direction, filters.depth_max, format, *store, context);
  }
  REPRISE_ASSIGN_OR_RETURN(const LineageStarts starts, FindStarts(*store, context, ref));
  tracker::LabelOptions labels{.direction = direction};
  REPRISE_ASSIGN_OR_RETURN(labels.names, tracker::NamesOf(*store, starts.nodes, ref));
  REPRISE_ASSIGN_OR_RETURN(const lineage::GraphAnswer answer,
                           AskFrom(*store, starts, filters, direction));
  WarnOfCycle(context, answer.cycle);
  WarnOfCut(context, answer, filters);
  REPRISE_ASSIGN_OR_RETURN(const lineage::RenderGraph labelled,
                           tracker::LabelAnswer(*store, answer, labels));
  if (format == "json") {
    context.PrintJson(lineage::RenderJson(labelled).Set("truncated", answer.is_cut));
    return ToldStatus(*store, context, starts);
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string text, Render(labelled, format, direction));
  context.out << text;
  return ToldStatus(*store, context, starts);
}

Command WalkCommand(const std::string& name, const std::string& summary,
                    lineage::Direction direction) {
  Command command{name, summary,
                  "REF [--kind KIND]… [--where EXPR] [--since TIME] [--depth N] [--limit N] "
                  "[--format text|json|dot|svg|mermaid]"};
  TakeRef(command);
  AddLineageFilters(command);
  command.options.add_options()("format", po::value<std::string>()->default_value("text"),
                                "FORMAT: text, json, dot, svg or mermaid");
  command.choices["format"] = {"text", "json", "dot", "svg", "mermaid"};
  command.details =
      LineageFiltersHelp() +
      "\n\nMore than 200 nodes are folded for text, dot, svg and mermaid: runs of one experiment "
      "and artifacts of like names that hang together alike are one node, with their number. json "
      "has all of them.";
  command.run = [direction](const po::variables_map& args, Context& context) {
    return Walk(args, context, direction);
  };
  return command;
}

}  // namespace

Command LineageUpCommand() {
  Command command =
      WalkCommand("lineage up", "What a run or artifact came from.", lineage::Direction::kUp);
  command.examples = {{"reprise lineage up out/model.json", "everything upstream of a model"},
                      {"reprise lineage up 'scores.csv#score'", "the columns that it came from"},
                      {"reprise lineage up @last --kind library", "the libraries that it ran with"},
                      {"reprise lineage up @last --format svg > lineage.svg", "as a picture"}};
  return command;
}

Command LineageDownCommand() {
  Command command =
      WalkCommand("lineage down", "What came from a run or artifact.", lineage::Direction::kDown);
  command.examples = {
      {"reprise lineage down data.csv", "everything that this data reached"},
      {"reprise lineage down 'data.csv#age'", "what became of one column"},
      {"reprise lineage down /usr/lib/x86_64-linux-gnu/libcrypto.so.3 --kind run --limit 20",
       "runs that used a library"},
      {"reprise lineage down 4f1c2ab --where 'status = finished'", "what came of a commit"}};
  return command;
}

}  // namespace reprise::cli
