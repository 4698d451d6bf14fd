#include "lineage/render/label.h"

#include <algorithm>
#include <map>

#include "storage/base/bytes.h"

namespace reprise::lineage {

std::string CleanLabel(std::string_view text) {
  const std::string well_formed = IsUtf8(text) ? std::string(text) : Printable(text);
  std::string clean;
  for (std::size_t i = 0; i < well_formed.size(); ++i) {
    const auto byte = static_cast<unsigned char>(well_formed[i]);
    const std::string_view rest = std::string_view(well_formed).substr(i);
    if (byte < 0x20 || byte == 0x7f) {
      clean += "\xEF\xBF\xBD";  // U+FFFD
    } else if (rest.starts_with("\xEF\xBF\xBE") || rest.starts_with("\xEF\xBF\xBF")) {
      clean += "\xEF\xBF\xBD";  // U+FFFE and U+FFFF are not characters of XML.
      i += 2;
    } else {
      clean += well_formed[i];
    }
  }
  return clean;
}

std::string_view NodeKindName(RenderNodeKind kind) {
  switch (kind) {
    case RenderNodeKind::kArtifact:
      return "artifact";
    case RenderNodeKind::kRun:
      return "run";
    case RenderNodeKind::kCode:
      return "code";
    case RenderNodeKind::kCommit:
      return "commit";
    case RenderNodeKind::kEnvironment:
      return "environment";
    case RenderNodeKind::kLibrary:
      return "library";
    case RenderNodeKind::kModel:
      return "model";
  }
  return "artifact";
}

std::string EdgeLabel(std::string_view kind) {
  return kind == "reproduces" ? "rerun" : CleanLabel(kind);
}

std::string EscapeXml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string LabelWithDetail(const RenderNode& node) {
  if (node.detail.empty() || node.detail == node.label) return CleanLabel(node.label);
  return CleanLabel(node.label) + " (" + CleanLabel(node.detail) + ")";
}

std::vector<IndexedEdge> IndexEdges(const RenderGraph& graph) {
  std::map<std::string_view, std::size_t> places;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) places.emplace(graph.nodes[i].id, i);
  std::vector<IndexedEdge> edges;
  for (const RenderEdge& edge : graph.edges) {
    const auto from = places.find(edge.from);
    const auto to = places.find(edge.to);
    if (from == places.end() || to == places.end()) continue;
    edges.push_back({from->second, to->second, edge.kind});
  }
  std::ranges::sort(edges);
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  return edges;
}

}  // namespace reprise::lineage
