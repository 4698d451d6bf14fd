// A walk by levels over the nodes' numbers; identities are looked up once, at the end, for what is
// shown.  Hidden nodes are contracted afterwards: from each shown node a search through hidden ones
// finds the shown ones behind them.

#include "lineage/graph_query.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "lineage/folder_members.h"
#include "lineage/graph_walk.h"
#include "lineage/neighbours.h"

namespace reprise::lineage {
namespace {

using storage::Catalog;

constexpr std::array<std::string_view, 7> kSortNames = {
    "run", "artifact", "code", "environment", "library", "model", "commit"};

// Adds to `answer` the shown nodes of `walk`, by depth, then id; returns the place of each node.
Result<std::vector<std::uint32_t>> ShowNodes(const Catalog& catalog, const GraphWalk& walk,
                                             const GraphQuestion& question, GraphAnswer& answer) {
  constexpr std::uint32_t kNowhere = GraphWalk::kNowhere;
  std::vector<std::uint32_t> shown;
  std::vector<NodeNumber> numbers;
  for (std::uint32_t i = 0; i < walk.nodes().size(); ++i) {
    if (!walk.nodes()[i].is_shown || walk.nodes()[i].depth == 0) continue;
    shown.push_back(i);
    numbers.push_back(walk.nodes()[i].number);
  }
  REPRISE_ASSIGN_OR_RETURN(auto ids, FindNodes(catalog, numbers));
  std::vector<std::size_t> order(shown.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const std::uint32_t depth_a = walk.nodes()[shown[a]].depth;
    const std::uint32_t depth_b = walk.nodes()[shown[b]].depth;
    return depth_a != depth_b ? depth_a < depth_b : ids[a] < ids[b];
  });
  std::vector<std::uint32_t> places(walk.nodes().size(), kNowhere);
  for (std::size_t i = 0; i < question.starts.size(); ++i) {
    const std::uint32_t start = walk.starts()[i];
    if (start != kNowhere) places[start] = static_cast<std::uint32_t>(answer.nodes.size());
    answer.nodes.push_back(
        {question.starts[i],
         start == kNowhere ? SortOf(question.starts[i].kind, false) : walk.nodes()[start].sort(),
         0});
  }
  for (const std::size_t i : order) {
    places[shown[i]] = static_cast<std::uint32_t>(answer.nodes.size());
    const WalkNode& node = walk.nodes()[shown[i]];
    answer.nodes.push_back({std::move(ids[i]), node.sort(), node.depth});
  }
  return places;
}

// Numbers the paths that the answer has, in the order in which they are asked for.
class Paths {
 public:
  Paths(const GraphWalk& walk, GraphAnswer& answer)
      : walk_(walk), answer_(answer), numbers_(walk.label_count(), GraphWalk::kNowhere) {
    NumberOf("");
  }
  std::uint32_t Of(const WalkEdge& edge) {
    std::uint32_t& number = numbers_[edge.label];
    if (number == GraphWalk::kNowhere) number = NumberOf(walk_.PathOf(edge));
    return number;
  }

 private:
  // Labels of several kinds may have one path.
  std::uint32_t NumberOf(std::string_view path) {
    const auto [known, is_new] =
        by_path_.try_emplace(path, static_cast<std::uint32_t>(answer_.paths.size()));
    if (is_new) answer_.paths.emplace_back(path);
    return known->second;
  }

  const GraphWalk& walk_;
  GraphAnswer& answer_;
  std::vector<std::uint32_t> numbers_;  // By label.
  std::unordered_map<std::string_view, std::uint32_t> by_path_;
};

// Adds an edge kVia from each shown node to those behind hidden ones.  Needs the walk's edges in
// the order of their near ends.
class Contraction {
 public:
  Contraction(const GraphWalk& walk, const std::vector<std::uint32_t>& places, Paths& paths)
      : walk_(walk),
        places_(places),
        paths_(paths),
        begins_(walk.nodes().size() + 1, 0),
        seen_by_(walk.nodes().size(), GraphWalk::kNowhere) {
    for (const WalkEdge& edge : walk.edges()) ++begins_[edge.near + 1];
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
  }

  void Contract(GraphAnswer& answer) {
    std::size_t steps_left = 20 * kContractedEdgesMax;
    for (std::uint32_t node = 0; node < walk_.nodes().size(); ++node) {
      if (places_[node] == GraphWalk::kNowhere) continue;
      ContractFrom(node, answer, steps_left);
      if (answer.is_cut && steps_left == 0) return;
    }
  }

 private:
  void ContractFrom(std::uint32_t start, GraphAnswer& answer, std::size_t& steps_left) {
    std::vector<std::uint32_t> pending = {start};
    while (!pending.empty()) {
      const std::uint32_t here = pending.back();
      pending.pop_back();
      for (std::uint32_t i = begins_[here]; i < begins_[here + 1]; ++i) {
        const WalkEdge& edge = walk_.edges()[i];
        const std::uint32_t far = edge.far;
        const bool is_shown = places_[far] != GraphWalk::kNowhere;
        if (seen_by_[far] == start) continue;
        seen_by_[far] = start;
        if (is_shown && here == start) continue;  // By an edge of its own, which is enough.
        if (steps_left-- == 0 || added_ == kContractedEdgesMax) {
          steps_left = 0;
          answer.is_cut = true;
          return;
        }
        if (!is_shown) {
          pending.push_back(far);
        } else if (far != start) {
          Add(start, edge, answer);
        }
      }
    }
  }

