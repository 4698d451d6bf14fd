// JSON, DOT and Mermaid: one line for each node and edge, and the escapes of each format.

#include "lineage/render/label.h"
#include "lineage/render/render.h"

namespace reprise::lineage {
namespace {

bool IsRun(const RenderNode& node) { return node.kind == RenderNodeKind::kRun; }

// A quoted string of DOT.  Graphviz reads backslash escapes and HTML entities in labels.
std::string DotString(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
    if (c == '&') quoted += "amp;";
  }
  return quoted + "\"";
}

// A quoted string of Mermaid, whose entities are written #code; and whose backquotes mean Markdown.
std::string MermaidString(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (std::string_view("\"#&;<>`\\").find(c) != std::string_view::npos) {
      quoted += "#" + std::to_string(static_cast<unsigned char>(c)) + ";";
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string MermaidNode(const RenderNode& node) {
  const std::string label = MermaidString(LabelWithDetail(node));
  return IsRun(node) ? "([" + label + "])" : "[" + label + "]";
}

}  // namespace

Json RenderJson(const RenderGraph& graph) {
  Json nodes = Json::Array{};
  for (const RenderNode& node : graph.nodes) {
    nodes.Append(Json()
                     .Set("id", node.id)
                     .Set("kind", NodeKindName(node.kind))
                     .Set("label", CleanLabel(node.label))
                     .Set("detail", CleanLabel(node.detail)));
  }
  Json edges = Json::Array{};
  for (const IndexedEdge& edge : IndexEdges(graph)) {
    edges.Append(Json()
                     .Set("from", graph.nodes[edge.from].id)
                     .Set("to", graph.nodes[edge.to].id)
                     .Set("kind", edge.kind));
  }
  Json json;
  json.Set("nodes", std::move(nodes)).Set("edges", std::move(edges));
  return json;
}

std::string RenderDot(const RenderGraph& graph) {
  std::string dot =
      "digraph lineage {\n"
      "  rankdir=LR;\n"
      "  node [shape=box, fontname=\"sans-serif\", fontsize=11];\n"
      "  edge [fontname=\"sans-serif\", fontsize=9];\n";
  for (const RenderNode& node : graph.nodes) {
    dot += "  " + DotString(CleanLabel(node.id)) + " [label=" + DotString(LabelWithDetail(node)) +
           (IsRun(node) ? ", style=rounded];\n" : "];\n");
  }
  for (const IndexedEdge& edge : IndexEdges(graph)) {
    dot += "  " + DotString(CleanLabel(graph.nodes[edge.from].id)) + " -> " +
           DotString(CleanLabel(graph.nodes[edge.to].id)) +
           " [label=" + DotString(EdgeLabel(edge.kind)) + "];\n";
  }
  return dot + "}\n";
}

std::string RenderMermaid(const RenderGraph& graph) {
  std::string mermaid = "flowchart LR\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    mermaid += "  n" + std::to_string(i) + MermaidNode(graph.nodes[i]) + "\n";
  }
  for (const IndexedEdge& edge : IndexEdges(graph)) {
    mermaid += "  n" + std::to_string(edge.from) + " -->|" + MermaidString(EdgeLabel(edge.kind)) +
               "| n" + std::to_string(edge.to) + "\n";
  }
  return mermaid;
}

}  // namespace reprise::lineage
