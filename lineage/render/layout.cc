// 1. A depth-first search turns round the edges that close cycles.
// 2. Each node's layer is its longest distance from a source; sources then move right, next to the
//    first node that needs them.
// 3. Edges that cross layers are cut into pieces by invisible nodes, one in each layer.
// 4. Layers are sorted by the mean place of their neighbours, from left to right and back; the
//    order with the fewest crossings wins.
// 5. Heights: each node wants the mean height of its neighbours; the nearest heights that keep
//    order and distance are an isotonic regression, found by pooling adjacent violators.

#include "lineage/render/layout.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace reprise::lineage {
namespace {

using Index = std::size_t;
using Edges = std::vector<std::pair<Index, Index>>;

struct Layered {
  std::vector<Index> layer;                 // Of each node, invisible ones after the real ones.
  std::vector<std::vector<Index>> layers;   // Nodes in their order.
  std::vector<std::vector<Index>> left;     // Neighbours one layer to the left.
  std::vector<std::vector<Index>> right;    // Likewise to the right.
  std::vector<std::vector<Index>> through;  // Of each edge: its nodes from left to right.
};

std::vector<std::vector<Index>> Targets(Index node_count, const Edges& edges) {
  std::vector<std::vector<Index>> targets(node_count);
  for (const auto& [from, to] : edges) targets[from].push_back(to);
  return targets;
}

// Nodes in the order in which a depth-first search finishes, reversed: every edge but those that
// close a cycle leads from an earlier to a later node.
std::vector<Index> Ranks(Index node_count, const Edges& edges) {
  const auto targets = Targets(node_count, edges);
  std::vector<Index> rank(node_count);
  std::vector<bool> seen(node_count);
  Index next = node_count;
  std::vector<std::pair<Index, Index>> stack;  // Node, and how many of its targets were visited.
  for (Index root = 0; root < node_count; ++root) {
    if (seen[root]) continue;
    seen[root] = true;
    stack.emplace_back(root, 0);
    while (!stack.empty()) {
      auto& [node, visited] = stack.back();
      if (visited == targets[node].size()) {
        rank[node] = --next;
        stack.pop_back();
        continue;
      }
      const Index target = targets[node][visited++];
      if (seen[target]) continue;
      seen[target] = true;
      stack.emplace_back(target, 0);
    }
  }
  return rank;
}

std::vector<Index> LongestPathLayers(Index node_count, const Edges& acyclic) {
  const auto targets = Targets(node_count, acyclic);
  const std::vector<Index> rank = Ranks(node_count, acyclic);
  std::vector<Index> order(node_count);
  for (Index node = 0; node < node_count; ++node) order[rank[node]] = node;
  std::vector<Index> layer(node_count);
  std::vector<bool> is_target(node_count);
  for (const Index node : order) {
    for (const Index target : targets[node]) {
      layer[target] = std::max(layer[target], layer[node] + 1);
      is_target[target] = true;
    }
  }
  for (Index node = 0; node < node_count; ++node) {
    if (is_target[node] || targets[node].empty()) continue;
    Index first = layer[targets[node].front()];
    for (const Index target : targets[node]) first = std::min(first, layer[target]);
    layer[node] = first - 1;
  }
  return layer;
}

Layered BuildLayers(Index node_count, const Edges& acyclic, Index bends_max) {
  Layered layered;
  layered.layer = LongestPathLayers(node_count, acyclic);
  layered.left.resize(node_count);
  layered.right.resize(node_count);
  for (const auto& [from, to] : acyclic) {
    const Index bends = layered.layer[to] - layered.layer[from] - 1;
    if (bends > node_count + bends_max - layered.layer.size()) {
      layered.through.push_back({from, to});  // It counts for the drawing only.
      continue;
    }
    std::vector<Index> path = {from};
    for (Index layer = layered.layer[from] + 1; layer < layered.layer[to]; ++layer) {
      path.push_back(layered.layer.size());
      layered.layer.push_back(layer);
      layered.left.emplace_back();
      layered.right.emplace_back();
    }
    path.push_back(to);
    for (Index i = 1; i < path.size(); ++i) {
      layered.right[path[i - 1]].push_back(path[i]);
      layered.left[path[i]].push_back(path[i - 1]);
    }
    layered.through.push_back(std::move(path));
  }
  const Index layer_count =
      layered.layer.empty() ? 0 : *std::ranges::max_element(layered.layer) + 1;
  layered.layers.resize(layer_count);
  for (Index node = 0; node < layered.layer.size(); ++node) {
    layered.layers[layered.layer[node]].push_back(node);
  }
  return layered;
}

std::vector<Index> PlacesOf(const Layered& layered) {
  std::vector<Index> place(layered.layer.size());
  for (const auto& nodes : layered.layers) {
    for (Index i = 0; i < nodes.size(); ++i) place[nodes[i]] = i;
  }
  return place;
}

// Pairs of edges that cross, counted as inversions with a Fenwick tree (Barth, Mutzel, Jünger,
// "Simple and efficient bilayer cross counting", JGAA 8(2), 2004).
std::uint64_t CountCrossings(const Layered& layered) {
  const std::vector<Index> place = PlacesOf(layered);
  std::uint64_t crossings = 0;
  for (Index layer = 0; layer + 1 < layered.layers.size(); ++layer) {
    std::vector<std::uint64_t> tree(layered.layers[layer + 1].size() + 1);
    std::uint64_t inserted = 0;
    for (const Index node : layered.layers[layer]) {
      std::vector<Index> ends;
      for (const Index target : layered.right[node]) ends.push_back(place[target]);
      std::ranges::sort(ends);
      for (const Index end : ends) {
        std::uint64_t not_after = 0;
        for (Index i = end + 1; i > 0; i -= i & (~i + 1)) not_after += tree[i];
        crossings += inserted - not_after;
      }
      for (const Index end : ends) {
        for (Index i = end + 1; i < tree.size(); i += i & (~i + 1)) ++tree[i];
        ++inserted;
      }
    }
  }
  return crossings;
}

void SortByNeighbours(std::vector<Index>& nodes, const std::vector<std::vector<Index>>& neighbours,
                      std::vector<Index>& place) {
  std::vector<std::pair<double, Index>> keyed;
  for (Index i = 0; i < nodes.size(); ++i) {
    const auto& near = neighbours[nodes[i]];
    double sum = 0;
    for (const Index neighbour : near) sum += static_cast<double>(place[neighbour]);
    keyed.emplace_back(
        near.empty() ? static_cast<double>(i) : sum / static_cast<double>(near.size()), nodes[i]);
  }
  std::ranges::stable_sort(keyed, {}, &std::pair<double, Index>::first);
  for (Index i = 0; i < nodes.size(); ++i) {
    nodes[i] = keyed[i].second;
    place[nodes[i]] = i;
  }
}

void Order(Layered& layered, std::size_t sweeps_max) {
  auto best = layered.layers;
  std::uint64_t best_crossings = CountCrossings(layered);
  std::vector<Index> place = PlacesOf(layered);
  for (std::size_t sweep = 0; sweep < sweeps_max && best_crossings > 0; ++sweep) {
    const bool rightwards = sweep % 2 == 0;
    for (Index i = 1; i < layered.layers.size(); ++i) {
      const Index layer = rightwards ? i : layered.layers.size() - 1 - i;
      SortByNeighbours(layered.layers[layer], rightwards ? layered.left : layered.right, place);
    }
    const std::uint64_t crossings = CountCrossings(layered);
    if (crossings >= best_crossings) continue;
    best_crossings = crossings;
    best = layered.layers;
  }
  layered.layers = std::move(best);
}

// The heights nearest to `wanted` (least squares) that are at least `step` apart, in order.
std::vector<double> Separate(const std::vector<double>& wanted, double step) {
  struct Block {
    double sum = 0;
    double count = 0;
    double mean() const { return sum / count; }
  };
  std::vector<Block> blocks;
  for (Index i = 0; i < wanted.size(); ++i) {
    blocks.push_back({wanted[i] - step * static_cast<double>(i), 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() > blocks.back().mean()) {
      const Block last = blocks.back();
      blocks.pop_back();
      blocks.back().sum += last.sum;
      blocks.back().count += last.count;
    }
  }
  std::vector<double> heights;
  for (const Block& block : blocks) {
    for (double i = 0; i < block.count; ++i) {
      heights.push_back(block.mean() + step * static_cast<double>(heights.size()));
    }
  }
  return heights;
}

std::vector<double> Heights(const Layered& layered, double step) {
  std::vector<double> height(layered.layer.size());
  for (const auto& nodes : layered.layers) {
    for (Index i = 0; i < nodes.size(); ++i) height[nodes[i]] = step * static_cast<double>(i);
  }
  constexpr int kPasses = 8;
  for (int pass = 0; pass < kPasses; ++pass) {
    for (Index i = 0; i < layered.layers.size(); ++i) {
      const auto& nodes = layered.layers[pass % 2 == 0 ? i : layered.layers.size() - 1 - i];
      std::vector<double> wanted;
      for (const Index node : nodes) {
        double sum = 0;
        for (const Index near : layered.left[node]) sum += height[near];
        for (const Index near : layered.right[node]) sum += height[near];
        const auto count =
            static_cast<double>(layered.left[node].size() + layered.right[node].size());
        wanted.push_back(count == 0 ? height[node] : sum / count);
      }
      const std::vector<double> separate = Separate(wanted, step);
      for (Index k = 0; k < nodes.size(); ++k) height[nodes[k]] = separate[k];
    }
  }
  const double top = height.empty() ? 0 : *std::ranges::min_element(height);
  for (double& y : height) y = std::round(y - top);
  return height;
}

}  // namespace

Layout LayOut(const std::vector<double>& widths, const Edges& edges, const LayoutOptions& options) {
  Layout layout;
  const Index node_count = widths.size();
  const std::vector<Index> rank = Ranks(node_count, edges);
  Edges acyclic;
  std::vector<Index> drawn;  // The edge of each acyclic one; loops of one node are not drawn.
  for (Index i = 0; i < edges.size(); ++i) {
    const auto [from, to] = edges[i];
    if (from == to) continue;
    acyclic.emplace_back(rank[from] < rank[to] ? edges[i] : std::pair(to, from));
    drawn.push_back(i);
  }
  Layered layered = BuildLayers(node_count, acyclic, options.bends_max);
  Order(layered, options.sweeps_max);
  const std::vector<double> height = Heights(layered, options.row_height + options.row_gap);

  std::vector<double> layer_x(layered.layers.size());
  std::vector<double> layer_width(layered.layers.size());
  for (Index node = 0; node < node_count; ++node) {
    layer_width[layered.layer[node]] = std::max(layer_width[layered.layer[node]], widths[node]);
  }
  double x = 0;
  for (Index layer = 0; layer < layer_x.size(); ++layer) {
    layer_x[layer] = x;
    x += layer_width[layer] + options.layer_gap;
  }
  layout.width = x == 0 ? 0 : x - options.layer_gap;
  for (Index node = 0; node < node_count; ++node) {
    layout.nodes.push_back({layer_x[layered.layer[node]], height[node]});
  }
  for (const double y : height) layout.height = std::max(layout.height, y + options.row_height);

  layout.edges.resize(edges.size());
  for (Index i = 0; i < acyclic.size(); ++i) {
    std::vector<Point>& points = layout.edges[drawn[i]];
    for (const Index node : layered.through[i]) {
      const double left = layer_x[layered.layer[node]];
      const double y = height[node] + options.row_height / 2;
      const bool is_first = points.empty();
      const bool is_last = node == layered.through[i].back();
      if (!is_first) points.push_back({left, y});
      if (is_last) continue;
      points.push_back({left + (is_first ? widths[node] : layer_width[layered.layer[node]]), y});
    }
    if (edges[drawn[i]] != acyclic[i]) std::ranges::reverse(points);
  }
  return layout;
}

}  // namespace reprise::lineage
