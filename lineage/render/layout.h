// Where the boxes and lines of a drawn graph go: a layered drawing, left to right.
//
// K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system
// structures", IEEE Trans. SMC 11(2), 1981, with longest-path layers and barycentre ordering.

#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace reprise::lineage {

struct LayoutOptions {
  double row_height = 34;       // Of a box.
  double row_gap = 16;          // Between boxes of one layer.
  double layer_gap = 56;        // Between the boxes of two layers.
  std::size_t sweeps_max = 12;  // Of the ordering; each is linear in edges, but for sorting.
  // Points at which long edges avoid boxes, in all.  Edges beyond them are drawn straight: data
  // that each of 10,000 runs in a chain reads would need 50 million.
  std::size_t bends_max = 50'000;
};

struct Point {
  double x = 0;
  double y = 0;
};

struct Layout {
  std::vector<Point> nodes;               // Left upper corners, in the order of the widths given.
  std::vector<std::vector<Point>> edges;  // From a box's right side to the next's left side, with
                                          // the points between that avoid other boxes.
  double width = 0;
  double height = 0;
};

// Places boxes of `widths` so that `edges` (from, to) run from left to right; edges that close a
// cycle run backwards.  Equal input gives equal output.
Layout LayOut(const std::vector<double>& widths,
              const std::vector<std::pair<std::size_t, std::size_t>>& edges,
              const LayoutOptions& options);

}  // namespace reprise::lineage
