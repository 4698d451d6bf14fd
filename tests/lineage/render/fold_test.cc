#include "lineage/render/fold.h"

#include <gtest/gtest.h>

#include "lineage/render/label.h"
#include "lineage/render/render.h"

namespace reprise::lineage {
namespace {

RenderNode RunNode(const std::string& name, const std::string& status = "finished") {
  return {name, RenderNodeKind::kRun, name, "sweep, " + status, "sweep"};
}
RenderNode FileNode(const std::string& id, const std::string& path) {
  return {id, RenderNodeKind::kArtifact, path, "sha256:" + id, ""};
}

// `count` runs that read one file and wrote a model each.
RenderGraph Sweep(int count) {
  RenderGraph graph;
  graph.nodes.push_back(FileNode("data", "data.csv"));
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    graph.nodes.push_back(RunNode("run-" + number));
    graph.nodes.push_back(FileNode("model" + number, "out/model-" + number + ".bin"));
    graph.edges.push_back({"data", "run-" + number, "used"});
    graph.edges.push_back({"run-" + number, "model" + number, "produced"});
  }
  return graph;
}

TEST(Fold, LeavesWhatIsSmallEnoughAsItIs) {
  const RenderGraph graph = Sweep(99);
  EXPECT_EQ(RenderText(Fold(graph), Direction::kDown), RenderText(graph, Direction::kDown));
  EXPECT_EQ(Fold(graph).nodes.size(), 199U);
}

TEST(Fold, CountsTheRunsOfASweepAndWhatTheyWrote) {
  const RenderGraph folded = Fold(Sweep(300));
  ASSERT_EQ(folded.nodes.size(), 3U);
  EXPECT_EQ(folded.nodes[0].label, "data.csv");
  EXPECT_EQ(folded.nodes[1].label, "×300 runs of sweep");
  EXPECT_EQ(folded.nodes[1].detail, "run-0 … run-299");
  EXPECT_EQ(folded.nodes[2].label, "×300 out/model-#.bin");
  ASSERT_EQ(folded.edges.size(), 2U);
  EXPECT_EQ(folded.edges[0].from, "data");
  EXPECT_EQ(folded.edges[1].kind, "produced");
}

TEST(Fold, NamesTheLeastAndTheGreatestByTheirNumbers) {
  RenderGraph graph;
  for (const char* const name : {"x10", "x9", "x100", "x2", "x11"}) {
    graph.nodes.push_back(RunNode(name));
  }
  graph.nodes.insert(graph.nodes.begin(), FileNode("data", "data.csv"));
  for (std::size_t i = 1; i < graph.nodes.size(); ++i) {
    graph.edges.push_back({"data", graph.nodes[i].id, "used"});
  }
  EXPECT_EQ(Fold(graph, 5).nodes[1].detail, "x2 … x100");
}

TEST(Fold, KeepsApartWhatHangsTogetherOtherwise) {
  RenderGraph graph = Sweep(300);
  graph.nodes.push_back(RunNode("broken", "failed"));
  graph.edges.push_back({"data", "broken", "used"});
  graph.nodes.push_back(RunNode("evaluate"));
  graph.edges.push_back({"model7", "evaluate", "used"});
  const RenderGraph folded = Fold(graph);
  // The sweep without run 7, run 7 and its model, what read that, and the failed one.
  EXPECT_EQ(folded.nodes.size(), 7U);
  EXPECT_EQ(folded.nodes[1].label, "×299 runs of sweep");
}

TEST(Fold, FoldsALongChainInItsMiddle) {
  RenderGraph graph;
  for (int i = 0; i < 1000; ++i) {
    graph.nodes.push_back(RunNode("run-" + std::to_string(i)));
    if (i > 0) {
      graph.edges.push_back(
          {"run-" + std::to_string(i - 1), "run-" + std::to_string(i), "derived_from"});
    }
  }
  const RenderGraph folded = Fold(graph);
  EXPECT_LE(folded.nodes.size(), kShownNodesMax);
  EXPECT_EQ(folded.nodes[0].label, "run-0");
  std::size_t folds = 0;
  for (const RenderNode& node : folded.nodes) folds += node.label.starts_with("×") ? 1 : 0;
  EXPECT_EQ(folds, 1U);
}

TEST(Fold, StaysWithinItsBoundHoweverManyExperimentsThereAre) {
  RenderGraph graph;
  graph.nodes.push_back(FileNode("data", "data.csv"));
  for (int i = 0; i < 300; ++i) {
    const std::string number = std::to_string(i);
    RenderNode run = RunNode("run-" + number);
    run.group = "experiment " + number;
    graph.nodes.push_back(run);
    graph.nodes.push_back(FileNode("f" + number, "out/f.kind" + number));
    graph.edges.push_back({"data", "run-" + number, "used"});
    graph.edges.push_back({"run-" + number, "f" + number, "produced"});
  }
  const RenderGraph folded = Fold(graph);
  ASSERT_EQ(folded.nodes.size(), 3U);
  EXPECT_EQ(folded.nodes[1].label, "×300 runs");
  EXPECT_EQ(folded.nodes[1].detail, "run-0 … run-299");
  EXPECT_EQ(folded.nodes[2].label, "×300 out/f.kind#");
}

TEST(Fold, IsTheSameForTheSameGraph) {
  EXPECT_EQ(RenderDot(Fold(Sweep(500))), RenderDot(Fold(Sweep(500))));
}

TEST(NaturallyLess, ComparesNumbersAsNumbers) {
  EXPECT_TRUE(NaturallyLess("x2", "x10"));
  EXPECT_FALSE(NaturallyLess("x10", "x2"));
  EXPECT_TRUE(NaturallyLess("x2", "x2a"));
  EXPECT_TRUE(NaturallyLess("a9b3", "a9b20"));
  EXPECT_TRUE(NaturallyLess("x1", "y0"));
  EXPECT_FALSE(NaturallyLess("x1", "x1"));
  EXPECT_NE(NaturallyLess("x01", "x1"), NaturallyLess("x1", "x01"));
  EXPECT_TRUE(NaturallyLess("", "a"));
}

TEST(LabelShape, HasNoNumbersAndNoDigests) {
  EXPECT_EQ(LabelShape("out/model-12.bin"), "out/model-#.bin");
  EXPECT_EQ(LabelShape("a1b22c"), "a#b#c");
  EXPECT_EQ(LabelShape("sha256:ab12cd34ef56"), "sha#:#");
  EXPECT_EQ(LabelShape("deadbeef/x"), "#/x");
  EXPECT_EQ(LabelShape(""), "");
}

}  // namespace
}  // namespace reprise::lineage
