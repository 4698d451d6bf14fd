#include "lineage/graph_walk.h"

#include <algorithm>

#include "lineage/folder_members.h"

namespace reprise::lineage {
namespace {

using Kind = NodeId::Kind;

// So many runs are asked about at once.
constexpr std::size_t kRunsAtOnce = 1024;

bool Contains(const std::vector<NodeSort>& sorts, NodeSort sort) {
  return std::ranges::find(sorts, sort) != sorts.end();
}

}  // namespace

NodeSort SortOf(Kind kind, bool is_library) {
  switch (kind) {
    case Kind::kRun:
      return NodeSort::kRun;
    case Kind::kArtifact:
      return is_library ? NodeSort::kLibrary : NodeSort::kArtifact;
    case Kind::kCode:
    case Kind::kCommit:
      return NodeSort::kCode;
    case Kind::kEnvironment:
      return NodeSort::kEnvironment;
    case Kind::kModel:
      return NodeSort::kModel;
  }
  return NodeSort::kArtifact;
}

GraphWalk::GraphWalk(const storage::Catalog& catalog, const GraphQuestion& question)
    : catalog_(catalog),
      question_(question),
      neighbours_(catalog, question.direction,
                  {.data_only = question.data_only,
                   .all_libraries = Contains(question.sorts, NodeSort::kLibrary)}) {}

bool GraphWalk::Wants(NodeSort sort) const {
  return question_.sorts.empty() || Contains(question_.sorts, sort) ||
         // A library is an artifact, too.
         (sort == NodeSort::kLibrary && Contains(question_.sorts, NodeSort::kArtifact));
}

std::uint32_t GraphWalk::PlaceOf(NodeNumber number) const {
  const auto place = places_.find(number);
  return place == places_.end() ? kNowhere : place->second;
}

std::uint32_t GraphWalk::PathNumber(std::string_view path) {
  if (path.empty()) return 0;
  const auto [place, is_new] =
      path_numbers_.try_emplace(std::string(path), static_cast<std::uint32_t>(paths_.size()));
  if (is_new) paths_.emplace_back(path);
  return place->second;
}

Result<void> GraphWalk::FindStarts() {
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, FindNumbers(catalog_, question_.starts));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!numbers[i].has_value()) {
      starts_.push_back(kNowhere);
      continue;
    }
    const auto [place, is_new] =
        places_.try_emplace(*numbers[i], static_cast<std::uint32_t>(nodes_.size()));
    if (is_new) nodes_.push_back({{*numbers[i], question_.starts[i].kind}, 0, false, true});
    starts_.push_back(place->second);
  }
  return {};
}

// Counts a node among those that are shown; false: there is no room for it, and it is not.
bool GraphWalk::Show(std::uint32_t place) {
  WalkNode& node = nodes_[place];
  if (node.is_shown) return true;
  if (question_.nodes_max.has_value() && shown_ >= *question_.nodes_max) {
    is_cut_ = true;
    return false;
  }
  node.is_shown = true;
  ++shown_;
  return true;
}

// That an artifact is a library shows when the environment around it is met.
bool GraphWalk::NoteLibrary(std::uint32_t place) {
  nodes_[place].is_library = true;
  return nodes_[place].depth == 0 || !Wants(NodeSort::kLibrary) || Show(place);
}

