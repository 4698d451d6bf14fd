// Walks up from the end, which has fewer ancestors than a data set has descendants, and then looks
// where the edges that leave the beginning lead into what was walked.  These are asked for by
// themselves, because a walk up does not list what only a walk down finds: a file in a folder that
// nobody wrote, or a library.

#include <algorithm>
#include <set>
#include <unordered_map>

#include "lineage/folder_members.h"
#include "lineage/graph_query.h"
#include "lineage/graph_walk.h"
#include "lineage/neighbours.h"

namespace reprise::lineage {
namespace {

using storage::Catalog;

// An edge of a shortest way; `from` may lie outside of the walk, at the beginning.
struct Hop {
  NodeNumber from = 0;
  NodeNumber to = 0;
  EdgeKind kind = EdgeKind::kUsed;
  std::string path;
};
bool Before(const Hop& a, const Hop& b) {
  if (a.to != b.to) return a.to < b.to;
  return a.kind != b.kind ? a.kind < b.kind : a.path < b.path;
}

class PathFinder {
 public:
  PathFinder(const Catalog& catalog, const PathQuestion& question)
      : catalog_(catalog), question_(question) {
    upwards_.starts = question.to;
    upwards_.direction = Direction::kUp;
    upwards_.depth_max = question.depth_max;
  }

  Result<PathAnswer> Find() {
    PathAnswer answer;
    for (const NodeId& node : question_.from) {
      answer.is_same =
          answer.is_same || std::ranges::find(question_.to, node) != question_.to.end();
    }
    if (answer.is_same) {
      answer.ways.emplace_back();
      return answer;
    }
    GraphWalk walk(catalog_, upwards_, GraphWalk::Keep::kNodesAndEdges);
    REPRISE_TRY(walk.Run());
    REPRISE_ASSIGN_OR_RETURN(answer.cycle, CycleOfRuns(catalog_, walk));
    REPRISE_ASSIGN_OR_RETURN(answer.partial, PartialFoldersMet(catalog_, walk));
    REPRISE_TRY(FindFirstHops(walk));
    if (first_.empty()) return answer;
    FindHopsInside(walk);
    std::vector<Hop> way;
    for (const Hop& hop : first_) {
      if (answer.is_cut) break;
      way.push_back(hop);
      Extend(walk, way, answer);
      way.pop_back();
    }
    answer.length = found_.front().size();
    REPRISE_TRY(NameWays(answer));
    REPRISE_TRY(HideNodes(answer));
    return answer;
  }

 private:
  // Those of the edges that leave the beginning that come nearest to the end.
  Result<void> FindFirstHops(const GraphWalk& walk) {
    REPRISE_ASSIGN_OR_RETURN(const auto numbers, FindNumbers(catalog_, question_.from));
    std::vector<NumberedNode> beginning;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (numbers[i].has_value()) beginning.push_back({*numbers[i], question_.from[i].kind});
    }
    std::ranges::sort(beginning);
    beginning.erase(std::unique(beginning.begin(), beginning.end()), beginning.end());
    if (question_.depth_max == std::optional<std::uint64_t>(0)) return {};
    auto nearest = static_cast<std::uint32_t>(
        std::min<std::uint64_t>(question_.depth_max.value_or(UINT32_MAX) - 1, UINT32_MAX - 1));
    const auto take = [&](NodeNumber from, std::uint32_t to, EdgeKind kind, std::string_view path) {
      const WalkNode& node = walk.nodes()[to];
      if (node.depth > nearest) return;
      if (node.depth < nearest) first_.clear();
      nearest = node.depth;
      first_.push_back({from, node.number, kind, std::string(path)});
    };
    const auto take_step = [&](const Step& step) {
      const std::uint32_t place = walk.PlaceOf(step.far.number);
      // No way leads through empty content.
      if (place != GraphWalk::kNowhere && !walk.IsEnd(place)) {
        take(step.near.number, place, step.kind, step.path);
      }
      return true;
    };
    Neighbours down(catalog_, Direction::kDown, {});
    REPRISE_TRY(down.ForEach(beginning, take_step));
    for (const NumberedNode& node : beginning) {
      if (node.kind == NodeId::Kind::kArtifact) {
        REPRISE_TRY(down.ForEachMember(node.number, take_step));
      }
    }
    for (const WalkEdge& edge : walk.edges()) {
      const NumberedNode far = walk.nodes()[edge.far].node();
      if (std::ranges::binary_search(beginning, far)) {
        take(far.number, edge.near, walk.KindOf(edge), walk.PathOf(edge));
      }
    }
    KeepOneForEachEnd(first_);
    return {};
  }

