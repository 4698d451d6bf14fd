// A walk by levels over the nodes' numbers; identities are looked up once, at the end, for what is
// shown.  Hidden nodes are contracted afterwards: from each shown node a search through hidden ones
// finds the shown ones behind them.

#include "lineage/graph_query.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <span>
#include <utility>

#include "lineage/folder_members.h"
#include "lineage/graph_walk.h"
#include "lineage/neighbours.h"

namespace reprise::lineage {
namespace {

using storage::Catalog;

constexpr std::array<std::string_view, 6> kSortNames = {"run",         "artifact", "code",
                                                        "environment", "library",  "model"};

// Adds to `answer` the shown nodes of `walk`, by depth, then id; returns the place of each node.
Result<std::vector<std::uint32_t>> ShowNodes(const Catalog& catalog, const GraphWalk& walk,
                                             const GraphQuestion& question, GraphAnswer& answer) {
  constexpr std::uint32_t kNowhere = GraphWalk::kNowhere;
  std::vector<std::uint32_t> shown;
  std::vector<NodeNumber> numbers;
  for (std::uint32_t i = 0; i < walk.nodes().size(); ++i) {
    if (!walk.nodes()[i].is_shown || walk.nodes()[i].depth == 0) continue;
    shown.push_back(i);
    numbers.push_back(walk.nodes()[i].node.number);
  }
  REPRISE_ASSIGN_OR_RETURN(const auto ids, FindNodes(catalog, numbers));
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
         start == kNowhere ? SortOf(question.starts[i].kind, false) : walk.SortOfNode(start), 0});
  }
  for (const std::size_t i : order) {
    places[shown[i]] = static_cast<std::uint32_t>(answer.nodes.size());
    answer.nodes.push_back({ids[i], walk.SortOfNode(shown[i]), walk.nodes()[shown[i]].depth});
  }
  return places;
}

// The edges of the walk by the node that they lead away from the start at.
class Adjacency {
 public:
  explicit Adjacency(const GraphWalk& walk) : walk_(walk), begins_(walk.nodes().size() + 1, 0) {
    for (const WalkEdge& edge : walk.edges()) ++begins_[edge.near + 1];
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    edges_.resize(walk.edges().size());
    std::vector<std::uint32_t> next(begins_.begin(), begins_.end() - 1);
    for (std::uint32_t i = 0; i < walk.edges().size(); ++i) {
      edges_[next[walk.edges()[i].near]++] = i;
    }
  }
  std::span<const std::uint32_t> Of(std::uint32_t node) const {
    return std::span(edges_).subspan(begins_[node], begins_[node + 1] - begins_[node]);
  }

 private:
  const GraphWalk& walk_;
  std::vector<std::uint32_t> begins_;
  std::vector<std::uint32_t> edges_;
};

// Adds an edge kVia from each shown node to those behind hidden ones.
class Contraction {
 public:
  Contraction(const GraphWalk& walk, const std::vector<std::uint32_t>& places, Direction direction)
      : walk_(walk),
        places_(places),
        direction_(direction),
        adjacency_(walk),
        seen_by_(walk.nodes().size(), GraphWalk::kNowhere) {}

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
      for (const std::uint32_t i : adjacency_.Of(here)) {
        const std::uint32_t far = walk_.edges()[i].far;
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
          Add(start, far, walk_.edges()[i].path, answer);
        }
      }
    }
  }

  void Add(std::uint32_t near, std::uint32_t far, std::uint32_t path, GraphAnswer& answer) {
    const bool is_up = direction_ == Direction::kUp;
    answer.edges.push_back(
        {places_[is_up ? far : near], places_[is_up ? near : far], EdgeKind::kVia, path});
    ++added_;
  }

  const GraphWalk& walk_;
  const std::vector<std::uint32_t>& places_;
  const Direction direction_;
  const Adjacency adjacency_;
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
  GraphWalk walk(catalog, question);
  REPRISE_TRY(walk.Run());
  GraphAnswer answer;
  answer.is_cut = walk.is_cut();
  REPRISE_ASSIGN_OR_RETURN(const auto places, ShowNodes(catalog, walk, question, answer));
  REPRISE_ASSIGN_OR_RETURN(answer.cycle, CycleOfRuns(catalog, walk));
  if (question.nodes_only) return answer;
  bool hides_any = false;
  for (const WalkEdge& edge : walk.edges()) {
    const std::uint32_t near = places[edge.near];
    const std::uint32_t far = places[edge.far];
    if (near == GraphWalk::kNowhere || far == GraphWalk::kNowhere) {
      hides_any = true;
      continue;
    }
    const bool is_up = question.direction == Direction::kUp;
    answer.edges.push_back({is_up ? far : near, is_up ? near : far, edge.kind, edge.path});
  }
  if (hides_any) Contraction(walk, places, question.direction).Contract(answer);
  answer.paths = walk.TakePaths();
  std::ranges::sort(answer.edges);
  answer.edges.erase(std::unique(answer.edges.begin(), answer.edges.end()), answer.edges.end());
  return answer;
}

}  // namespace reprise::lineage