bool GraphWalk::Take(const Step& step, std::uint32_t depth) {
  const std::uint32_t near = places_.at(step.near.number);
  const auto [entry, is_new] =
      places_.try_emplace(step.far.number, static_cast<std::uint32_t>(nodes_.size()));
  const std::uint32_t far = entry->second;
  if (is_new) {
    nodes_.push_back({step.far, depth + 1, false, false});
    const bool waits = step.far.kind == Kind::kRun && question_.accepts_runs != nullptr;
    if (waits && Wants(NodeSort::kRun)) {
      unsettled_.push_back(far);
    } else if (Wants(SortOf(step.far.kind, false)) && !Show(far)) {
      places_.erase(entry);
      nodes_.pop_back();
      return false;
    }
  }
  edges_.push_back({near, far, step.kind, PathNumber(step.path)});
  if (step.kind == EdgeKind::kPartOf) {
    const bool is_up = question_.direction == Direction::kUp;
    const std::uint32_t outer = is_up ? near : far;
    if (nodes_[outer].node.kind == Kind::kEnvironment && !NoteLibrary(is_up ? far : near)) {
      return false;
    }
  }
  if (unsettled_.size() < kRunsAtOnce) return true;
  if (auto settled = SettleRuns(); !settled.ok()) failed_ = settled.error();
  return !failed_.has_value() && !is_cut_;
}

Result<void> GraphWalk::SettleRuns() {
  if (unsettled_.empty()) return {};
  std::vector<NodeNumber> numbers;
  numbers.reserve(unsettled_.size());
  for (const std::uint32_t place : unsettled_) numbers.push_back(nodes_[place].node.number);
  REPRISE_ASSIGN_OR_RETURN(const auto runs, FindNodes(catalog_, numbers));
  REPRISE_ASSIGN_OR_RETURN(const std::vector<bool> accepted, question_.accepts_runs(runs));
  for (std::size_t i = 0; i < runs.size() && !is_cut_; ++i) {
    if (accepted[i]) Show(unsettled_[i]);
  }
  unsettled_.clear();
  return {};
}

Result<void> GraphWalk::WalkLevel(std::uint32_t depth) {
  std::vector<NumberedNode> level;
  for (std::size_t i = nodes_.size(); i-- > 0 && nodes_[i].depth == depth;) {
    level.push_back(nodes_[i].node);
  }
  std::ranges::sort(level);
  const auto take = [&](const Step& step) { return Take(step, depth); };
  REPRISE_TRY(neighbours_.ForEach(level, take));
  for (const NumberedNode& node : level) {
    if (depth > 0 || is_cut_ || failed_.has_value()) break;
    if (node.kind == Kind::kArtifact) REPRISE_TRY(neighbours_.ForEachMember(node.number, take));
  }
  if (failed_.has_value()) return *failed_;
  return SettleRuns();
}

Result<void> GraphWalk::Run() {
  REPRISE_TRY(FindStarts());
  for (std::uint32_t depth = 0;; ++depth) {
    if (question_.depth_max.has_value() && depth >= *question_.depth_max) return {};
    const std::size_t before = nodes_.size();
    REPRISE_TRY(WalkLevel(depth));
    if (is_cut_ || nodes_.size() == before) return {};
  }
}

Result<std::vector<NodeId>> CycleOfRuns(const storage::Catalog& catalog, const GraphWalk& walk) {
  std::vector<const WalkEdge*> origins;
  std::vector<NodeNumber> numbers;
  for (const WalkEdge& edge : walk.edges()) {
    if (edge.kind != EdgeKind::kReproduces && edge.kind != EdgeKind::kDerivedFrom) continue;
    origins.push_back(&edge);
    numbers.push_back(walk.nodes()[edge.near].node.number);
    numbers.push_back(walk.nodes()[edge.far].node.number);
  }
  if (origins.empty()) return std::vector<NodeId>();
  REPRISE_ASSIGN_OR_RETURN(const auto ids, FindNodes(catalog, numbers));
  Subgraph graph;
  for (std::size_t i = 0; i < origins.size(); ++i) {
    const NodeId& near = ids[2 * i];
    const NodeId& far = ids[2 * i + 1];
    graph.edges.push_back(walk.direction() == Direction::kUp
                              ? Edge{far, near, origins[i]->kind, ""}
                              : Edge{near, far, origins[i]->kind, ""});
  }
  return FindCycleOfRuns(graph);
}

}  // namespace reprise::lineage
