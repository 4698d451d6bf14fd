// The walk behind a question about the graph: which nodes are met, and by which edges.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lineage/edge_keys.h"
#include "lineage/graph_query.h"
#include "lineage/neighbours.h"

namespace reprise::lineage {

NodeSort SortOf(NodeId::Kind kind, bool is_library);

struct WalkNode {
  NumberedNode node;
  std::uint32_t depth = 0;
  bool is_library = false;
  bool is_shown = false;
};

struct WalkEdge {
  std::uint32_t near = 0;  // Places in GraphWalk::nodes(); `near` is where the walk came from.
  std::uint32_t far = 0;
  EdgeKind kind = EdgeKind::kUsed;
  std::uint32_t path = 0;
};

class GraphWalk {
 public:
  static constexpr std::uint32_t kNowhere = UINT32_MAX;

  // Both must outlive the walk.
  GraphWalk(const storage::Catalog& catalog, const GraphQuestion& question);

  Result<void> Run();

  const std::vector<WalkNode>& nodes() const { return nodes_; }
  const std::vector<WalkEdge>& edges() const { return edges_; }
  // The place of each start; kNowhere: the graph does not have it.
  const std::vector<std::uint32_t>& starts() const { return starts_; }
  Direction direction() const { return question_.direction; }
  bool is_cut() const { return is_cut_; }
  NodeSort SortOfNode(std::uint32_t place) const {
    return SortOf(nodes_[place].node.kind, nodes_[place].is_library);
  }
  const std::vector<std::string>& paths() const { return paths_; }
  std::vector<std::string> TakePaths() { return std::move(paths_); }
  // The place of the node with that number; kNowhere: it was not met.
  std::uint32_t PlaceOf(NodeNumber number) const;

 private:
  Result<void> FindStarts();
  Result<void> WalkLevel(std::uint32_t depth);
  bool Take(const Step& step, std::uint32_t depth);
  bool Show(std::uint32_t place);
  bool NoteLibrary(std::uint32_t place);
  // Asks which of the runs that wait for it are shown.
  Result<void> SettleRuns();
  bool Wants(NodeSort sort) const;
  std::uint32_t PathNumber(std::string_view path);

  const storage::Catalog& catalog_;
  const GraphQuestion& question_;
  Neighbours neighbours_;
  bool shows_libraries_ = false;
  std::vector<WalkNode> nodes_;
  std::vector<WalkEdge> edges_;
  std::vector<std::uint32_t> starts_;
  std::unordered_map<NodeNumber, std::uint32_t> places_;
  std::vector<std::string> paths_ = {""};
  std::unordered_map<std::string, std::uint32_t> path_numbers_ = {{"", 0}};
  std::vector<std::uint32_t> unsettled_;  // Runs.
  std::uint64_t shown_ = 0;               // Beside the starts.
  bool is_cut_ = false;
  std::optional<Error> failed_;
};

// FindCycleOfRuns() over what was walked.
Result<std::vector<NodeId>> CycleOfRuns(const storage::Catalog& catalog, const GraphWalk& walk);

}  // namespace reprise::lineage
