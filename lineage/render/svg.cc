#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "lineage/render/label.h"
#include "lineage/render/layout.h"
#include "lineage/render/render.h"
#include "lineage/render/svg_number.h"

namespace reprise::lineage {
namespace {

constexpr double kMargin = 12;
constexpr double kPadding = 10;         // Between a box and its text.
constexpr double kLabelAdvance = 7.3;   // Of one column of 12 px monospace, rounded up.
constexpr double kDetailAdvance = 6.1;  // Likewise at 10 px.
constexpr std::size_t kColumnsMax = 36;
constexpr std::size_t kFirstColumnsMax = 120;  // Of what was asked about.
constexpr double kKindHeight = 12;             // Of an edge's kind.

// Scoped by a class, as the styles of an inline drawing hold for the whole page.
constexpr std::string_view kStyle =
    R"(.reprise-lineage text { fill: #1f2328; font-size: 12px;
font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.reprise-lineage .box { fill: #ffffff; stroke: #57606a; }
.reprise-lineage .run .box { fill: #ddf4ff; stroke: #0969da; }
.reprise-lineage .first .box { stroke-width: 2.5; }
.reprise-lineage .detail { font-size: 10px; fill: #59636e; }
.reprise-lineage .edge { fill: none; stroke: #57606a; }
.reprise-lineage .between { stroke-dasharray: 5 3; }
.reprise-lineage .kind { font-size: 10px; fill: #59636e; text-anchor: middle; }
.reprise-lineage .head { fill: #57606a; }
)";
constexpr std::string_view kDarkStyle = R"(@media screen and (prefers-color-scheme: dark) {
.reprise-lineage .box { fill: #161b22; stroke: #8b949e; }
.reprise-lineage .run .box { fill: #0c2d4d; stroke: #58a6ff; }
.reprise-lineage text { fill: #e6edf3; }
.reprise-lineage .detail, .reprise-lineage .kind { fill: #9198a1; }
.reprise-lineage .edge { stroke: #8b949e; }
.reprise-lineage .head { fill: #8b949e; }
}
)";

// How many columns of a monospaced font `text` (clean UTF-8) takes, roughly: characters from
// U+1100 on, where the wide scripts and pictures are, count twice.
std::size_t Columns(char lead_byte) {
  const auto byte = static_cast<unsigned char>(lead_byte);
  if (byte >= 0x80 && byte < 0xC0) return 0;  // A continuation byte.
  return byte >= 0xE2 ? 2 : 1;
}

std::size_t Columns(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) columns += Columns(c);
  return columns;
}

// The end of a path says more than its beginning, so what is too long loses its beginning.
std::string Shorten(const std::string& text, std::size_t columns_max) {
  std::size_t columns = Columns(text);
  if (columns <= columns_max) return text;
  std::size_t start = 0;
  while (start < text.size() && (columns >= columns_max || Columns(text[start]) == 0)) {
    columns -= Columns(text[start++]);
  }
  return "…" + text.substr(start);
}

struct Box {
  std::string label;
  std::string detail;
  double width = 0;
};

Box BoxOf(const RenderNode& node, bool is_first) {
  const std::size_t columns_max = is_first ? kFirstColumnsMax : kColumnsMax;
  Box box;
  box.label = Shorten(CleanLabel(node.label), columns_max);
  if (node.detail != node.label) box.detail = Shorten(CleanLabel(node.detail), columns_max);
  box.width =
      2 * kPadding + std::ceil(std::max(kLabelAdvance * static_cast<double>(Columns(box.label)),
                                        kDetailAdvance * static_cast<double>(Columns(box.detail))));
  return box;
}

std::string DrawNode(const RenderNode& node, const Box& box, const Point& corner, double height,
                     bool is_first) {
  const bool is_run = node.kind == RenderNodeKind::kRun;
  std::string classes = is_run ? "run" : "artifact";
  if (is_first) classes += " first";
  const std::string x = SvgNumber(corner.x + kPadding);
  std::string svg = "<g class=\"" + classes + "\"><title>" +
                    EscapeXml(LabelWithDetail(node) + " " + CleanLabel(node.id)) + "</title>" +
                    "<rect class=\"box\" x=\"" + SvgNumber(corner.x) + "\" y=\"" +
                    SvgNumber(corner.y) + "\" width=\"" + SvgNumber(box.width) + "\" height=\"" +
                    SvgNumber(height) + "\" rx=\"" + (is_run ? "10" : "1") + "\"/>";
  const double label_y = corner.y + (box.detail.empty() ? height / 2 + 4 : 15);
  svg +=
      "<text x=\"" + x + "\" y=\"" + SvgNumber(label_y) + "\">" + EscapeXml(box.label) + "</text>";
  if (!box.detail.empty()) {
    svg += "<text class=\"detail\" x=\"" + x + "\" y=\"" + SvgNumber(corner.y + height - 6) +
           "\">" + EscapeXml(box.detail) + "</text>";
  }
  return svg + "</g>\n";
}

// A smooth line through the points, level at each.
std::string PathData(const std::vector<Point>& points) {
  std::string data = "M" + SvgNumber(points[0].x) + "," + SvgNumber(points[0].y);
  for (std::size_t i = 1; i < points.size(); ++i) {
    const Point& a = points[i - 1];
    const Point& b = points[i];
    const std::string middle = SvgNumber((a.x + b.x) / 2);
    data += " C" + middle + "," + SvgNumber(a.y) + " " + middle + "," + SvgNumber(b.y) + " " +
            SvgNumber(b.x) + "," + SvgNumber(b.y);
  }
  return data;
}

// Whether the kind can be seen from the ends.
bool IsPlain(std::string_view kind) {
  constexpr std::array<std::string_view, 6> kPlain = {
      "used", "produced", "code_of", "environment_of", "commit_of", "registered_as"};
  return std::ranges::find(kPlain, kind) != kPlain.end();
}

double KindWidth(std::string_view kind) {
  return kDetailAdvance * static_cast<double>(Columns(EdgeLabel(kind)));
}

struct Area {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;

  bool Overlaps(const Area& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

// Finds places for the kinds of edges where they cover no box and no other kind.
class KindPlaces {
 public:
  void Take(const Area& area) { taken_.push_back(area); }

  // The middle of the text's base line, on the last piece of the edge, or just above or below it;
  // absent: there is no room, and the line's title tells the kind.
  std::optional<Point> Find(const std::vector<Point>& points, double width) {
    if (taken_.size() > kAreasMax) return std::nullopt;
    const Point& a = points[points.size() - 2];
    const Point& b = points.back();
    for (const double share : {0.5, 0.35, 0.65, 0.2, 0.8}) {
      for (const double lift : {-5.0, 13.0, -17.0, 25.0}) {
        // As the curve of PathData() runs, nearly.
        const double smooth = share * share * (3 - 2 * share);
        const Point middle{a.x + (b.x - a.x) * share, a.y + (b.y - a.y) * smooth + lift};
        const Area area{middle.x - width / 2, middle.y - kKindHeight + 2, middle.x + width / 2,
                        middle.y + 2};
        if (std::ranges::any_of(taken_, [&](const Area& one) { return one.Overlaps(area); })) {
          continue;
        }
        taken_.push_back(area);
        return middle;
      }
    }
    return std::nullopt;
  }

 private:
  // All are looked at for each; nobody reads thousands.
  static constexpr std::size_t kAreasMax = 2000;

  std::vector<Area> taken_;
};

std::string DrawEdge(const IndexedEdge& edge, const std::vector<Point>& points,
                     KindPlaces& places) {
  const bool is_plain = IsPlain(edge.kind);
  const std::string kind = EscapeXml(EdgeLabel(edge.kind));
  std::string svg = "<path class=\"edge" + std::string(is_plain ? "" : " between") + "\" d=\"" +
                    PathData(points) + "\" marker-end=\"url(#reprise-arrow)\"><title>" + kind +
                    "</title></path>\n";
  if (is_plain) return svg;
  const auto place = places.Find(points, KindWidth(edge.kind));
  if (!place.has_value()) return svg;
  svg += "<text class=\"kind\" x=\"" + SvgNumber(place->x) + "\" y=\"" + SvgNumber(place->y) +
         "\">" + kind + "</text>\n";
  return svg;
}

}  // namespace

std::string RenderSvg(const RenderGraph& graph, SvgTheme theme) {
  LayoutOptions options;
  std::vector<Box> boxes;
  std::vector<double> widths;
  for (const RenderNode& node : graph.nodes) {
    boxes.push_back(BoxOf(node, boxes.empty()));
    widths.push_back(boxes.back().width);
  }
  const std::vector<IndexedEdge> edges = IndexEdges(graph);
  std::vector<std::pair<std::size_t, std::size_t>> ends;
  for (const IndexedEdge& edge : edges) {
    ends.emplace_back(edge.from, edge.to);
    if (IsPlain(edge.kind)) continue;
    options.layer_gap = std::max(options.layer_gap, KindWidth(edge.kind) + 2 * kPadding);
  }
  const Layout layout = LayOut(widths, ends, options);

  const std::string width = SvgNumber(layout.width + 2 * kMargin);
  const std::string height = SvgNumber(layout.height + 2 * kMargin);
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"reprise-lineage\" role=\"img\" width=\"" +
      width + "\" height=\"" + height + "\" viewBox=\"" + SvgNumber(-kMargin) + " " +
      SvgNumber(-kMargin) + " " + width + " " + height + "\">\n<title>Lineage</title>\n";
  svg += "<style>\n";
  svg += kStyle;
  if (theme == SvgTheme::kAuto) svg += kDarkStyle;
  svg += "</style>\n";
  svg +=
      "<defs><marker id=\"reprise-arrow\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" "
      "markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path class=\"head\" "
      "d=\"M0,0 L8,4 L0,8 z\"/></marker></defs>\n";
  KindPlaces places;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const Point& corner = layout.nodes[i];
    places.Take({corner.x, corner.y, corner.x + widths[i], corner.y + options.row_height});
  }
  for (std::size_t i = 0; i < edges.size(); ++i) {
    if (!layout.edges[i].empty()) svg += DrawEdge(edges[i], layout.edges[i], places);
  }
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    svg += DrawNode(graph.nodes[i], boxes[i], layout.nodes[i], options.row_height, i == 0);
  }
  return svg + "</svg>\n";
}

}  // namespace reprise::lineage
