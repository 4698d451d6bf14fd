#include "lineage/render/fold.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "lineage/render/label.h"

namespace reprise::lineage {
namespace {

using Classes = std::vector<std::size_t>;  // Of each node; numbered by their first nodes.

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsHexDigit(char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); }
bool IsWord(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The end of a file's name: "csv" of "data/a.csv", "" where there is none.
std::string_view Ending(std::string_view label) {
  const std::size_t point = label.find_last_of("./");
  return point == std::string_view::npos || label[point] == '/' ? "" : label.substr(point + 1);
}

template <typename Key>
Classes Number(const std::vector<Key>& keys) {
  std::map<Key, std::size_t> numbers;
  Classes classes;
  for (const Key& key : keys) classes.push_back(numbers.emplace(key, numbers.size()).first->second);
  return classes;
}

std::size_t CountOf(const Classes& classes) {
  return classes.empty() ? 0 : *std::ranges::max_element(classes) + 1;
}

// Shapes by what the nodes themselves are, the later the coarser.
enum class OwnShape { kLabel, kGroup, kKind };
Classes OwnShapes(const RenderGraph& graph, OwnShape own) {
  const bool by_label = own == OwnShape::kLabel;
  const bool by_kind = own == OwnShape::kKind;
  std::vector<std::tuple<bool, RenderNodeKind, std::string, std::string>> keys;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const RenderNode& node = graph.nodes[i];
    std::string shape;
    if (by_kind) {
      keys.emplace_back(i > 0, node.kind, "", "");
      continue;
    }
    if (node.kind == RenderNodeKind::kArtifact) {
      shape = by_label ? LabelShape(node.label) : std::string(Ending(node.label));
    } else if (by_label) {
      shape = node.detail;  // With the status: a failed run is not like one that finished.
    }
    keys.emplace_back(i > 0, node.kind, node.group, std::move(shape));
  }
  return Number(keys);
}

// Shapes by what they were and by the shapes around them.
Classes Refine(const std::vector<IndexedEdge>& edges, const Classes& classes) {
  using Around = std::set<std::tuple<bool, std::string_view, std::size_t>>;
  std::vector<std::pair<std::size_t, Around>> keys;
  for (const std::size_t own : classes) keys.emplace_back(own, Around());
  for (const IndexedEdge& edge : edges) {
    keys[edge.from].second.emplace(true, edge.kind, classes[edge.to]);
    keys[edge.to].second.emplace(false, edge.kind, classes[edge.from]);
  }
  return Number(keys);
}

// The finest shapes of which there are at most a quarter of `nodes_max`: a chain that is unrolled
// as far as it may be is no easier to look at than the whole of it.
Classes ChooseShapes(const RenderGraph& graph, const std::vector<IndexedEdge>& edges,
                     std::size_t nodes_max) {
  Classes chosen = OwnShapes(graph, OwnShape::kLabel);
  for (const OwnShape coarser : {OwnShape::kGroup, OwnShape::kKind}) {
    if (CountOf(chosen) > nodes_max) chosen = OwnShapes(graph, coarser);
  }
  constexpr std::size_t kDetailShare = 4;
  // Each round unrolls a chain by one more node at either end; what hangs together alike shows in a
  // few.
  constexpr int kRoundsMax = 4;
  for (int round = 0; round < kRoundsMax; ++round) {
    Classes finer = Refine(edges, chosen);
    const std::size_t count = CountOf(finer);
    if (count > nodes_max / kDetailShare || count == CountOf(chosen)) return chosen;
    chosen = std::move(finer);
  }
  return chosen;
}

std::string KindsName(RenderNodeKind kind) {
  switch (kind) {
    case RenderNodeKind::kCode:
      return "states of the code";
    case RenderNodeKind::kLibrary:
      return "libraries";
    default:
      return std::string(NodeKindName(kind)) + "s";
  }
}

RenderNode FoldedNode(const RenderGraph& graph, const std::vector<std::size_t>& members) {
  RenderNode node = graph.nodes[members.front()];
  if (members.size() == 1) return node;
  const std::string count = "×" + std::to_string(members.size()) + " ";
  const auto [low, high] = std::ranges::minmax_element(
      members, NaturallyLess,
      [&](std::size_t member) { return std::string_view(graph.nodes[member].label); });
  const std::string& least = graph.nodes[*low].label;
  const std::string& greatest = graph.nodes[*high].label;
  const auto all = [&](const auto& is_like) {
    return std::ranges::all_of(members,
                               [&](std::size_t member) { return is_like(graph.nodes[member]); });
  };
  node.detail = least == greatest ? "" : least + " … " + greatest;
  if (node.kind == RenderNodeKind::kRun) {
    const bool of_one = all([&](const RenderNode& run) { return run.group == node.group; });
    if (!of_one) node.group.clear();
    node.label = count + "runs" + (node.group.empty() ? "" : " of " + node.group);
    return node;
  }
  const bool alike = all([&, shape = LabelShape(node.label)](const RenderNode& other) {
    return LabelShape(other.label) == shape;
  });
  node.label = count + (alike ? LabelShape(node.label) : KindsName(node.kind));
  return node;
}

}  // namespace

std::string LabelShape(std::string_view label) {
  constexpr std::size_t kDigestDigits = 8;
  std::string shape;
  for (std::size_t i = 0; i < label.size();) {
    std::size_t end = i;
    while (end < label.size() && IsWord(label[end])) ++end;
    const std::string_view word = label.substr(i, end - i);
    if (word.size() >= kDigestDigits && std::ranges::all_of(word, IsHexDigit)) {
      shape += '#';
      i = end;
      continue;
    }
    for (; i < end; ++i) {
      if (!IsDigit(label[i])) {
        shape += label[i];
      } else if (i == 0 || !IsDigit(label[i - 1])) {
        shape += '#';
      }
    }
    if (end < label.size()) shape += label[i++];
  }
  return shape;
}

RenderGraph Fold(const RenderGraph& graph, std::size_t nodes_max) {
  if (graph.nodes.size() <= nodes_max) return graph;
  const std::vector<IndexedEdge> edges = IndexEdges(graph);
  const Classes classes = ChooseShapes(graph, edges, nodes_max);
  std::vector<std::vector<std::size_t>> members(CountOf(classes));
  for (std::size_t i = 0; i < classes.size(); ++i) members[classes[i]].push_back(i);
  RenderGraph folded;
  for (const auto& nodes : members) folded.nodes.push_back(FoldedNode(graph, nodes));
  std::set<std::tuple<std::size_t, std::size_t, std::string>> seen;
  for (const IndexedEdge& edge : edges) {
    const std::size_t from = classes[edge.from];
    const std::size_t to = classes[edge.to];
    // Within one shape ("each continues the one before") there is nothing to draw a line to.
    if (from == to || !seen.emplace(from, to, edge.kind).second) continue;
    folded.edges.push_back({folded.nodes[from].id, folded.nodes[to].id, edge.kind});
  }
  return folded;
}

}  // namespace reprise::lineage
