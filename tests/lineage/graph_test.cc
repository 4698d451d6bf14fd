#include "lineage/graph.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "lineage/graph_writer.h"
#include "storage/crypto/sha256.h"
#include "tests/support/memory_objects.h"

namespace reprise::lineage {
namespace {

using testing::FileEntry;
using testing::FolderEntry;

Ulid Id(std::uint64_t number) { return Ulid::FromParts(number, AsBytes("0123456789")); }
Digest File(std::string_view content) { return crypto::Sha256(content); }
NodeId RunNode(std::uint64_t number) { return NodeId::Run(Id(number)); }
NodeId Artifact(const Digest& digest) { return NodeId::Artifact(digest); }

ArtifactUse UseOf(const std::string& path, const Digest& digest,
                  ArtifactKind kind = ArtifactKind::kFile) {
  ArtifactUse use;
  use.path = path;
  use.kind = kind;
  use.digest = digest;
  return use;
}
ArtifactUse FolderUse(const std::string& path, const Digest& digest) {
  return UseOf(path, digest, ArtifactKind::kFolder);
}

class GraphTest : public ::testing::Test {
 protected:
  void Index(std::uint64_t number, const std::vector<ArtifactUse>& inputs,
             const std::vector<ArtifactUse>& outputs,
             const std::optional<std::string>& reproduces = std::nullopt) {
    RunRecord run;
    run.id = Id(number);
    run.outputs = outputs;
    run.reproduces = reproduces;
    Recipe recipe;
    recipe.inputs = inputs;
    storage::CatalogBatch batch;
    const auto indexed = GraphWriter(*catalog).AddRun(run, recipe, nullptr, objects, batch);
    ASSERT_TRUE(indexed.ok()) << indexed.error().message;
    last_changes = batch.changes().size();
    ASSERT_TRUE(catalog->Apply(batch).ok());
  }

  std::vector<Edge> Into(const NodeId& node) { return *EdgesInto(*catalog, node); }
  std::vector<Edge> From(const NodeId& node) { return *EdgesFrom(*catalog, node); }
  Subgraph Walk(const NodeId& start, Direction direction,
                std::optional<std::uint64_t> depth_max = std::nullopt) {
    auto graph = Traverse(*catalog, start, direction, depth_max);
    EXPECT_TRUE(graph.ok());
    for (const Edge& edge : graph->edges) {
      EXPECT_TRUE(std::ranges::count(graph->nodes, edge.from) == 1 &&
                  std::ranges::count(graph->nodes, edge.to) == 1);
    }
    return *std::move(graph);
  }
  static bool Has(const Subgraph& graph, const NodeId& node) {
    return std::ranges::count(graph.nodes, node) == 1;
  }

