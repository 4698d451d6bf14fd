#include "lineage/render/render.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "lineage/render/layout.h"
#include "tests/support/golden.h"

namespace reprise::lineage {
namespace {

using testing::ExpectGolden;

RenderNode Artifact(const std::string& id, const std::string& label) {
  return {id, RenderNodeKind::kArtifact, label, "sha256:" + id};
}
RenderNode RunNode(const std::string& id, const std::string& label) {
  return {id, RenderNodeKind::kRun, label, "credit, finished"};
}

// A score from a model and data that share an origin, with a rerun.
RenderGraph SomeGraph() {
  return {
      {Artifact("a1", "score.txt"), RunNode("R3", "score"), Artifact("a2", "models/model.bin"),
       Artifact("a3", "holdout.csv"), RunNode("R2", "train"), RunNode("R1", "prepare"),
       Artifact("a4", "a/very/long/path/that/goes/on/and/on/raw.csv"), RunNode("R0", "first try")},
      {{"R3", "a1", "produced"},
       {"a2", "R3", "used"},
       {"a3", "R3", "used"},
       {"R2", "a2", "produced"},
       {"R1", "a3", "produced"},
       {"R1", "a5", "produced"},  // No such node.
       {"a3", "R2", "used"},
       {"a4", "R1", "used"},
       {"R0", "R2", "reproduces"}}};
}

// Labels that mean something to the formats.
RenderGraph HostileGraph() {
  return {{Artifact("x\"1", "<script>alert(1)</script>"), RunNode("r]1", "a\"b\\c\n`d`&amp;#quot;"),
           Artifact("y", std::string("\xff\x00\x1b[31m", 7)), Artifact("z", "日本語/モデル.bin")},
          {{"x\"1", "r]1", "used"}, {"y", "r]1", "u<s>\"ed"}, {"z", "r]1", "used"}}};
}

TEST(Render, TextHasItsGoldenBytes) {
  ExpectGolden("lineage/graph.txt", RenderText(SomeGraph(), Direction::kUp));
  ExpectGolden("lineage/hostile.txt", RenderText(HostileGraph(), Direction::kDown));
}

TEST(Render, JsonHasItsGoldenBytes) {
  ExpectGolden("lineage/graph.json", FormatJson(RenderJson(SomeGraph())));
}

TEST(Render, DotHasItsGoldenBytes) {
  ExpectGolden("lineage/graph.dot", RenderDot(SomeGraph()));
  ExpectGolden("lineage/hostile.dot", RenderDot(HostileGraph()));
}

TEST(Render, MermaidHasItsGoldenBytes) {
  ExpectGolden("lineage/graph.mmd", RenderMermaid(SomeGraph()));
  ExpectGolden("lineage/hostile.mmd", RenderMermaid(HostileGraph()));
}

TEST(Render, SvgHasItsGoldenBytes) {
  ExpectGolden("lineage/graph.svg", RenderSvg(SomeGraph()));
  ExpectGolden("lineage/hostile.svg", RenderSvg(HostileGraph()));
}

TEST(Render, NothingOfALabelIsMarkup) {
  const std::string svg = RenderSvg(HostileGraph());
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(svg.find('\x1b'), std::string::npos);
  EXPECT_TRUE(IsUtf8(svg));
}

TEST(Render, AnEmptyGraphIsNoError) {
  EXPECT_EQ(RenderText({}, Direction::kUp), "");
  EXPECT_NE(RenderSvg({}).find("</svg>"), std::string::npos);
  EXPECT_NE(RenderDot({}).find("digraph"), std::string::npos);
}

TEST(Render, TextFollowsEdgesTheOtherWayForAWalkDown) {
  const RenderGraph down{{Artifact("a", "raw"), RunNode("R", "train"), Artifact("b", "model")},
                         {{"a", "R", "used"}, {"R", "b", "produced"}}};
  const std::string text = RenderText(down, Direction::kDown);
  EXPECT_NE(text.find("used by train"), std::string::npos) << text;
  EXPECT_NE(text.find("produced model"), std::string::npos) << text;
}

TEST(Render, TextOfAWalkDownIsNoTreeUpwardsWhereMoreLiesThere) {
  const RenderGraph down{{Artifact("a", "raw"), RunNode("R", "clean"), RunNode("S", "touch")},
                         {{"a", "R", "used"}, {"S", "a", "produced"}, {"R", "S", "derived_from"}}};
  const std::string text = RenderText(down, Direction::kDown);
  EXPECT_NE(text.find("└─ used by clean"), std::string::npos) << text;
  EXPECT_EQ(text.find("produced by"), std::string::npos) << text;
}

TEST(Render, ACycleInTheGraphEnds) {
  const RenderGraph cycle{{Artifact("a", "same"), RunNode("R", "touch")},
                          {{"a", "R", "used"}, {"R", "a", "produced"}}};
  EXPECT_NE(RenderText(cycle, Direction::kUp).find("(above)"), std::string::npos);
  EXPECT_NE(RenderSvg(cycle).find("</svg>"), std::string::npos);
}

// A chain of trainings, each from the model before it and from the same data.
RenderGraph LongChain(std::size_t runs) {
  RenderGraph graph{{Artifact("data", "data.csv")}, {}};
  for (std::size_t i = 0; i < runs; ++i) {
    const std::string run = "R" + std::to_string(i);
    const std::string model = "m" + std::to_string(i);
    graph.nodes.push_back(RunNode(run, run));
    graph.nodes.push_back(Artifact(model, model));
    graph.edges.push_back({"data", run, "used"});
    if (i > 0) graph.edges.push_back({"m" + std::to_string(i - 1), run, "used"});
    graph.edges.push_back({run, model, "produced"});
  }
  return graph;
}

TEST(Render, TenThousandRunsInAChainTakeSpaceInProportion) {
  const RenderGraph chain = LongChain(10'000);
  const std::string text = RenderText(chain, Direction::kDown);
  EXPECT_LT(text.size(), 10'000'000U);
  EXPECT_NE(text.find("(19999) "), std::string::npos);  // From the data, run by run.
  EXPECT_LT(RenderSvg(chain).size(), 50'000'000U);
  EXPECT_LT(RenderDot(chain).size(), 10'000'000U);
  EXPECT_LT(RenderMermaid(chain).size(), 10'000'000U);
}

TEST(Render, IndentsLeaveRoomForLabelsOnANarrowTerminal) {
  const RenderGraph chain = LongChain(60);
  for (const std::size_t columns : {40U, 80U, 400U}) {
    const std::string text = RenderText(chain, Direction::kDown, columns);
    std::size_t widest = 0;
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin);
      const std::string_view line = std::string_view(text).substr(begin, end - begin);
      std::size_t indent = 0;  // In columns: code points before the first letter or number.
      for (const char c : line) {
        if (c == '(' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) break;
        indent += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
      }
      widest = std::max(widest, indent);
      begin = end + 1;
    }
    EXPECT_LE(widest, columns / 2) << columns;
    EXPECT_GE(widest + 3, std::min<std::size_t>(columns / 2, 120)) << columns;
    EXPECT_NE(text.find("(119) "), std::string::npos);  // How deep it is.
  }
  EXPECT_EQ(RenderText(chain, Direction::kDown, 1000), RenderText(chain, Direction::kDown));
}

TEST(Render, TenThousandFilesOfOneRunAreDrawn) {
  RenderGraph fan{{RunNode("R", "extract")}, {}};
  for (int i = 0; i < 10'000; ++i) {
    fan.nodes.push_back(Artifact("f" + std::to_string(i), "file " + std::to_string(i)));
    fan.edges.push_back({"R", "f" + std::to_string(i), "produced"});
  }
  EXPECT_NE(RenderText(fan, Direction::kDown).find("file 9999"), std::string::npos);
  EXPECT_NE(RenderSvg(fan).find("file 9999"), std::string::npos);
}

TEST(Render, SvgLabelsOfEdgesKeepApart) {
  RenderGraph graph;
  graph.nodes.push_back({"a", RenderNodeKind::kArtifact, "a", "", ""});
  for (int i = 0; i < 12; ++i) {
    const std::string id = "b" + std::to_string(i);
    graph.nodes.push_back({id, RenderNodeKind::kArtifact, id, "", ""});
    graph.edges.push_back({"a", id, "[the same values, by a run]"});
  }
  const std::string svg = RenderSvg(graph);
  std::vector<std::pair<double, double>> places;
  constexpr std::string_view kBefore = "<text class=\"kind\" x=\"";
  for (std::size_t at = svg.find(kBefore); at != std::string::npos;
       at = svg.find(kBefore, at + 1)) {
    const double x = std::stod(svg.substr(at + kBefore.size()));
    const double y = std::stod(svg.substr(svg.find("y=\"", at) + 3));
    for (const auto& [other_x, other_y] : places) {
      EXPECT_TRUE(std::abs(x - other_x) > 100 || std::abs(y - other_y) >= 12);
    }
    places.emplace_back(x, y);
  }
  EXPECT_EQ(places.size(), 12U);
}

TEST(Render, SvgTellsWhatWasAskedAboutInFull) {
  RenderGraph graph;
  const std::string path = "a/path/that/is/longer/than/what/a/box/shows/of/others/data.csv";
  graph.nodes.push_back({"a", RenderNodeKind::kArtifact, path, "", ""});
  graph.nodes.push_back({"b", RenderNodeKind::kArtifact, path, "", ""});
  const std::string svg = RenderSvg(graph);
  EXPECT_NE(svg.find(">" + path + "</text>"), std::string::npos);
  EXPECT_NE(svg.find(">…"), std::string::npos);
}

TEST(Layout, LongEdgesBeyondTheLimitRunStraight) {
  const std::vector<double> widths(4, 50);
  const std::vector<std::pair<std::size_t, std::size_t>> edges = {{0, 1}, {1, 2}, {2, 3}, {0, 3}};
  EXPECT_GT(LayOut(widths, edges, {}).edges[3].size(), 2U);
  EXPECT_EQ(LayOut(widths, edges, {.bends_max = 1}).edges[3].size(), 2U);
}

TEST(Layout, BoxesNeverOverlapAndEdgesRunRightwards) {
  // A dense random graph of 200 nodes, from a fixed generator.
  std::uint32_t state = 7;
  const auto random = [&](std::uint32_t below) {
    state = state * 1664525 + 1013904223;
    return (state >> 8) % below;
  };
  std::vector<double> widths;
  std::vector<std::pair<std::size_t, std::size_t>> edges;
  for (std::size_t i = 0; i < 200; ++i) widths.push_back(40 + random(200));
  for (int i = 0; i < 400; ++i) {
    const std::size_t a = random(200);
    const std::size_t b = random(200);
    if (a != b) edges.emplace_back(std::min(a, b), std::max(a, b));
  }
  const LayoutOptions options;
  const Layout layout = LayOut(widths, edges, options);
  for (std::size_t i = 0; i < widths.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      const Point& a = layout.nodes[i];
      const Point& b = layout.nodes[k];
      EXPECT_FALSE(a.x < b.x + widths[k] && b.x < a.x + widths[i] &&
                   a.y < b.y + options.row_height && b.y < a.y + options.row_height)
          << i << " and " << k;
    }
  }
  for (const auto& [from, to] : edges) {
    EXPECT_LT(layout.nodes[from].x + widths[from], layout.nodes[to].x);
  }
}

TEST(Layout, TwoChainsThatCrossInTheInputDoNotCrossInTheDrawing) {
  const Layout layout = LayOut({50, 50, 50, 50}, {{0, 3}, {1, 2}}, {});
  EXPECT_EQ(layout.nodes[0].y < layout.nodes[1].y, layout.nodes[3].y < layout.nodes[2].y);
}

}  // namespace
}  // namespace reprise::lineage
