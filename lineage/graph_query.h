// Questions about the whole lineage graph: what is upstream and downstream, filtered; and the ways
// from one node to another.
//
// The cost of an answer grows with the part of the graph that is walked, not with the store.
// Memory beside the answer: some 30 bytes for each node walked, and 12 for each edge where edges
// are asked for.  docs/decisions/0023-graph-questions.md.
//
// Thread-safety: as the catalog.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lineage/graph.h"
#include "storage/base/result.h"
#include "storage/catalog.h"

namespace reprise::lineage {

// What a node is to those who ask.  A library is an artifact or a package that an environment
// holds.
enum class NodeSort : std::uint8_t {
  kRun,
  kArtifact,
  kCode,
  kEnvironment,
  kLibrary,
  kModel,
  kCommit
};
std::string_view NodeSortName(NodeSort sort);  // "run", "artifact", …
std::optional<NodeSort> ParseNodeSort(std::string_view name);
// Whether nodes of that sort are among those that are asked for: a library is an artifact, too, and
// a commit is code; without any all are.
bool Includes(const std::vector<NodeSort>& sorts, NodeSort sort);

struct GraphNode {
  NodeId id;
  NodeSort sort = NodeSort::kArtifact;
  std::uint32_t depth = 0;  // Edges to the nearest start, hidden nodes counted.

  friend bool operator==(const GraphNode&, const GraphNode&) = default;
};

// Places in GraphAnswer::nodes and paths.
struct GraphEdge {
  std::uint32_t from = 0;  // Earlier in the flow of data.
  std::uint32_t to = 0;
  EdgeKind kind = EdgeKind::kUsed;
  std::uint32_t path = 0;

  friend bool operator==(const GraphEdge&, const GraphEdge&) = default;
  friend auto operator<=>(const GraphEdge&, const GraphEdge&) = default;
};

struct GraphAnswer {
  std::vector<GraphNode> nodes;    // The starts first, then by depth, then by id.
  std::vector<GraphEdge> edges;    // Sorted.
  std::vector<std::string> paths;  // Raw bytes; the first is "".
  // There is more than was asked for (GraphQuestion::nodes_max), or than can be told
  // (kContractedEdgesMax).
  bool is_cut = false;
  std::vector<NodeId> cycle;  // As FindCycleOfRuns(), of all that was walked.
  // Folders and code that were met, or that a start lies in, of which not all members are linked
  // (kFolderMembersMax): there may be more that has to do with what is in them.
  std::vector<NodeId> partial;
};

// The answer as edges with both their ends, for FindCycleOfRuns() and renderers.
Subgraph ToSubgraph(const GraphAnswer& answer);

// Between shown nodes that only hidden ones lie between there is one edge kVia, with a path under
// which the farther one is known to its hidden neighbour.  Beyond so many, which a hidden node
// between thousands of shown ones brings about, the answer is cut.
inline constexpr std::size_t kContractedEdgesMax = 1'000'000;

struct GraphQuestion {
  std::vector<NodeId> starts;  // Shown in any case.  Those that the graph does not have are alone.
  Direction direction = Direction::kUp;
  std::optional<std::uint64_t> depth_max;  // In edges, hidden nodes counted.
  std::optional<std::uint64_t> nodes_max;  // Shown beside the starts; the nearest ones.
  // Which nodes are shown; empty: all but libraries that no run wrote, which kLibrary alone brings.
  // A node that is not shown is passed through.
  std::vector<NodeSort> sorts;
  // Which of `runs` are shown; empty: all.  Those that are not are passed through.
  std::function<Result<std::vector<bool>>(std::span<const NodeId> runs)> accepts_runs;
  // Nor is shown what only runs led to that `accepts_runs` refuses: artifacts that they alone made,
  // and models that these were registered as.
  bool only_of_accepted = false;
  // Edges between runs and artifacts alone.
  bool data_only = false;
};

// Errors: kCorruption  a row is malformed.  Those of `accepts_runs`.
Result<GraphAnswer> Ask(const storage::Catalog& catalog, const GraphQuestion& question);

// What there is to say of an answer beside its nodes and edges: as in GraphAnswer.
struct GraphSummary {
  bool is_cut = false;
  std::vector<NodeId> cycle;
  std::vector<NodeId> partial;
};

// Calls `visit` for the shown nodes beside the starts, some thousands at once, by depth.  Neither
// the nodes nor any edges are kept, for those who count.
// Errors: as Ask(), and those of `visit`.
Result<GraphSummary> AskForNodes(
    const storage::Catalog& catalog, const GraphQuestion& question,
    const std::function<Result<void>(std::span<const GraphNode> nodes)>& visit);

// The ways from one of `from` to one of `to` along the flow of data that are the shortest.
struct PathQuestion {
  std::vector<NodeId> from;
  std::vector<NodeId> to;
  std::size_t ways_max = 1;
  std::optional<std::uint64_t> depth_max;  // Edges of a way.
  // Which nodes between its ends are told, as in GraphQuestion; of those left out an edge kVia
  // stands, and ways that become equal are one.
  std::vector<NodeSort> sorts;
  std::function<Result<std::vector<bool>>(std::span<const NodeId> runs)> accepts_runs;
};
struct PathAnswer {
  // Each from its beginning to its end; those whose nodes came into the store earlier come first.
  // Of several edges between two nodes one is told.  Empty: there is none.
  std::vector<std::vector<Edge>> ways;
  bool is_cut = false;  // There are more than `ways_max`.
  // `from` and `to` have a node in common: the way has no edges.
  bool is_same = false;
  std::size_t length = 0;       // Edges of each way, with those that are left out.
  std::vector<NodeId> cycle;    // As FindCycleOfRuns(), of all that `to` came from.
  std::vector<NodeId> partial;  // As in GraphAnswer, of the walk up from `to`.
};
Result<PathAnswer> FindPaths(const storage::Catalog& catalog, const PathQuestion& question);

}  // namespace reprise::lineage