  std::unique_ptr<storage::Catalog> catalog = storage::NewMemoryCatalog();
  testing::MemoryObjects objects;
  std::size_t last_changes = 0;
};

TEST_F(GraphTest, EdgesFollowTheFlowOfDataAndAreFoundByBothEnds) {
  Index(1, {UseOf("raw.csv", File("raw"))}, {UseOf("clean.csv", File("clean"))});
  const Edge used{Artifact(File("raw")), RunNode(1), EdgeKind::kUsed, "raw.csv"};
  const Edge produced{RunNode(1), Artifact(File("clean")), EdgeKind::kProduced, "clean.csv"};
  EXPECT_EQ(Into(RunNode(1)), std::vector<Edge>{used});
  EXPECT_EQ(From(RunNode(1)), std::vector<Edge>{produced});
  EXPECT_EQ(From(Artifact(File("raw"))), std::vector<Edge>{used});
  EXPECT_EQ(Into(Artifact(File("clean"))), std::vector<Edge>{produced});
  EXPECT_TRUE(Into(Artifact(File("raw"))).empty());
  EXPECT_TRUE(From(Artifact(File("clean"))).empty());
}

TEST_F(GraphTest, OneArtifactUnderTwoPathsIsTwoEdges) {
  Index(1, {UseOf("a", File("x")), UseOf("b\xff", File("x"))}, {});
  const auto edges = Into(RunNode(1));
  ASSERT_EQ(edges.size(), 2U);
  EXPECT_EQ(edges[0].path, "a");
  EXPECT_EQ(edges[1].path, "b\xff");
}

TEST_F(GraphTest, AFileInAProducedFolderWasProducedByTheFoldersRun) {
  const Digest inner = objects.PutTree({FileEntry("m.bin", File("model"))});
  const Digest outer = objects.PutTree({FolderEntry("best", inner), FileEntry("log", File("log"))});
  Index(1, {}, {FolderUse("models", outer)});
  Index(2, {UseOf("elsewhere.bin", File("model"))}, {UseOf("score.txt", File("score"))});

  const Edge produced{RunNode(1), Artifact(File("model")), EdgeKind::kProduced,
                      "models/best/m.bin"};
  EXPECT_EQ(Into(Artifact(File("model"))), std::vector<Edge>{produced});
  // And so the walk from the score reaches the training, and back.
  EXPECT_TRUE(Has(Walk(Artifact(File("score")), Direction::kUp), RunNode(1)));
  EXPECT_TRUE(Has(Walk(RunNode(1), Direction::kDown), Artifact(File("score"))));
}

TEST_F(GraphTest, AFileInAUsedFolderWasUsedByTheFoldersRun) {
  const Digest data = objects.PutTree({FileEntry("part-7", File("part"))});
  Index(1, {}, {UseOf("out", File("part"))});
  Index(2, {FolderUse("data", data)}, {});
  const Edge used{Artifact(File("part")), RunNode(2), EdgeKind::kUsed, "data/part-7"};
  EXPECT_EQ(From(Artifact(File("part"))), std::vector<Edge>{used});
  const auto into = Into(RunNode(2));  // The folder, and the file in it that a run wrote.
  EXPECT_EQ(into.size(), 2U);
  EXPECT_EQ(std::ranges::count(into, used), 1);
  EXPECT_TRUE(Has(Walk(RunNode(2), Direction::kUp), RunNode(1)));
}

TEST_F(GraphTest, FilesThatNobodyMadeAreNotListedOneByOne) {
  const Digest data = objects.PutTree({FileEntry("a", File("a")), FileEntry("b", File("b"))});
  Index(1, {FolderUse("data", data)}, {});
  EXPECT_EQ(Into(RunNode(1)).size(), 1U);
  // Nor where another run read the same folder, or wrote it as a whole.
  Index(2, {FolderUse("data", data)}, {});
  EXPECT_EQ(Into(RunNode(1)).size(), 1U);
  Index(3, {}, {FolderUse("made", data)});
  EXPECT_EQ(Into(RunNode(1)).size(), 1U);
  EXPECT_EQ(Walk(RunNode(1), Direction::kUp).nodes,
            (std::vector{RunNode(1), Artifact(data), RunNode(3)}));
}

TEST_F(GraphTest, AKnownSubfolderStandsForItsFiles) {
  const Digest shared = objects.PutTree({FileEntry("x", File("x")), FileEntry("y", File("y"))});
  const Digest wrote = objects.PutTree({FolderEntry("s", shared)});
  const Digest read = objects.PutTree({FolderEntry("t", shared), FileEntry("z", File("z"))});
  Index(1, {}, {FolderUse("w", wrote)});
  Index(2, {FolderUse("r", read)}, {});
  const auto into = Into(RunNode(2));
  ASSERT_EQ(into.size(), 2U);
  EXPECT_EQ(std::ranges::count(into, Edge{Artifact(shared), RunNode(2), EdgeKind::kUsed, "r/t"}),
            1);
  EXPECT_EQ(Into(Artifact(shared)),
            (std::vector{Edge{RunNode(1), Artifact(shared), EdgeKind::kProduced, "w/s"}}));
}

TEST_F(GraphTest, AFolderReadAndWrittenUnchangedDoesNotHideWhoWroteItsFiles) {
  const Digest data = objects.PutTree({FileEntry("a", File("a"))});
  Index(1, {}, {UseOf("a", File("a"))});
  Index(2, {FolderUse("data", data)}, {FolderUse("data", data)});
  EXPECT_TRUE(Has(Walk(RunNode(2), Direction::kUp), RunNode(1)));
}

TEST_F(GraphTest, AWalkFromAFolderReachesWhatItsFilesHaveToDoWith) {
  const Digest data = objects.PutTree({FileEntry("train", File("t")), FileEntry("u", File("u"))});
  Index(1, {UseOf("raw", File("raw"))}, {UseOf("x", File("t"))});
  Index(2, {UseOf("train", File("t"))}, {UseOf("model", File("m"))});
  storage::CatalogBatch batch;
  ASSERT_TRUE(GraphWriter(*catalog).AddDataset(data, objects, batch).ok());
  ASSERT_TRUE(catalog->Apply(batch).ok());
  const Subgraph down = Walk(Artifact(data), Direction::kDown);
  EXPECT_TRUE(Has(down, Artifact(File("m"))));
  EXPECT_FALSE(Has(down, Artifact(File("u"))));
  EXPECT_EQ(std::ranges::count(down.edges, Edge{Artifact(data), Artifact(File("t")),
                                                EdgeKind::kContains, "train"}),
            1);
  const Subgraph up = Walk(Artifact(data), Direction::kUp);
  EXPECT_TRUE(Has(up, Artifact(File("raw"))));
  EXPECT_EQ(std::ranges::count(
                up.edges, Edge{Artifact(File("t")), Artifact(data), EdgeKind::kPartOf, "train"}),
            1);
}

TEST_F(GraphTest, RunsAreLinkedToWhatTheyReproduce) {
  Index(1, {}, {});
  Index(2, {}, {}, Id(1).ToString());
  const Edge edge{RunNode(1), RunNode(2), EdgeKind::kReproduces, ""};
  EXPECT_EQ(Into(RunNode(2)), std::vector<Edge>{edge});
  EXPECT_EQ(From(RunNode(1)), std::vector<Edge>{edge});
}

TEST_F(GraphTest, CyclesEndTheWalk) {
  Index(1, {UseOf("f", File("same"))}, {UseOf("f", File("same"))});
  const Subgraph up = Walk(Artifact(File("same")), Direction::kUp);
  EXPECT_EQ(up.nodes, (std::vector{Artifact(File("same")), RunNode(1)}));
  EXPECT_EQ(up.edges.size(), 2U);
  EXPECT_EQ(Walk(RunNode(1), Direction::kDown).nodes.size(), 2U);
}

TEST_F(GraphTest, ALongCycleEndsTheWalkFromAnywhereOnIt) {
  for (std::uint64_t i = 0; i < 100; ++i) {
    Index(i + 1, {UseOf("f", File(std::to_string(i)))},
          {UseOf("f", File(std::to_string((i + 1) % 100)))});
  }
  for (const auto direction : {Direction::kUp, Direction::kDown}) {
    EXPECT_EQ(Walk(Artifact(File("42")), direction).nodes.size(), 200U);
  }
}

TEST_F(GraphTest, RunsThatClaimToComeFromEachOtherAreNamed) {
  Index(1, {}, {}, Id(3).ToString());
  Index(2, {}, {}, Id(1).ToString());
  Index(3, {}, {}, Id(2).ToString());
  Index(4, {}, {}, Id(3).ToString());  // Comes from the circle, and is no part of it.
  for (const auto direction : {Direction::kUp, Direction::kDown}) {
    const Subgraph graph = Walk(RunNode(direction == Direction::kUp ? 4 : 1), direction);
    EXPECT_EQ(graph.nodes.size(), 4U);
    EXPECT_EQ(FindCycleOfRuns(graph), (std::vector{RunNode(1), RunNode(3), RunNode(2)}));
  }
}

TEST_F(GraphTest, ReproductionsOfReproductionsAreNoCycle) {
  Index(1, {UseOf("f", File("same"))}, {UseOf("f", File("same"))});
  for (std::uint64_t i = 2; i < 9; ++i) {
    Index(i, {UseOf("f", File("same"))}, {UseOf("f", File("same"))}, Id(i / 2).ToString());
  }
  const Subgraph graph = Walk(RunNode(8), Direction::kUp);
  EXPECT_EQ(graph.nodes.size(), 9U);
  EXPECT_TRUE(FindCycleOfRuns(graph).empty());
}

TEST_F(GraphTest, TenThousandRunsInAChainAreWalkedBothWays) {
  constexpr std::uint64_t kRuns = 10'000;
  for (std::uint64_t i = 0; i < kRuns; ++i) {
    Index(i + 1, {UseOf("in", File(std::to_string(i))), UseOf("data", File("data"))},
          {UseOf("out", File(std::to_string(i + 1)))});
  }
  const auto up = Traverse(*catalog, Artifact(File(std::to_string(kRuns))), Direction::kUp, {});
  ASSERT_TRUE(up.ok());
  EXPECT_EQ(up->nodes.size(), 2 * kRuns + 2);
  EXPECT_EQ(up->edges.size(), 3 * kRuns);
  const auto down = Traverse(*catalog, Artifact(File("0")), Direction::kDown, {});
  ASSERT_TRUE(down.ok());
  EXPECT_EQ(down->nodes.size(), 2 * kRuns + 1);
}

TEST_F(GraphTest, TenThousandReadersOfAFileAreOneStepAway) {
  for (std::uint64_t i = 1; i <= 10'000; ++i) Index(i, {UseOf("d", File("data"))}, {});
  EXPECT_EQ(From(Artifact(File("data"))).size(), 10'000U);
}

TEST_F(GraphTest, TheDepthBoundCountsEdges) {
  Index(1, {UseOf("a", File("a"))}, {UseOf("b", File("b"))});
  Index(2, {UseOf("b", File("b"))}, {UseOf("c", File("c"))});
  EXPECT_EQ(Walk(Artifact(File("c")), Direction::kUp, 0).nodes.size(), 1U);
  EXPECT_EQ(Walk(Artifact(File("c")), Direction::kUp, 1).nodes,
            (std::vector{Artifact(File("c")), RunNode(2)}));
  EXPECT_EQ(Walk(Artifact(File("c")), Direction::kUp, 3).nodes.size(), 4U);
  EXPECT_EQ(Walk(Artifact(File("c")), Direction::kUp).nodes.size(), 5U);
  EXPECT_EQ(Walk(Artifact(File("a")), Direction::kDown, 2).nodes,
            (std::vector{Artifact(File("a")), RunNode(1), Artifact(File("b"))}));
}

TEST_F(GraphTest, TheOrderOfIndexingDoesNotShow) {
  const Digest data = objects.PutTree({FileEntry("x", File("x")), FileEntry("y", File("y"))});
  const auto index = [&](bool backwards) {
    catalog = storage::NewMemoryCatalog();
    for (std::uint64_t i = 0; i < 3; ++i) {
      const std::uint64_t number = backwards ? 3 - i : i + 1;
      if (number == 1) Index(1, {}, {UseOf("x", File("x"))});
      if (number == 2) Index(2, {FolderUse("d", data)}, {UseOf("m", File("m"))});
      if (number == 3) Index(3, {UseOf("m", File("m"))}, {FolderUse("d", data)});
    }
    return Walk(Artifact(File("m")), Direction::kUp);
  };
  const Subgraph once = index(false);
  const Subgraph again = index(true);
  EXPECT_EQ(once.nodes, again.nodes);
  EXPECT_EQ(once.edges, again.edges);
}

TEST_F(GraphTest, ATreeIsIndexedOnceHoweverManyRunsReadIt) {
  std::vector<storage::TreeEntry> entries;
  for (int i = 0; i < 100; ++i) {
    entries.push_back(FileEntry("f" + std::to_string(i), File(std::to_string(i))));
  }
  const Digest data = objects.PutTree(entries);
  Index(1, {FolderUse("data", data)}, {});
  EXPECT_GT(last_changes, 200U);
  Index(2, {FolderUse("data", data)}, {});
  EXPECT_LT(last_changes, 6U);  // The run, its edge, and that the folder is whole.
}

TEST_F(GraphTest, AFolderThatCannotBeReadDoesNotStopIndexing) {
  const Digest inner = objects.PutTree({FileEntry("x", File("x"))});
  const Digest outer = objects.PutTree({FolderEntry("in", inner), FileEntry("y", File("y"))});
  objects.Remove(inner);
  Index(1, {}, {FolderUse("out", outer)});
  EXPECT_EQ(Into(Artifact(File("y"))).size(), 1U);
  EXPECT_TRUE(Into(Artifact(File("x"))).empty());
}

TEST_F(GraphTest, AFolderBeyondTheLimitIsLinkedInPart) {
  std::vector<storage::TreeEntry> entries;
  for (std::uint64_t i = 0; i < kFolderMembersMax + 10; ++i) {
    entries.push_back(FileEntry(std::to_string(1'000'000 + i), File(std::to_string(i))));
  }
  const Digest data = objects.PutTree(entries);
  Index(1, {}, {FolderUse("d", data)});
  EXPECT_EQ(Into(Artifact(File("0"))).size(), 1U);
  EXPECT_TRUE(Into(Artifact(File(std::to_string(kFolderMembersMax + 1)))).empty());
  Index(2, {}, {FolderUse("d", data)});
  EXPECT_LT(last_changes, 6U);
}

TEST_F(GraphTest, FoldersThatMultiplyPathsAreBounded) {
  Digest folder = objects.PutTree({FileEntry("x", File("x"))});
  for (int i = 0; i < 40; ++i) {  // 2^40 paths to x.
    folder = objects.PutTree({FolderEntry("a", folder), FolderEntry("b", folder)});
  }
  Index(1, {}, {FolderUse("out", folder)});
  const auto into = Into(Artifact(File("x")));
  EXPECT_FALSE(into.empty());
  EXPECT_LT(into.size(), 50'000U);
  Index(2, {FolderUse("in", folder)}, {});
  EXPECT_EQ(Into(RunNode(2)).size(), 1U);
}

TEST_F(GraphTest, ADamagedRowIsCorruption) {
  Index(1, {UseOf("a", File("a"))}, {});
  std::vector<std::string> keys;
  ASSERT_TRUE(catalog
                  ->Scan(storage::Space::kEdge, {},
                         [&](std::string_view key, std::string_view) {
                           keys.emplace_back(key);
                           return true;
                         })
                  .ok());
  for (const char* value : {"", "x", "rr"}) {
    storage::CatalogBatch batch;
    for (const std::string& key : keys) batch.Put(storage::Space::kEdge, key, value);
    ASSERT_TRUE(catalog->Apply(batch).ok());
    const auto edges = EdgesInto(*catalog, RunNode(1));
    ASSERT_FALSE(edges.ok()) << value;
    EXPECT_EQ(edges.error().code, ErrorCode::kCorruption);
  }
}

TEST_F(GraphTest, ANodeThatNobodyKnowsHasNoEdges) {
  EXPECT_TRUE(Into(RunNode(9)).empty());
  EXPECT_EQ(Walk(Artifact(File("none")), Direction::kUp).nodes.size(), 1U);
}

}  // namespace
}  // namespace reprise::lineage
