// The graph as a tree for the terminal, depth first.

#include <algorithm>
#include <map>

#include "lineage/render/label.h"
#include "lineage/render/render.h"

namespace reprise::lineage {
namespace {

struct Step {
  std::size_t node = 0;
  std::string kind;
};
using Steps = std::vector<std::vector<Step>>;  // By node.

std::string Line(const RenderNode& node) {
  std::string line = LabelWithDetail(node);
  if (node.kind == RenderNodeKind::kRun) line += "  " + CleanLabel(node.id);
  return line;
}

// Deeper lines are not indented further, but numbered: a chain of 10,000 runs would take 600 MB,
// and a terminal has no room for more.
constexpr std::size_t kIndentedDepthMax = 40;
constexpr std::size_t kIndentedDepthMin = 4;
constexpr std::size_t kIndentColumns = 3;

std::size_t IndentedDepth(std::optional<std::size_t> columns) {
  if (!columns.has_value()) return kIndentedDepthMax;
  return std::clamp(*columns / 2 / kIndentColumns, kIndentedDepthMin, kIndentedDepthMax);
}

struct Pending {
  Step step;
  std::string indent;
  std::size_t depth = 1;
  bool is_last = false;
};

void PushChildren(const std::vector<Step>& steps, const std::string& indent, std::size_t depth,
                  std::vector<Pending>& pending) {
  for (std::size_t i = steps.size(); i-- > 0;) {
    pending.push_back({steps[i], indent, depth, i + 1 == steps.size()});
  }
}

std::string IndentBelow(const Pending& here, std::size_t depth_max) {
  if (here.depth >= depth_max) return here.indent;
  return here.indent + (here.is_last ? "   " : "│  ");
}

}  // namespace

std::string EdgePhrase(std::string_view kind, bool backwards) {
  static const std::map<std::string_view, std::pair<std::string, std::string>> kPhrases = {
      {"used", {"used", "used by"}},
      {"produced", {"produced by", "produced"}},
      {"reproduces", {"rerun of", "rerun as"}},  // Whether it did the same, no edge says.
      {"derived_from", {"derived from", "retrained as"}},
      {"registered_as", {"is", "registered as"}},
      {"contains", {"in", "contains"}},
      {"part_of", {"contains", "part of"}},
      {"code_of", {"ran", "code of"}},
      {"environment_of", {"ran in", "environment of"}},
      {"commit_of", {"of", "checked out as"}},
      {"via", {"came from", "led to"}}};
  const auto phrase = kPhrases.find(kind);
  if (phrase == kPhrases.end()) return CleanLabel(kind);
  return backwards ? phrase->second.first : phrase->second.second;
}

std::string RenderText(const RenderGraph& graph, Direction direction,
                       std::optional<std::size_t> columns) {
  if (graph.nodes.empty()) return "";
  const bool backwards = direction == Direction::kUp;
  Steps steps(graph.nodes.size());
  for (const IndexedEdge& edge : IndexEdges(graph)) {
    steps[backwards ? edge.to : edge.from].push_back({backwards ? edge.from : edge.to, edge.kind});
  }
  const std::size_t depth_max = IndentedDepth(columns);

  std::string text = Line(graph.nodes[0]) + "\n";
  std::vector<bool> shown(graph.nodes.size());
  shown[0] = true;
  std::vector<Pending> pending;
  PushChildren(steps[0], "", 1, pending);
  while (!pending.empty()) {
    const Pending here = std::move(pending.back());
    pending.pop_back();
    text += here.indent + (here.is_last ? "└─ " : "├─ ");
    if (here.depth > depth_max) text += "(" + std::to_string(here.depth) + ") ";
    text += EdgePhrase(here.step.kind, backwards) + " " + Line(graph.nodes[here.step.node]);
    const bool again = shown[here.step.node];
    text += again ? " (above)\n" : "\n";
    if (again) continue;
    shown[here.step.node] = true;
    PushChildren(steps[here.step.node], IndentBelow(here, depth_max), here.depth + 1, pending);
  }
  return text;
}

}  // namespace reprise::lineage
