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

bool NaturallyLess(std::string_view a, std::string_view b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  // The number at `place` without the zeros before it.
  const auto number = [&](std::string_view text, std::size_t& place) {
    const std::size_t begin = std::min(text.find_first_not_of('0', place), text.size());
    place = begin;
    while (place < text.size() && is_digit(text[place])) ++place;
    return text.substr(begin, place - begin);
  };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (is_digit(a[i]) && is_digit(b[j])) {
      const std::string_view left = number(a, i);
      const std::string_view right = number(b, j);
      if (left.size() != right.size()) return left.size() < right.size();
      if (left != right) return left < right;
      continue;
    }
    if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
    ++i;
    ++j;
  }
  if (i < a.size() || j < b.size()) return i == a.size();
  return a < b;  // They differ in zeros alone, if at all.
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
