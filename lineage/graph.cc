// What concerns data alone, as a view of the whole graph.

#include "lineage/graph.h"

#include <algorithm>
#include <array>

#include "lineage/cycle.h"
#include "lineage/folder_members.h"
#include "lineage/graph_query.h"
#include "lineage/neighbours.h"

namespace reprise::lineage {
namespace {

using storage::Catalog;

constexpr std::array<std::string_view, 11> kEdgeKindNames = {
    "used",    "produced",       "reproduces", "derived_from",  "contains", "part_of",
    "code_of", "environment_of", "commit_of",  "registered_as", "via"};

Result<std::vector<Edge>> EdgesAt(const Catalog& catalog, const NodeId& node, Direction direction) {
  std::vector<Edge> edges;
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, FindNumbers(catalog, {&node, 1}));
  if (!numbers.front().has_value()) return edges;
  const NumberedNode here{*numbers.front(), node.kind};
  std::vector<NodeNumber> far;
  REPRISE_TRY(Neighbours(catalog, direction, {.data_only = true})
                  .ForEach({&here, 1}, [&](const Step& step) {
                    far.push_back(step.far.number);
                    edges.push_back({node, node, step.kind, std::string(step.path)});
                    return true;
                  }));
  REPRISE_ASSIGN_OR_RETURN(auto ids, FindNodes(catalog, far));
  for (std::size_t i = 0; i < edges.size(); ++i) {
    (direction == Direction::kUp ? edges[i].from : edges[i].to) = std::move(ids[i]);
  }
  std::ranges::sort(edges);
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

}  // namespace

std::string NodeId::ToString() const {
  switch (kind) {
    case Kind::kArtifact:
      return artifact.ToString();
    case Kind::kRun:
      return run.ToString();
    case Kind::kCode:
      return "code:" + artifact.ToString();
    case Kind::kEnvironment:
      return "environment:" + artifact.ToString();
    case Kind::kModel:
      return "model:" + name;
    case Kind::kCommit:
      return "commit:" + name;
    case Kind::kPackage:
      return name;
  }
  return "";
}

std::string_view EdgeKindName(EdgeKind kind) {
  return kEdgeKindNames[static_cast<std::size_t>(kind) - 1];
}

Result<std::vector<Edge>> EdgesInto(const Catalog& catalog, const NodeId& node) {
  return EdgesAt(catalog, node, Direction::kUp);
}

Result<std::vector<Edge>> EdgesFrom(const Catalog& catalog, const NodeId& node) {
  return EdgesAt(catalog, node, Direction::kDown);
}

Result<std::optional<std::string>> AnyPathOf(const Catalog& catalog, const Digest& artifact) {
  std::optional<std::string> path;
  const NodeId node = NodeId::Artifact(artifact);
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, FindNumbers(catalog, {&node, 1}));
  if (!numbers.front().has_value()) return path;
  const NumberedNode here{*numbers.front(), node.kind};
  for (const Direction direction : {Direction::kUp, Direction::kDown}) {
    REPRISE_TRY(Neighbours(catalog, direction, {.data_only = true})
                    .ForEach({&here, 1}, [&](const Step& step) {
                      path = step.path;
                      return false;
                    }));
    if (path.has_value()) break;
  }
  return path;
}

Result<Subgraph> Traverse(const Catalog& catalog, const NodeId& start, Direction direction,
                          std::optional<std::uint64_t> depth_max) {
  REPRISE_ASSIGN_OR_RETURN(const GraphAnswer answer, Ask(catalog, {.starts = {start},
                                                                   .direction = direction,
                                                                   .depth_max = depth_max,
                                                                   .nodes_max = {},
                                                                   .sorts = {},
                                                                   .accepts_runs = {},
                                                                   .data_only = true}));
  return ToSubgraph(answer);
}

std::vector<NodeId> FindCycleOfRuns(const Subgraph& graph) {
  std::vector<const NodeId*> runs;
  for (const Edge& edge : graph.edges) {
    if (edge.kind != EdgeKind::kReproduces && edge.kind != EdgeKind::kDerivedFrom) continue;
    runs.push_back(&edge.from);
    runs.push_back(&edge.to);
  }
  const auto node = [](const NodeId* run) -> const NodeId& { return *run; };
  std::vector<const NodeId*> sorted = runs;
  std::ranges::sort(sorted, {}, node);
  const auto number = [&](const NodeId* run) {
    return static_cast<std::uint64_t>(std::ranges::lower_bound(sorted, *run, {}, node) -
                                      sorted.begin());
  };
  std::vector<Origin> origins;
  for (std::size_t i = 0; i < runs.size(); i += 2) {
    origins.push_back({number(runs[i]), number(runs[i + 1])});
  }
  std::vector<NodeId> cycle;
  for (const std::uint64_t run : FindCycle(std::move(origins))) cycle.push_back(*sorted[run]);
  return cycle;
}

}  // namespace reprise::lineage