  // The edges that lead one step nearer to the end.
  void FindHopsInside(const GraphWalk& walk) {
    const std::uint32_t depth_max = walk.nodes()[walk.PlaceOf(first_.front().to)].depth;
    for (const WalkEdge& edge : walk.edges()) {
      const WalkNode& near = walk.nodes()[edge.near];
      const WalkNode& far = walk.nodes()[edge.far];
      if (far.depth > depth_max || far.depth != near.depth + 1) continue;
      hops_[far.number].push_back(
          {far.number, near.number, walk.KindOf(edge), std::string(walk.PathOf(edge))});
    }
    for (auto& [number, hops] : hops_) KeepOneForEachEnd(hops);
  }

  static void KeepOneForEachEnd(std::vector<Hop>& hops) {
    std::ranges::sort(hops, [](const Hop& a, const Hop& b) {
      return a.from != b.from ? a.from < b.from : Before(a, b);
    });
    const auto rest = std::unique(hops.begin(), hops.end(), [](const Hop& a, const Hop& b) {
      return a.from == b.from && a.to == b.to;
    });
    hops.erase(rest, hops.end());
  }

  // Adds the ways that begin with `way`, which every node on it leads on from.
  void Extend(const GraphWalk& walk, std::vector<Hop>& way, PathAnswer& answer) {
    struct Choice {
      const std::vector<Hop>* hops;
      std::size_t next = 0;
    };
    std::vector<Choice> choices;
    const auto arrive = [&] {
      const NodeNumber here = way.back().to;
      if (walk.nodes()[walk.PlaceOf(here)].depth > 0) {
        choices.push_back({&hops_.at(here), 0});
      } else if (found_.size() == question_.ways_max) {
        answer.is_cut = true;
      } else {
        found_.push_back(way);
      }
    };
    const std::size_t size_before = way.size();
    arrive();
    while (!choices.empty() && !answer.is_cut) {
      way.resize(size_before + choices.size() - 1);
      Choice& choice = choices.back();
      if (choice.next == choice.hops->size()) {
        choices.pop_back();
        continue;
      }
      way.push_back((*choice.hops)[choice.next++]);
      arrive();
    }
    way.resize(size_before);
  }

  Result<void> NameWays(PathAnswer& answer) {
    for (const std::vector<Hop>& way : found_) {
      std::vector<NodeNumber> numbers = {way.front().from};
      for (const Hop& hop : way) numbers.push_back(hop.to);
      REPRISE_ASSIGN_OR_RETURN(const auto ids, FindNodes(catalog_, numbers));
      std::vector<Edge>& edges = answer.ways.emplace_back();
      for (std::size_t i = 0; i < way.size(); ++i) {
        edges.push_back({ids[i], ids[i + 1], way[i].kind, way[i].path});
      }
    }
    return {};
  }

  // Leaves out of the ways what the question does not want to be told.
  Result<void> HideNodes(PathAnswer& answer) {
    if (question_.sorts.empty() && question_.accepts_runs == nullptr) return {};
    REPRISE_ASSIGN_OR_RETURN(const auto hidden, HiddenRuns(answer));
    for (std::vector<Edge>& way : answer.ways) {
      std::vector<Edge> told;
      for (Edge& edge : way) {
        if (!told.empty() && IsHidden(told.back().to, edge, hidden)) {
          told.back() = {std::move(told.back().from), std::move(edge.to), EdgeKind::kVia,
                         std::move(edge.path)};
        } else {
          told.push_back(std::move(edge));
        }
      }
      way = std::move(told);
    }
    std::set<std::vector<Edge>> different;
    std::erase_if(answer.ways, [&](const auto& way) { return !different.insert(way).second; });
    return {};
  }

  // `next`: the edge that the way goes on by.
  bool IsHidden(const NodeId& node, const Edge& next, const std::set<NodeId>& hidden_runs) const {
    const bool is_library =
        next.kind == EdgeKind::kPartOf && next.to.kind == NodeId::Kind::kEnvironment;
    return !Includes(question_.sorts, SortOf(node.kind, is_library)) || hidden_runs.contains(node);
  }

  Result<std::set<NodeId>> HiddenRuns(const PathAnswer& answer) const {
    std::set<NodeId> runs;
    for (const std::vector<Edge>& way : answer.ways) {
      for (const Edge& edge : way) {
        if (edge.to.kind == NodeId::Kind::kRun) runs.insert(edge.to);
      }
    }
    if (question_.accepts_runs == nullptr) return std::set<NodeId>();
    const std::vector<NodeId> asked(runs.begin(), runs.end());
    REPRISE_ASSIGN_OR_RETURN(const std::vector<bool> accepted, question_.accepts_runs(asked));
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (accepted[i]) runs.erase(asked[i]);
    }
    return runs;
  }

  const Catalog& catalog_;
  const PathQuestion& question_;
  GraphQuestion upwards_;
  std::vector<Hop> first_;
  std::unordered_map<NodeNumber, std::vector<Hop>> hops_;
  std::vector<std::vector<Hop>> found_;
};

}  // namespace

Result<PathAnswer> FindPaths(const Catalog& catalog, const PathQuestion& question) {
  return PathFinder(catalog, question).Find();
}

}  // namespace reprise::lineage
