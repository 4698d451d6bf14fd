#include <algorithm>
#include <map>

#include "lineage/graph_query.h"
#include "lineage/render/render.h"
#include "storage/base/text_value.h"
#include "tracker/cli/commands.h"
#include "tracker/cli/lineage_options.h"
#include "tracker/cli/refs_support.h"
#include "tracker/cli/text.h"
#include "tracker/lineage_view.h"

namespace reprise::cli {
namespace {

constexpr std::size_t kAllWaysMax = 100;

struct Found {
  lineage::PathAnswer answer;
  bool is_backward = false;  // The data went from B to A.
};

// From A to B, else from B to A.
Result<Found> FindEitherWay(const storage::Catalog& catalog, const std::vector<lineage::NodeId>& a,
                            const std::vector<lineage::NodeId>& b, std::size_t ways_max) {
  Found found;
  REPRISE_ASSIGN_OR_RETURN(found.answer,
                           lineage::FindPaths(catalog, {.from = a, .to = b, .ways_max = ways_max}));
  if (!found.answer.ways.empty()) return found;
  REPRISE_ASSIGN_OR_RETURN(found.answer,
                           lineage::FindPaths(catalog, {.from = b, .to = a, .ways_max = ways_max}));
  found.is_backward = !found.answer.ways.empty();
  return found;
}

lineage::Subgraph GraphOf(const lineage::PathAnswer& answer) {
  lineage::Subgraph graph;
  for (const std::vector<lineage::Edge>& way : answer.ways) {
    for (const lineage::Edge& edge : way) {
      graph.edges.push_back(edge);
      for (const lineage::NodeId* const node : {&edge.from, &edge.to}) {
        if (std::ranges::find(graph.nodes, *node) == graph.nodes.end()) {
          graph.nodes.push_back(*node);
        }
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
  if (!found.answer.ways.empty()) length = found.answer.ways.front().size();
  return Json()
      .Set("direction", std::move(direction))
      .Set("length", std::move(length))
      .Set("ways", std::move(ways))
      .Set("nodes", *lineage::RenderJson(labelled).Find("nodes"))
      .Set("truncated", found.answer.is_cut);
}

// How an edge reads from its beginning.
std::string Phrase(lineage::EdgeKind kind) {
  switch (kind) {
    case lineage::EdgeKind::kUsed:
      return "used by";
    case lineage::EdgeKind::kProduced:
      return "produced";
    case lineage::EdgeKind::kReproduces:
      return "rerun as";
    case lineage::EdgeKind::kDerivedFrom:
      return "retrained as";
    case lineage::EdgeKind::kContains:
      return "contains";
    case lineage::EdgeKind::kPartOf:
      return "part of";
    case lineage::EdgeKind::kCodeOf:
      return "code of";
    case lineage::EdgeKind::kEnvironmentOf:
      return "environment of";
    case lineage::EdgeKind::kCommitOf:
      return "checked out as";
    case lineage::EdgeKind::kRegisteredAs:
      return "registered as";
    case lineage::EdgeKind::kVia:
      break;
  }
  return "led to";
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
  const std::size_t length = found.answer.ways.front().size();
  out << Printable(found.is_backward ? b : a) << " led to " << Printable(found.is_backward ? a : b)
      << " by " << Counted(length, "step") << "\n";
  for (const std::vector<lineage::Edge>& way : found.answer.ways) {
    out << "\n" << name(way.front().from) << "\n";
    for (const lineage::Edge& edge : way) {
      out << "  " << Phrase(edge.kind) << " " << name(edge.to) << "\n";
    }
  }
}

Result<int> FindPath(const po::variables_map& args, Context& context) {
  REPRISE_ASSIGN_OR_RETURN(const std::string a, RequiredText(args, "a"));
  REPRISE_ASSIGN_OR_RETURN(const std::string b, RequiredText(args, "b"));
  const std::size_t ways_max = Flag(args, "all") ? kAllWaysMax : 1;
  REPRISE_ASSIGN_OR_RETURN(const auto store, context.OpenStore());
  REPRISE_ASSIGN_OR_RETURN(const auto a_nodes, LineageNodes(*store, context, a));
  REPRISE_ASSIGN_OR_RETURN(const auto b_nodes, LineageNodes(*store, context, b));
  REPRISE_ASSIGN_OR_RETURN(const Found found,
                           FindEitherWay(store->catalog(), a_nodes, b_nodes, ways_max));
  WarnOfCycle(context, found.answer.cycle);
  REPRISE_ASSIGN_OR_RETURN(const lineage::RenderGraph labelled,
                           tracker::LabelGraph(*store, GraphOf(found.answer)));
  const int status = found.answer.ways.empty() ? 1 : 0;
  if (context.global.json) {
    context.PrintJson(ToJson(found, labelled));
  } else if (status == 0) {
    PrintWays(found, labelled, a, b, context.out);
  } else {
    context.out << "nothing leads from " << Printable(a) << " to " << Printable(b)
                << ", nor back\n";
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
                  "A B [--all]"};
  command.examples = {{"reprise lineage path raw.csv out/model.json", "how the data got there"},
                      {"reprise lineage path 4f1c2ab scorecard@3 --all", "every shortest way"}};
  command.details =
      "The way runs as the data flowed, from A to B or else from B to A, and the answer says "
      "which. Exit status 1: there is none. --all tells every way of that length, at most 100.";
  TakeRef(command, "a");
  TakeRef(command, "b");
  command.options.add_options()("all", po::bool_switch(), "every shortest way, at most 100");
  command.run = FindPath;
  return command;
}

}  // namespace reprise::cli
