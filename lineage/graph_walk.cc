#include "lineage/graph_walk.h"

#include <algorithm>

#include "lineage/cycle.h"
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
    case Kind::kPackage:
      return NodeSort::kLibrary;
    case Kind::kCode:
      return NodeSort::kCode;
    case Kind::kCommit:
      return NodeSort::kCommit;
    case Kind::kEnvironment:
      return NodeSort::kEnvironment;
    case Kind::kModel:
      return NodeSort::kModel;
  }
  return NodeSort::kArtifact;
}

GraphWalk::GraphWalk(const storage::Catalog& catalog, const GraphQuestion& question, Keep keep)
    : catalog_(catalog),
      question_(question),
      keep_(keep),
      neighbours_(catalog, question.direction,
                  {.data_only = question.data_only,
                   .all_libraries = Contains(question.sorts, NodeSort::kLibrary)}) {
  LabelNumber(EdgeKind::kVia, "");  // The first, of edges that lead to what is hidden.
}

bool GraphWalk::Wants(NodeSort sort) const { return Includes(question_.sorts, sort); }

// Whether the node is shown, or will be when more is known of it.
bool GraphWalk::MayBeShown(const WalkNode& node) const {
  if (node.is_shown) return true;
  if (node.kind == Kind::kRun) return question_.accepts_runs != nullptr && Wants(NodeSort::kRun);
  const bool may_be_reached = question_.only_of_accepted && Wants(node.sort());
  return may_be_reached || (node.kind == Kind::kArtifact && Wants(NodeSort::kLibrary));
}

std::uint32_t GraphWalk::LabelNumber(EdgeKind kind, std::string_view path) {
  std::string key(1, static_cast<char>(kind));
  key += path;
  const auto [label, is_new] =
      label_numbers_.try_emplace(std::move(key), static_cast<std::uint32_t>(labels_.size()));
  if (is_new) labels_.push_back(&label->first);
  return label->second;
}

EdgeKind GraphWalk::KindOf(const WalkEdge& edge) const {
  return static_cast<EdgeKind>(labels_[edge.label]->front());
}

std::string_view GraphWalk::PathOf(const WalkEdge& edge) const {
  return std::string_view(*labels_[edge.label]).substr(1);
}

void GraphWalk::SortEdges() {
  if (!std::ranges::is_sorted(edges_, {}, &WalkEdge::near)) {
    std::ranges::sort(edges_, {}, &WalkEdge::near);
  }
}

Result<void> GraphWalk::FindStarts() {
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, FindNumbers(catalog_, question_.starts));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (!numbers[i].has_value()) {
      starts_.push_back(kNowhere);
      continue;
    }
    std::uint32_t& place = places_[*numbers[i]];
    if (place == kNowhere) {
      place = static_cast<std::uint32_t>(nodes_.size());
      nodes_.push_back({*numbers[i], 0, question_.starts[i].kind, false, true});
    }
    starts_.push_back(place);
    WalkNode& start = nodes_[place];
    start.is_reached = start.kind != Kind::kRun;
    if (start.kind == Kind::kRun && SettlesRuns()) unsettled_.push_back(place);
  }
  return SettleRuns();
}

// Whether it matters of every run if it is accepted.
bool GraphWalk::SettlesRuns() const {
  return question_.accepts_runs != nullptr && (question_.only_of_accepted || Wants(NodeSort::kRun));
}

// Whether only refused runs led to the node so far, and it is hidden for that.
bool GraphWalk::IsHidden(std::uint32_t place) const {
  return question_.only_of_accepted && question_.accepts_runs != nullptr &&
         !nodes_[place].is_reached;
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
  const bool is_told = Wants(NodeSort::kLibrary) && !IsHidden(place);
  return nodes_[place].depth == 0 || !is_told || Show(place);
}

void GraphWalk::AddEdge(std::uint32_t near, std::uint32_t far, const Step& step) {
  if (step.kind == EdgeKind::kReproduces || step.kind == EdgeKind::kDerivedFrom) {
    origins_.emplace_back(near, far);
  }
  if (keep_ == Keep::kNodes) return;
  const bool is_told = MayBeShown(nodes_[far]);
  edges_.push_back({near, far, is_told ? LabelNumber(step.kind, step.path) : 0});
}

// Shows a node that was met for the first time, or lets it wait; false: there is no room for it.
bool GraphWalk::TakeNew(std::uint32_t near, std::uint32_t far) {
  WalkNode& node = nodes_[far];
  if (node.kind == Kind::kRun && SettlesRuns()) {
    unsettled_.push_back(far);
    return true;
  }
  node.is_reached = node.kind != Kind::kRun && nodes_[near].is_reached;
  return IsHidden(far) || !Wants(SortOf(node.kind, false)) || Show(far);
}

