#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "lineage/graph_query.h"
#include "lineage/render/render.h"
#include "storage/base/text_value.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/lineage_columns.h"
#include "tracker/cli/lineage_options.h"
#include "tracker/cli/lineage_output.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/lineage_view.h"
#include "tracker/partial_folders.h"

namespace reprise::cli {
namespace {

constexpr std::size_t kAllWaysMax = 100;

struct Found {
  lineage::PathAnswer answer;
  bool is_backward = false;  // The data went from B to A.
};

// From A to B, else from B to A.
Result<Found> FindEitherWay(const storage::Catalog& catalog, lineage::PathQuestion question) {
  Found found;
  REPRISE_ASSIGN_OR_RETURN(found.answer, lineage::FindPaths(catalog, question));
  if (!found.answer.ways.empty()) return found;
  std::swap(question.from, question.to);
  REPRISE_ASSIGN_OR_RETURN(auto back, lineage::FindPaths(catalog, question));
  found.is_backward = !back.ways.empty();
  back.partial.insert(back.partial.end(), found.answer.partial.begin(), found.answer.partial.end());
  found.answer = std::move(back);
  return found;
}

lineage::Subgraph GraphOf(const lineage::PathAnswer& answer) {
  lineage::Subgraph graph;
  std::set<lineage::NodeId> nodes;
  for (const std::vector<lineage::Edge>& way : answer.ways) {
    for (const lineage::Edge& edge : way) {
      graph.edges.push_back(edge);
      for (const lineage::NodeId* const node : {&edge.from, &edge.to}) {
        if (nodes.insert(*node).second) graph.nodes.push_back(*node);
      }
    }
  }
  std::ranges::sort(graph.edges);
  graph.edges.erase(std::unique(graph.edges.begin(), graph.edges.end()), graph.edges.end());
  return graph;
}

Json ToJson(const Found& found, const lineage::RenderGraph& labelled) {
  Json ways = Json::Array{};
  for (const std::vector<lineage::Edge>& way : found.answer.ways) {
    Json edges = Json::Array{};
    for (const lineage::Edge& edge : way) {
      edges.Append(Json()
                       .Set("from", edge.from.ToString())
                       .Set("to", edge.to.ToString())
                       .Set("kind", lineage::EdgeKindName(edge.kind))
                       .Set("path", BytesToJson(edge.path)));
    }
    ways.Append(std::move(edges));
  }
  Json direction;
  if (!found.answer.ways.empty()) direction = found.is_backward ? "backward" : "forward";
  Json length;
  if (!found.answer.ways.empty()) length = found.answer.length;
  return lineage::RenderJson(labelled)
      .Set("direction", std::move(direction))
      .Set("length", std::move(length))
      .Set("ways", std::move(ways))
      .Set("partial", IdsToJson(found.answer.partial))
      .Set("truncated", found.answer.is_cut);
}

void PrintWays(const Found& found, const lineage::RenderGraph& labelled, const std::string& a,
               const std::string& b, std::ostream& out) {
  if (found.answer.is_same) {
    out << Printable(a) << " and " << Printable(b) << " are the same\n";
    return;
  }
  std::map<std::string, const lineage::RenderNode*> nodes;
  for (const lineage::RenderNode& node : labelled.nodes) nodes[node.id] = &node;
  const auto name = [&](const lineage::NodeId& id) {
    const lineage::RenderNode& node = *nodes.at(id.ToString());
    std::string text = node.label;
    if (!node.detail.empty() && node.detail != node.label) text += " (" + node.detail + ")";
    if (id.kind == lineage::NodeId::Kind::kRun) text += "  " + node.id;
    return text;
  };
  out << Printable(found.is_backward ? b : a) << " led to " << Printable(found.is_backward ? a : b)
      << " by " << Counted(found.answer.length, "step") << "\n";
  for (const std::vector<lineage::Edge>& way : found.answer.ways) {
    out << "\n" << name(way.front().from) << "\n";
    for (const lineage::Edge& edge : way) {
      out << "  " << lineage::EdgePhrase(lineage::EdgeKindName(edge.kind), false) << " "
          << name(edge.to) << "\n";
    }
  }
}

// Those around the ends, where there may be ways that only documents know.
Result<void> AddPartialFolders(tracker::Store& store, const lineage::PathQuestion& question,
                               lineage::PathAnswer& answer) {
  std::vector<lineage::NodeId> ends = question.from;
  ends.insert(ends.end(), question.to.begin(), question.to.end());
  return tracker::AddPartialFoldersAround(store, ends, answer.partial);
}

Result<int> FindPath(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string a, RequiredText(args, "a"));
  REPRISE_ASSIGN_OR_RETURN(const std::string b, RequiredText(args, "b"));
  REPRISE_ASSIGN_OR_RETURN(const LineageFilters filters, ReadLineageFilters(args));
  REPRISE_ASSIGN_OR_RETURN(const std::string format, ReadFormat(args, context));
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(
      const auto told_of_columns,
      TellColumnPath(*store, context, a, b, filters, Flag(args, "all"), format));
  if (told_of_columns.has_value()) return *told_of_columns;
  lineage::PathQuestion question;
  REPRISE_ASSIGN_OR_RETURN(question.from, LineageNodes(*store, context, a));
  REPRISE_ASSIGN_OR_RETURN(question.to, LineageNodes(*store, context, b));
  question.ways_max = Flag(args, "all") ? kAllWaysMax : 1;
  question.depth_max = filters.depth_max;
  question.sorts = filters.sorts;
  question.accepts_runs = AcceptsRunsOf(*store, filters);
  REPRISE_ASSIGN_OR_RETURN(Found found, FindEitherWay(store->catalog(), question));
  REPRISE_TRY(AddPartialFolders(*store, question, found.answer));
  WarnOfCycle(context, found.answer.cycle);
  WarnOfPartial(context, found.answer.partial);
  REPRISE_ASSIGN_OR_RETURN(const lineage::RenderGraph labelled,
                           tracker::LabelGraph(*store, GraphOf(found.answer)));
  const int status = found.answer.ways.empty() ? 1 : 0;
  if (format == "json") {
    context.PrintJson(ToJson(found, labelled));
  } else if (format != "text") {
    context.out << RenderFor(context, labelled, format, lineage::Direction::kDown);
  } else if (status == 0) {
    PrintWays(found, labelled, a, b, context.out);
  } else {
    context.out << "nothing leads from " << Printable(a) << " to " << Printable(b) << ", nor back";
    if (filters.depth_max.has_value()) {
      context.out << ", by at most " << Counted(*filters.depth_max, "step");
    }
    context.out << "\n";
  }
  if (found.answer.is_cut && Flag(args, "all")) {
    context.Warn("there are more than " + std::to_string(kAllWaysMax) + " ways of that length");
  }
  const int told = ToldStatus(*store);
  return told != 0 ? told : status;
}

}  // namespace

