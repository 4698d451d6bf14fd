// Edges are rows by either end (lineage/edge_keys.h).  What an artifact has to do with runs through
// the folders around it is not stored but put together from the folders' rows when asked.

#include "lineage/graph.h"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>

#include "lineage/edge_keys.h"
#include "lineage/folder_members.h"

namespace reprise::lineage {
namespace {

using storage::Catalog;

constexpr std::array<std::string_view, 6> kEdgeKindNames = {
    "used", "produced", "reproduces", "derived_from", "contains", "part_of"};

Result<void> IndexUse(const NodeId& run, const ArtifactUse& use, EdgeKind kind,
                      const Catalog& catalog, storage::ObjectReader& objects,
                      storage::CatalogBatch& batch) {
  const NodeId artifact = NodeId::Artifact(use.digest);
  const bool is_folder = use.kind == ArtifactKind::kFolder;
  const bool is_used = kind == EdgeKind::kUsed;
  PutEdge({is_used ? artifact : run, is_used ? run : artifact, kind, use.path},
          is_folder ? kFolderMark : kContentMark, batch);
  if (!is_folder) return {};
  return IndexMembers(use.digest, is_used ? FolderRole::kUsed : FolderRole::kProduced, catalog,
                      objects, batch);
}

Result<void> IndexOrigin(const NodeId& run, const std::optional<std::string>& origin, EdgeKind kind,
                         storage::CatalogBatch& batch) {
  if (!origin.has_value()) return {};
  const auto id = Ulid::Parse(*origin);
  if (!id.ok()) return Error{ErrorCode::kCorruption, id.error().message};
  PutEdge({NodeId::Run(*id), run, kind, ""}, kContentMark, batch);
  return {};
}

std::string Join(const std::string& folder, const std::string& path) {
  return folder.empty() || folder == "." ? path : folder + "/" + path;
}

// One question about the graph: the walks of both directions differ only in the ends.
class Neighbours {
 public:
  Neighbours(const Catalog& catalog, Direction direction)
      : catalog_(catalog), direction_(direction), known_(catalog) {}

  // The edges at `node`, sorted: into it when walking up, from it when walking down.
  Result<std::vector<Edge>> Of(const NodeId& node) {
    std::vector<Edge> edges;
    std::vector<StoredEdge> folders;
    REPRISE_TRY(ScanEdges(catalog_, EdgePrefix(Row(), node), [&](StoredEdge stored) {
      edges.push_back(stored.edge);
      if (stored.is_folder) folders.push_back(std::move(stored));
      return true;
    }));
    if (node.kind == NodeId::Kind::kRun) {
      REPRISE_TRY(AddKnownMembers(folders, edges));
    } else {
      REPRISE_TRY(AddFoldersAround(node, edges));
    }
    std::ranges::sort(edges);
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    return edges;
  }

  // The members of the folder `node` that runs know by themselves, as edges kPartOf or kContains.
  Result<std::vector<Edge>> MembersOf(const NodeId& node) {
    std::vector<Edge> edges;
    REPRISE_ASSIGN_OR_RETURN(const auto* const members, known_.Find(node.artifact, FarRole()));
    for (const Member& member : *members) {
      const NodeId part = NodeId::Artifact(member.digest);
      edges.push_back(direction_ == Direction::kUp
                          ? Edge{part, node, EdgeKind::kPartOf, member.path}
                          : Edge{node, part, EdgeKind::kContains, member.path});
    }
    std::ranges::sort(edges);
    return edges;
  }

  const NodeId& FarEnd(const Edge& edge) const {
    return direction_ == Direction::kUp ? edge.from : edge.to;
  }

 private:
  char Row() const { return direction_ == Direction::kUp ? kIntoRow : kFromRow; }
  // What made the artifacts that a walk up meets, and what read those that a walk down meets.
  FolderRole FarRole() const {
    return direction_ == Direction::kUp ? FolderRole::kProduced : FolderRole::kUsed;
  }

  // `folders`: edges between a run and folders.
  Result<void> AddKnownMembers(const std::vector<StoredEdge>& folders, std::vector<Edge>& edges) {
    for (const StoredEdge& stored : folders) {
      REPRISE_ASSIGN_OR_RETURN(const auto* const members,
                               known_.Find(FarEnd(stored.edge).artifact, FarRole()));
      for (const Member& member : *members) {
        Edge edge = stored.edge;
        (direction_ == Direction::kUp ? edge.from : edge.to) = NodeId::Artifact(member.digest);
        edge.path = Join(edge.path, member.path);
        edges.push_back(std::move(edge));
      }
    }
    return {};
  }

  Result<void> AddFoldersAround(const NodeId& node, std::vector<Edge>& edges) {
    REPRISE_ASSIGN_OR_RETURN(const std::vector<Member> around,
                             FoldersAround(catalog_, node.artifact, FarRole()));
    for (const Member& folder : around) {
      const NodeId outer = NodeId::Artifact(folder.digest);
      REPRISE_TRY(ScanEdges(catalog_, EdgePrefix(Row(), outer), [&](StoredEdge stored) {
        if (!stored.is_folder) return true;  // A file with the bytes of a tree document.
        (direction_ == Direction::kUp ? stored.edge.to : stored.edge.from) = node;
        stored.edge.path = Join(stored.edge.path, folder.path);
        edges.push_back(std::move(stored.edge));
        return true;
      }));
    }
    return {};
  }