// Shows what something leads to that is not refused, where only refused runs had led there so far.
bool GraphWalk::Reach(std::uint32_t near, std::uint32_t far, std::uint32_t depth) {
  WalkNode& node = nodes_[far];
  if (!IsHidden(far) || node.kind == Kind::kRun || !nodes_[near].is_reached) return true;
  node.is_reached = true;
  if (node.depth <= depth) late_.push_back(far);
  return !Wants(node.sort()) || Show(far);
}

bool GraphWalk::Take(const Step& step, std::uint32_t depth) {
  const std::uint32_t near = places_.Find(step.near.number);
  std::uint32_t& place = places_[step.far.number];
  if (place == kNowhere) {
    place = static_cast<std::uint32_t>(nodes_.size());
    nodes_.push_back({step.far.number, depth + 1, step.far.kind, false, false, false});
    if (!TakeNew(near, place)) {
      place = kNowhere;
      nodes_.pop_back();
      return false;
    }
  }
  const std::uint32_t far = place;
  if (nodes_[near].depth == depth) AddEdge(near, far, step);  // Else it is there already.
  if (!Reach(near, far, depth)) return false;
  if (step.kind == EdgeKind::kPartOf) {
    const bool is_up = question_.direction == Direction::kUp;
    const std::uint32_t outer = is_up ? near : far;
    if (nodes_[outer].kind == Kind::kEnvironment && !NoteLibrary(is_up ? far : near)) {
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
  for (const std::uint32_t place : unsettled_) numbers.push_back(nodes_[place].number);
  REPRISE_ASSIGN_OR_RETURN(const auto runs, FindNodes(catalog_, numbers));
  REPRISE_ASSIGN_OR_RETURN(const std::vector<bool> accepted, question_.accepts_runs(runs));
  for (std::size_t i = 0; i < runs.size() && !is_cut_; ++i) {
    if (!accepted[i]) continue;
    nodes_[unsettled_[i]].is_reached = true;
    if (Wants(NodeSort::kRun)) Show(unsettled_[i]);
  }
  unsettled_.clear();
  return {};
}

Result<void> GraphWalk::WalkLevel(std::uint32_t depth) {
  std::vector<NumberedNode> level;
  for (std::size_t i = nodes_.size(); i-- > 0 && nodes_[i].depth == depth;) {
    if (!IsEnd(static_cast<std::uint32_t>(i))) level.push_back(nodes_[i].node());
  }
  for (const std::uint32_t place : late_) {
    if (!IsEnd(place)) level.push_back(nodes_[place].node());
  }
  late_.clear();
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
  REPRISE_ASSIGN_OR_RETURN(ends_, neighbours_.Ends());
  REPRISE_TRY(FindStarts());
  for (std::uint32_t depth = 0;; ++depth) {
    if (question_.depth_max.has_value() && depth >= *question_.depth_max) return {};
    const std::size_t before = nodes_.size();
    REPRISE_TRY(WalkLevel(depth));
    if (is_cut_ || (nodes_.size() == before && late_.empty())) return {};
  }
}

Result<std::vector<NodeId>> PartialFoldersMet(const storage::Catalog& catalog,
                                              const GraphWalk& walk) {
  REPRISE_ASSIGN_OR_RETURN(const auto partial, PartialFolderNumbers(catalog));
  std::vector<NodeNumber> met;
  if (partial.empty()) return std::vector<NodeId>();
  for (const NodeNumber folder : partial) {
    if (walk.PlaceOf(folder) != GraphWalk::kNowhere) met.push_back(folder);
  }
  const FolderRole data_role =
      walk.direction() == Direction::kUp ? FolderRole::kProduced : FolderRole::kUsed;
  for (const FolderRole role : {data_role, FolderRole::kCode}) {
    FoldersAround folders(catalog, role);
    for (const std::uint32_t start : walk.starts()) {
      if (start == GraphWalk::kNowhere) continue;
      if (walk.nodes()[start].kind != NodeId::Kind::kArtifact) continue;
      REPRISE_ASSIGN_OR_RETURN(const auto around, folders.Find(walk.nodes()[start].number));
      for (const Member& folder : around) {
        if (std::ranges::binary_search(partial, folder.number)) met.push_back(folder.number);
      }
    }
  }
  std::ranges::sort(met);
  met.erase(std::unique(met.begin(), met.end()), met.end());
  return FindNodes(catalog, met);
}

Result<std::vector<NodeId>> CycleOfRuns(const storage::Catalog& catalog, const GraphWalk& walk) {
  std::vector<Origin> origins;
  origins.reserve(walk.origins().size());
  for (const auto& [near, far] : walk.origins()) {
    const NodeNumber near_number = walk.nodes()[near].number;
    const NodeNumber far_number = walk.nodes()[far].number;
    const bool is_up = walk.direction() == Direction::kUp;
    origins.push_back(is_up ? Origin{far_number, near_number} : Origin{near_number, far_number});
  }
  return FindNodes(catalog, FindCycle(std::move(origins)));
}

}  // namespace reprise::lineage