Command LineagePathCommand() {
  Command command{"lineage path", "The shortest way along the data from one thing to another.",
                  "A B [--all] [--kind KIND]… [--where EXPR] [--since TIME] [--depth N] "
                  "[--format text|json|dot|svg|mermaid]"};
  command.examples = {
      {"reprise lineage path raw.csv out/model.json", "how the data got there"},
      {"reprise lineage path 4f1c2ab scorecard@3 --all", "every shortest way"},
      {"reprise lineage path raw.csv scorecard@3 --kind run", "by which runs"},
      {"reprise lineage path 'raw.csv#age' 'scores.csv#score'", "how one column became another"},
      {"reprise lineage path raw.csv scorecard@3 --all --format svg > ways.svg", "as a picture"}};
  command.details =
      "The way runs as the data flowed, from A to B or else from B to A, and the answer says "
      "which. Exit status 1: there is none. --all tells every way of that length, at most 100. "
      "--depth N looks for ways of at most N "
      "steps.\n\n" +
      LineageFiltersHelp();
  TakeRef(command, "a");
  TakeRef(command, "b");
  command.options.add_options()("all", po::bool_switch(), "every shortest way, at most 100");
  AddLineageFilters(command);
  AddFormatOption(command);
  command.run = FindPath;
  return command;
}

}  // namespace reprise::cli
