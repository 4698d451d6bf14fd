// The walk behind a question about the graph: which nodes are met, and by which edges.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lineage/edge_keys.h"
#include "lineage/graph_query.h"
#include "lineage/neighbours.h"
#include "lineage/place_table.h"

namespace reprise::lineage {

NodeSort SortOf(NodeId::Kind kind, bool is_library);

// Small, because a walk may meet millions.
struct WalkNode {
  NodeNumber number = 0;
  std::uint32_t depth = 0;
  NodeId::Kind kind = NodeId::Kind::kArtifact;
  bool is_library = false;
  bool is_shown = false;
  // Whether something that is not refused led there; only looked at where what only refused runs
  // led to is hidden.  Of a run: that it is accepted.
  bool is_reached = false;

  NumberedNode node() const { return {number, kind}; }
  NodeSort sort() const { return SortOf(kind, is_library); }
};

struct WalkEdge {
  std::uint32_t near = 0;  // Places in GraphWalk::nodes(); `near` is where the walk came from.
  std::uint32_t far = 0;
  std::uint32_t label = 0;  // For KindOf() and PathOf().
};

class GraphWalk {
 public:
  static constexpr std::uint32_t kNowhere = PlaceTable::kNowhere;
  enum class Keep { kNodes, kNodesAndEdges };

  // Both must outlive the walk.
  GraphWalk(const storage::Catalog& catalog, const GraphQuestion& question, Keep keep);

  Result<void> Run();

  const std::deque<WalkNode>& nodes() const { return nodes_; }
  // Empty unless they are kept.
  const std::deque<WalkEdge>& edges() const { return edges_; }
  // Sorts the edges by their near ends.
  void SortEdges();
  // Of an edge whose far end is shown; of others kVia and "".
  EdgeKind KindOf(const WalkEdge& edge) const;
  std::string_view PathOf(const WalkEdge& edge) const;
  std::size_t label_count() const { return labels_.size(); }
  // Edges between runs that make one the origin of the other, as (near, far); kept in any case.
  const std::vector<std::pair<std::uint32_t, std::uint32_t>>& origins() const { return origins_; }
  // The place of each start; kNowhere: the graph does not have it.
  const std::vector<std::uint32_t>& starts() const { return starts_; }
  Direction direction() const { return question_.direction; }
  bool is_cut() const { return is_cut_; }
  // The place of the node with that number; kNowhere: it was not met.
  std::uint32_t PlaceOf(NodeNumber number) const { return places_.Find(number); }
  // Whether a walk that met the node by an edge went no further there.
  bool IsEnd(std::uint32_t place) const {
    return nodes_[place].depth > 0 && ends_.Has(nodes_[place].number);
  }

 private:
  Result<void> FindStarts();
  Result<void> WalkLevel(std::uint32_t depth);
  bool Take(const Step& step, std::uint32_t depth);
  bool TakeNew(std::uint32_t near, std::uint32_t far);
  bool Reach(std::uint32_t near, std::uint32_t far, std::uint32_t depth);
  bool SettlesRuns() const;
  bool IsHidden(std::uint32_t place) const;
  void AddEdge(std::uint32_t near, std::uint32_t far, const Step& step);
  bool Show(std::uint32_t place);
  bool NoteLibrary(std::uint32_t place);
  // Asks which of the runs that wait for it are shown.
  Result<void> SettleRuns();
  bool Wants(NodeSort sort) const;
  bool MayBeShown(const WalkNode& node) const;
  std::uint32_t LabelNumber(EdgeKind kind, std::string_view path);

  const storage::Catalog& catalog_;
  const GraphQuestion& question_;
  const Keep keep_;
  Neighbours neighbours_;
  EmptyNodes ends_;
  std::deque<WalkNode> nodes_;  // Not vectors, which need thrice the memory while they grow.
  std::deque<WalkEdge> edges_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> origins_;
  std::vector<std::uint32_t> starts_;
  PlaceTable places_;
  std::unordered_map<std::string, std::uint32_t> label_numbers_;  // By kind and path.
  std::vector<const std::string*> labels_;                        // The keys of the map.
  std::vector<std::uint32_t> unsettled_;                          // Runs.
  std::vector<std::uint32_t> late_;  // That were reached after the walk had gone on from them.
  std::uint64_t shown_ = 0;          // Beside the starts.
  bool is_cut_ = false;
  std::optional<Error> failed_;
};

// As FindCycleOfRuns(), over what was walked.
Result<std::vector<NodeId>> CycleOfRuns(const storage::Catalog& catalog, const GraphWalk& walk);

// The folders and code that are linked in part among what was walked and around the starts.
Result<std::vector<NodeId>> PartialFoldersMet(const storage::Catalog& catalog,
                                              const GraphWalk& walk);

}  // namespace reprise::lineage
