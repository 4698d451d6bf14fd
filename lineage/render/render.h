// The lineage graph as text, JSON, Graphviz DOT, Mermaid and SVG.
//
// Equal graphs give equal bytes.  Labels are escaped for the format that they are written into,
// whatever bytes they hold.  Thread-safety: pure functions.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lineage/graph.h"
#include "lineage/render/render_graph.h"
#include "storage/base/json.h"

namespace reprise::lineage {

// A tree for the terminal.  The first node is its root, and the tree follows the edges against
// (kUp) or along (kDown) the flow of data; a node that was shown before is named again, followed by
// "(above)", without what is below it.  On a terminal of `columns` columns, indents take at most
// half of the line: lines that are deeper say how deep they are.
std::string RenderText(const RenderGraph& graph, Direction direction,
                       std::optional<std::size_t> columns = std::nullopt);

// How an edge of that kind ("used") reads from its beginning ("used by"), or from its end
// (`backwards`).
std::string EdgePhrase(std::string_view kind, bool backwards);

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