  const Catalog& catalog_;
  Direction direction_;
  KnownMembers known_;
};

}  // namespace

std::string NodeId::ToString() const {
  return kind == Kind::kRun ? run.ToString() : artifact.ToString();
}

std::string_view EdgeKindName(EdgeKind kind) {
  return kEdgeKindNames[static_cast<std::size_t>(kind) - 1];
}

Result<void> IndexRunEdges(const RunRecord& run, const Recipe& recipe, const Catalog& catalog,
                           storage::ObjectReader& objects, storage::CatalogBatch& batch) {
  const NodeId node = NodeId::Run(run.id);
  for (const ArtifactUse& input : recipe.inputs) {
    REPRISE_TRY(IndexUse(node, input, EdgeKind::kUsed, catalog, objects, batch));
  }
  for (const ArtifactUse& output : run.outputs) {
    REPRISE_TRY(IndexUse(node, output, EdgeKind::kProduced, catalog, objects, batch));
  }
  REPRISE_TRY(IndexOrigin(node, run.reproduces, EdgeKind::kReproduces, batch));
  return IndexOrigin(node, run.derived_from, EdgeKind::kDerivedFrom, batch);
}

Result<void> IndexFolderMembers(const Digest& tree, const Catalog& catalog,
                                storage::ObjectReader& objects, storage::CatalogBatch& batch) {
  return IndexMembers(tree, FolderRole::kUsed, catalog, objects, batch);
}

Result<std::vector<Edge>> EdgesInto(const Catalog& catalog, const NodeId& node) {
  return Neighbours(catalog, Direction::kUp).Of(node);
}

Result<std::vector<Edge>> EdgesFrom(const Catalog& catalog, const NodeId& node) {
  return Neighbours(catalog, Direction::kDown).Of(node);
}

Result<Subgraph> Traverse(const Catalog& catalog, const NodeId& start, Direction direction,
                          std::optional<std::uint64_t> depth_max) {
  Neighbours neighbours(catalog, direction);
  Subgraph graph;
  std::set<NodeId> seen = {start};
  std::set<Edge> edges;
  std::vector<NodeId> level = {start};
  for (std::uint64_t depth = 0; !level.empty(); ++depth) {
    graph.nodes.insert(graph.nodes.end(), level.begin(), level.end());
    if (depth_max.has_value() && depth >= *depth_max) break;
    std::set<NodeId> next;
    for (const NodeId& node : level) {
      REPRISE_ASSIGN_OR_RETURN(std::vector<Edge> found, neighbours.Of(node));
      if (depth == 0 && node.kind == NodeId::Kind::kArtifact) {
        REPRISE_ASSIGN_OR_RETURN(const std::vector<Edge> members, neighbours.MembersOf(node));
        found.insert(found.end(), members.begin(), members.end());
      }
      for (Edge& edge : found) {
        const NodeId& far = neighbours.FarEnd(edge);
        if (seen.insert(far).second) next.insert(far);
        edges.insert(std::move(edge));
      }
    }
    level.assign(next.begin(), next.end());
  }
  graph.edges.assign(edges.begin(), edges.end());
  return graph;
}

// Takes away what comes from nothing that is left, as long as there is any; what remains comes from
// something that remains, so that walking back must meet itself.
std::vector<NodeId> FindCycleOfRuns(const Subgraph& graph) {
  std::map<NodeId, std::vector<NodeId>> origins;
  std::map<NodeId, std::vector<NodeId>> descendants;
  for (const Edge& edge : graph.edges) {
    if (edge.kind != EdgeKind::kReproduces && edge.kind != EdgeKind::kDerivedFrom) continue;
    origins[edge.to].push_back(edge.from);
    origins.try_emplace(edge.from);
    descendants[edge.from].push_back(edge.to);
  }
  std::map<NodeId, std::size_t> left;  // How many origins of each remain.
  std::vector<NodeId> free;
  for (const auto& [run, from] : origins) {
    left[run] = from.size();
    if (from.empty()) free.push_back(run);
  }
  while (!free.empty()) {
    const NodeId run = free.back();
    free.pop_back();
    left.erase(run);
    for (const NodeId& next : descendants[run]) {
      if (--left.at(next) == 0) free.push_back(next);
    }
  }
  if (left.empty()) return {};
  std::vector<NodeId> walk;
  NodeId run = left.begin()->first;
  for (auto met = walk.end(); met == walk.end(); met = std::ranges::find(walk, run)) {
    walk.push_back(run);
    run = *std::ranges::find_if(origins[run],
                                [&](const NodeId& from) { return left.contains(from); });
  }
  walk.erase(walk.begin(), std::ranges::find(walk, run));
  return walk;
}

}  // namespace reprise::lineage
