#include "tracker/cli/lineage_starts.h"

#include <algorithm>
#include <map>

#include "lineage/folder_members.h"
#include "tracker/cli/refs_support.h"

namespace reprise::cli {
namespace {

using lineage::GraphAnswer;
using lineage::NodeId;
using lineage::NodeSort;

bool Shows(const LineageFilters& filters, NodeSort sort) {
  return filters.sorts.empty() || std::ranges::find(filters.sorts, sort) != filters.sorts.end();
}

// Takes nodes out of the answer, with their edges.
void KeepNodes(const std::vector<bool>& keeps, GraphAnswer& answer) {
  std::vector<std::uint32_t> places(answer.nodes.size());
  std::vector<lineage::GraphNode> nodes;
  for (std::size_t i = 0; i < answer.nodes.size(); ++i) {
    places[i] = static_cast<std::uint32_t>(nodes.size());
    if (keeps[i]) nodes.push_back(std::move(answer.nodes[i]));
  }
  std::erase_if(answer.edges, [&](const lineage::GraphEdge& edge) {
    return !keeps[edge.from] || !keeps[edge.to];
  });
  for (lineage::GraphEdge& edge : answer.edges) {
    edge.from = places[edge.from];
    edge.to = places[edge.to];
  }
  answer.nodes = std::move(nodes);
}

// Links the file, which is node 0, to the runs behind it, which are the next ones.
void LinkRuns(const tracker::ClosureUses& uses, const std::map<Ulid, std::uint32_t>& places,
              GraphAnswer& answer) {
  if (answer.paths.empty()) answer.paths.emplace_back();
  std::map<std::string, std::uint32_t> paths;
  for (const tracker::ClosureUse& use : uses.uses) {
    const auto place = places.find(use.run);
    if (place == places.end()) continue;
    const auto [path, is_new] =
        paths.emplace(use.path, static_cast<std::uint32_t>(answer.paths.size()));
    if (is_new) answer.paths.push_back(use.path);
    answer.edges.push_back({0, place->second, lineage::EdgeKind::kUsed, path->second});
  }
  std::ranges::sort(answer.edges);
}

}  // namespace

Result<LineageStarts> FindStarts(tracker::Store& store, const Context& context,
                                 const std::string& ref) {
  LineageStarts starts;
  auto nodes = LineageNodes(store, context, ref);
  if (nodes.ok()) {
    starts.nodes = *std::move(nodes);
    REPRISE_ASSIGN_OR_RETURN(const auto numbers,
                             lineage::FindNumbers(store.catalog(), starts.nodes));
    const bool is_known = std::ranges::any_of(numbers, [](const auto& n) { return n.has_value(); });
    if (is_known || starts.nodes.front().kind != NodeId::Kind::kArtifact) return starts;
  } else {
    if (nodes.error().code != ErrorCode::kNotFound) return nodes.error();
    const auto artifact = tracker::ResolveArtifact(
        {.store = store, .working_directory = context.working_directory}, ref);
    if (!artifact.ok()) return nodes.error();
    starts.nodes = {NodeId::Artifact(artifact->digest)};
  }
  REPRISE_ASSIGN_OR_RETURN(starts.uses,
                           tracker::FindInClosures(store, starts.nodes.front().artifact));
  if (starts.uses->uses.empty() && !starts.uses->is_cut && !nodes.ok()) return nodes.error();
  return starts;
}

Result<GraphAnswer> AskFrom(tracker::Store& store, const LineageStarts& starts,
                            const LineageFilters& filters, lineage::Direction direction) {
  const bool has_runs = starts.uses.has_value() && !starts.uses->uses.empty() &&
                        direction == lineage::Direction::kDown && filters.depth_max.value_or(1) > 0;
  LineageFilters behind = filters;
  std::vector<NodeId> nodes = starts.nodes;
  std::map<Ulid, std::uint32_t> places;
  if (has_runs) {
    for (const tracker::ClosureUse& use : starts.uses->uses) {
      if (!places.emplace(use.run, static_cast<std::uint32_t>(nodes.size())).second) continue;
      nodes.push_back(NodeId::Run(use.run));
    }
    if (behind.depth_max.has_value()) --*behind.depth_max;
  }
  lineage::GraphQuestion question = QuestionOf(store, behind, nodes, direction);
  REPRISE_ASSIGN_OR_RETURN(GraphAnswer answer, lineage::Ask(store.catalog(), question));
  if (!has_runs) return answer;
  for (std::size_t i = nodes.size(); i < answer.nodes.size(); ++i) ++answer.nodes[i].depth;
  LinkRuns(*starts.uses, places, answer);
  // The runs are no starts to whoever asks, and may be hidden or too many like any others.
  const std::span<const NodeId> runs = std::span(nodes).subspan(1);
  std::vector<bool> accepted(runs.size(), true);
  if (question.accepts_runs) {
    REPRISE_ASSIGN_OR_RETURN(accepted, question.accepts_runs(runs));
  }
  std::vector<bool> keeps(answer.nodes.size(), true);
  std::uint64_t shown = starts.nodes.size();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    answer.nodes[i + 1].depth = 1;
    keeps[i + 1] = accepted[i] && Shows(filters, NodeSort::kRun);
    if (!keeps[i + 1]) continue;
    if (filters.nodes_max.has_value() && shown >= *filters.nodes_max) {
      keeps[i + 1] = false;
      answer.is_cut = true;
    } else {
      ++shown;
    }
  }
  KeepNodes(keeps, answer);
  return answer;
}

int ToldStatus(const tracker::Store& store, const Context& context, const LineageStarts& starts) {
  if (!starts.uses.has_value() || !starts.uses->is_cut) return ToldStatus(store);
  context.Warn(tracker::SentenceOfCutSearch());
  return ExitStatus(ErrorCode::kCorruption);
}

}  // namespace reprise::cli
