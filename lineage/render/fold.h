// Graphs that are too large to be looked at, with what repeats folded and counted.
//
// Nodes are one shape when they are of one kind and group, are named alike ("out/model-3.bin" and
// "out/model-4.bin"), and lead to and come from the same shapes: 37 runs of a sweep that read one
// file and wrote a model each become a node "×37 runs of sweep" and a node "×37 out/model-#.bin".
// Shapes are found by partition refinement (R. Paige, R. E. Tarjan, "Three partition refinement
// algorithms", SIAM J. Comput. 16(6), 1987), as deep as the number of nodes allows.
//
// Equal graphs give equal results.  Thread-safety: pure functions.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lineage/render/render_graph.h"

namespace reprise::lineage {

// What one picture shows well.
inline constexpr std::size_t kShownNodesMax = 200;

// `graph` itself, if it has at most `nodes_max` nodes.  Otherwise one of the folded graphs: the
// most detailed with at most a quarter as many, else the most detailed of the coarse ones that
// has at most `nodes_max`: by group and ending, else by kind alone, of which there are few.  The
// first node stays what it is, and a folded node has the id of the first that it stands for.  Edges
// that fell together are one.
RenderGraph Fold(const RenderGraph& graph, std::size_t nodes_max = kShownNodesMax);

// `label` with each of its numbers, and each word of eight or more hexadecimal digits, as '#'.
std::string LabelShape(std::string_view label);

}  // namespace reprise::lineage
