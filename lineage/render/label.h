// What the renderers share: text made harmless, and edges by the places of their nodes.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/render/render_graph.h"

namespace reprise::lineage {

// `text` as well-formed UTF-8 without control characters, which no format below has a form for.
std::string CleanLabel(std::string_view text);

// Whether `a` comes before `b` when their numbers are compared as numbers: "x2" before "x10".
bool NaturallyLess(std::string_view a, std::string_view b);

// "artifact", "run", "code", …
std::string_view NodeKindName(RenderNodeKind kind);

// What pictures call an edge of that kind.  "reproduces" says what a rerun was for and not whether
// it did the same, so it is "rerun".
std::string EdgeLabel(std::string_view kind);

// `text`, which must be clean, for XML and HTML: content and quoted attributes.
std::string EscapeXml(std::string_view text);

// The label, and the detail where there is one: "train (default, finished)".
std::string LabelWithDetail(const RenderNode& node);

struct IndexedEdge {
  std::size_t from = 0;  // Places in RenderGraph::nodes.
  std::size_t to = 0;
  std::string kind;

  friend bool operator==(const IndexedEdge&, const IndexedEdge&) = default;
  friend auto operator<=>(const IndexedEdge&, const IndexedEdge&) = default;
};

// The edges both of whose ends are nodes, sorted, without repetition.
std::vector<IndexedEdge> IndexEdges(const RenderGraph& graph);

}  // namespace reprise::lineage