  void Add(std::uint32_t near, const WalkEdge& last, GraphAnswer& answer) {
    const bool is_up = walk_.direction() == Direction::kUp;
    answer.edges.push_back({places_[is_up ? last.far : near], places_[is_up ? near : last.far],
                            EdgeKind::kVia, paths_.Of(last)});
    ++added_;
  }

  const GraphWalk& walk_;
  const std::vector<std::uint32_t>& places_;
  Paths& paths_;
  std::vector<std::uint32_t> begins_;   // Of the edges of each node.
  std::vector<std::uint32_t> seen_by_;  // Which search came upon a node last.
  std::size_t added_ = 0;
};

}  // namespace

std::string_view NodeSortName(NodeSort sort) { return kSortNames[static_cast<std::size_t>(sort)]; }

std::optional<NodeSort> ParseNodeSort(std::string_view name) {
  const auto found = std::ranges::find(kSortNames, name);
  if (found == kSortNames.end()) return std::nullopt;
  return static_cast<NodeSort>(found - kSortNames.begin());
}

bool Includes(const std::vector<NodeSort>& sorts, NodeSort sort) {
  const auto has = [&](NodeSort one) { return std::ranges::find(sorts, one) != sorts.end(); };
  return sorts.empty() || has(sort) || (sort == NodeSort::kLibrary && has(NodeSort::kArtifact)) ||
         (sort == NodeSort::kCommit && has(NodeSort::kCode));
}

Subgraph ToSubgraph(const GraphAnswer& answer) {
  Subgraph graph;
  graph.nodes.reserve(answer.nodes.size());
  for (const GraphNode& node : answer.nodes) graph.nodes.push_back(node.id);
  graph.edges.reserve(answer.edges.size());
  for (const GraphEdge& edge : answer.edges) {
    graph.edges.push_back(
        {answer.nodes[edge.from].id, answer.nodes[edge.to].id, edge.kind, answer.paths[edge.path]});
  }
  std::ranges::sort(graph.edges);
  return graph;
}

Result<GraphAnswer> Ask(const Catalog& catalog, const GraphQuestion& question) {
  GraphWalk walk(catalog, question, GraphWalk::Keep::kNodesAndEdges);
  REPRISE_TRY(walk.Run());
  GraphAnswer answer;
  answer.is_cut = walk.is_cut();
  REPRISE_ASSIGN_OR_RETURN(const auto places, ShowNodes(catalog, walk, question, answer));
  REPRISE_ASSIGN_OR_RETURN(answer.cycle, CycleOfRuns(catalog, walk));
  REPRISE_ASSIGN_OR_RETURN(answer.partial, PartialFoldersMet(catalog, walk));
  Paths paths(walk, answer);
  bool hides_any = false;
  for (const WalkEdge& edge : walk.edges()) {
    const std::uint32_t near = places[edge.near];
    const std::uint32_t far = places[edge.far];
    if (near == GraphWalk::kNowhere || far == GraphWalk::kNowhere) {
      hides_any = true;
      continue;
    }
    const bool is_up = question.direction == Direction::kUp;
    answer.edges.push_back(
        {is_up ? far : near, is_up ? near : far, walk.KindOf(edge), paths.Of(edge)});
  }
  if (hides_any) {
    walk.SortEdges();
    Contraction(walk, places, paths).Contract(answer);
  }
  std::ranges::sort(answer.edges);
  answer.edges.erase(std::unique(answer.edges.begin(), answer.edges.end()), answer.edges.end());
  return answer;
}

Result<GraphSummary> AskForNodes(
    const Catalog& catalog, const GraphQuestion& question,
    const std::function<Result<void>(std::span<const GraphNode> nodes)>& visit) {
  constexpr std::size_t kAtOnce = 4096;
  GraphWalk walk(catalog, question, GraphWalk::Keep::kNodes);
  REPRISE_TRY(walk.Run());
  std::vector<NodeNumber> numbers;
  std::vector<GraphNode> nodes;
  const auto flush = [&]() -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(auto ids, FindNodes(catalog, numbers));
    for (std::size_t i = 0; i < ids.size(); ++i) nodes[i].id = std::move(ids[i]);
    REPRISE_TRY(visit(nodes));
    numbers.clear();
    nodes.clear();
    return {};
  };
  for (const WalkNode& node : walk.nodes()) {
    if (!node.is_shown || node.depth == 0) continue;
    numbers.push_back(node.number);
    nodes.push_back({{}, node.sort(), node.depth});
    if (numbers.size() == kAtOnce) REPRISE_TRY(flush());
  }
  REPRISE_TRY(flush());
  GraphSummary summary;
  summary.is_cut = walk.is_cut();
  REPRISE_ASSIGN_OR_RETURN(summary.cycle, CycleOfRuns(catalog, walk));
  REPRISE_ASSIGN_OR_RETURN(summary.partial, PartialFoldersMet(catalog, walk));
  return summary;
}

}  // namespace reprise::lineage
