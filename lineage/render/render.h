// The lineage graph as text, JSON, Graphviz DOT, Mermaid and SVG.
//
// Equal graphs give equal bytes.  Labels are escaped for the format that they are written into,
// whatever bytes they hold.  Thread-safety: pure functions.

#pragma once

#include <string>

#include "lineage/graph.h"
#include "lineage/render/render_graph.h"
#include "storage/base/json.h"

namespace reprise::lineage {

// A tree for the terminal.  The first node is its root, and the tree follows the edges against
// (kUp) or along (kDown) the flow of data; a node that was shown before is named again, followed by
// "(above)", without what is below it.
std::string RenderText(const RenderGraph& graph, Direction direction);

// {"nodes": [{"id", "kind", "label", "detail"}], "edges": [{"from", "to", "kind"}]}
Json RenderJson(const RenderGraph& graph);

// The DOT language (graphviz.org/doc/info/lang.html).
std::string RenderDot(const RenderGraph& graph);

// A flowchart (mermaid.js.org/syntax/flowchart.html).
std::string RenderMermaid(const RenderGraph& graph);

// A complete SVG 1.1 document, readable up to some 200 nodes: time runs from left to right, runs
// are rounded boxes, artifacts square ones.  It holds no script and refers to nothing outside, so
// that it can stand inside a page.  With kAuto it uses light ink where the reader prefers dark.
enum class SvgTheme { kAuto, kLight };
std::string RenderSvg(const RenderGraph& graph, SvgTheme theme = SvgTheme::kAuto);

}  // namespace reprise::lineage
