// Where the graph ends: content that tells nothing, and folders that are linked in part.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "lineage/empty_content.h"
#include "lineage/folder_members.h"
#include "lineage/holders.h"
#include "storage/tree.h"
#include "tests/lineage/graph_testing.h"

namespace reprise::lineage {
namespace {

using testing::FileEntry;
using testing::FolderEntry;

class GraphBoundsTest : public GraphQueryTest {
 protected:
  static ArtifactUse FolderUse(const Digest& tree, const std::string& path = "d") {
    ArtifactUse use;
    use.path = path;
    use.kind = ArtifactKind::kFolder;
    use.digest = tree;
    return use;
  }

  void AddRun(std::uint64_t number, const std::vector<ArtifactUse>& inputs,
              const std::vector<ArtifactUse>& outputs) {
    RunRecord run;
    run.id = Id(number);
    run.outputs = outputs;
    Recipe recipe;
    recipe.inputs = inputs;
    storage::CatalogBatch batch;
    ASSERT_TRUE(GraphWriter(*catalog).AddRun(run, recipe, nullptr, objects, batch).ok());
    last_changes = batch.changes().size();
    ASSERT_TRUE(catalog->Apply(batch).ok());
  }

  // A folder of so many files, whose contents begin with `name`.
  Digest PutFiles(const std::string& name, std::uint64_t count) {
    std::vector<storage::TreeEntry> entries;
    for (std::uint64_t i = 0; i < count; ++i) {
      entries.push_back(FileEntry(std::to_string(1'000'000 + i), File(name + std::to_string(i))));
    }
    return objects.PutTree(std::move(entries));
  }

  const NodeId empty = FileNode("");
};

TEST_F(GraphBoundsTest, TheEmptyContentsAreTheEmptyFileAndTheEmptyFolder) {
  EXPECT_TRUE(IsEmptyContent(File("")));
  EXPECT_TRUE(IsEmptyContent(File(storage::EncodeTree({}))));
  EXPECT_FALSE(IsEmptyContent(File("0")));
}

TEST_F(GraphBoundsTest, AnEmptyFileJoinsNoRuns) {
  const Digest code =
      objects.PutTree({FileEntry("__init__.py", File("")), FileEntry("a.py", File("a"))});
  Add({.number = 1, .inputs = {"data"}, .outputs = {"", "model"}});
  Add({.number = 2, .inputs = {""}, .outputs = {"other"}, .code = code});
  Add({.number = 3, .outputs = {"third"}, .code = code});
  // The run's own edges are told, and nobody goes on from there.
  EXPECT_EQ(NodesOf(Down(RunNode(1))), (std::set{RunNode(1), empty, FileNode("model")}));
  EXPECT_EQ(NodesOf(Up(FileNode("other"))),
            (std::set{FileNode("other"), RunNode(2), empty, NodeId::Code(code)}));
  EXPECT_FALSE(NodesOf(Up(FileNode("third"))).contains(RunNode(1)));
  for (const char* to : {"other", "third"}) {
    const auto paths = FindPaths(*catalog, {.from = {RunNode(1)}, .to = {FileNode(to)}});
    ASSERT_TRUE(paths.ok());
    EXPECT_TRUE(paths->ways.empty());
  }
  EXPECT_EQ(FindPaths(*catalog, {.from = {RunNode(1)}, .to = {empty}})->ways.size(), 1U);
}

TEST_F(GraphBoundsTest, AQuestionThatBeginsAtAnEmptyFileTellsItsOwnRuns) {
  const Digest folder = objects.PutTree({FileEntry("marker", File(""))});
  Add({.number = 1, .inputs = {}, .outputs = {""}});
  Add({.number = 2, .inputs = {""}, .outputs = {"x"}});
  AddRun(3, {FolderUse(folder)}, {});
  EXPECT_EQ(NodesOf(Up(empty)), (std::set{empty, RunNode(1)}));
  EXPECT_EQ(NodesOf(Down(empty)), (std::set{empty, RunNode(2), FileNode("x")}));
}

TEST_F(GraphBoundsTest, AnEmptyFileInFoldersJoinsNoRuns) {
  const Digest wrote = objects.PutTree({FileEntry("_SUCCESS", File("")),
                                        FolderEntry("log", File(storage::EncodeTree({}))),
                                        FileEntry("part", File("p"))});
  const Digest read = objects.PutTree({FileEntry("LOCK", File("")),
                                       FolderEntry("tmp", File(storage::EncodeTree({}))),
                                       FileEntry("q", File("q"))});
  AddRun(1, {}, {FolderUse(wrote)});
  AddRun(2, {FolderUse(read)}, {Use("model")});
  EXPECT_FALSE(NodesOf(Down(RunNode(1))).contains(RunNode(2)));
  EXPECT_FALSE(NodesOf(Up(FileNode("model"))).contains(RunNode(1)));
  EXPECT_FALSE(NodesOf(Down(NodeId::Artifact(wrote))).contains(RunNode(2)));
  // Other files do.
  AddRun(3, {FolderUse(objects.PutTree({FileEntry("copy", File("p"))}))}, {});
  EXPECT_TRUE(NodesOf(Down(RunNode(1))).contains(RunNode(3)));
}

TEST_F(GraphBoundsTest, AnEmptyFileInEveryEnvironmentIsNoWayUp) {
  Add({.number = 1, .outputs = {""}});
  const Digest environment = PutEnvironment({{"/etc/ld.so.preload", ""}, {"/lib/libc", "c"}});
  Add({.number = 2, .outputs = {"model"}, .environment = environment});
  EXPECT_FALSE(NodesOf(Up(FileNode("model"))).contains(RunNode(1)));
  EXPECT_FALSE(
      NodesOf(Up(FileNode("model"), {NodeSort::kLibrary, NodeSort::kRun})).contains(RunNode(1)));
  // Who holds it is still known.
  EXPECT_EQ(HoldersOf(*catalog, FileNode(""), 10, 1)->holders.size(), 1U);
}

TEST_F(GraphBoundsTest, AFolderAroundAPartlyLinkedOneIsMarkedToo) {
  const Digest big = PutFiles("f", kFolderMembersMax + 10);
  const NodeId beyond = FileNode("f" + std::to_string(kFolderMembersMax + 5));
  const NodeId within = FileNode("f7");
  const auto root = [&](const std::string& readme) {
    return objects.PutTree({FolderEntry("big", big), FileEntry("README", File(readme))});
  };
  AddRun(1, {FolderUse(root("one"))}, {});
  // The second meets the big folder when it was walked already.
  AddRun(2, {FolderUse(root("two"))}, {});
  EXPECT_LT(last_changes, 20U);
  const std::vector<NodeId> here = *PartialFolders(*catalog);
  EXPECT_EQ(here, std::vector{NodeId::Artifact(big)});
  for (const char* readme : {"one", "two"}) {
    const NodeId folder = NodeId::Artifact(root(readme));
    EXPECT_EQ(std::ranges::count(Down(folder).partial, folder), 1) << readme;
  }
  // A file in it lies in all three.
  EXPECT_EQ(Down(within).partial.size(), 3U);
  EXPECT_EQ(NodesOf(Down(within)), (std::set{within, RunNode(1), RunNode(2)}));
  EXPECT_EQ(Down(beyond).nodes.size(), 1U);  // Only documents tell that it is there.
  // Whoever comes upon the folder is told, too, and those who have nothing to do with it are not.
  EXPECT_EQ(Up(RunNode(2)).partial, std::vector{NodeId::Artifact(root("two"))});
  AddRun(3, {Use("other")}, {});
  EXPECT_TRUE(Up(RunNode(3)).partial.empty());
}

TEST_F(GraphBoundsTest, WhatOneWalkLeftTheNextTakesUp) {
  const Digest late = PutFiles("late", 3);
  const Digest root =
      objects.PutTree({FolderEntry("a", PutFiles("a", kFolderMembersMax - 2)),
                       FolderEntry("b", PutFiles("b", 100)), FolderEntry("c", late)});
  AddRun(1, {FolderUse(root)}, {});
  EXPECT_EQ(*PartialFolders(*catalog), std::vector{NodeId::Artifact(root)});
  EXPECT_EQ(Down(FileNode("late1")).nodes.size(), 1U);
  const Digest other = objects.PutTree({FolderEntry("c", late)});
  AddRun(2, {FolderUse(other)}, {});
  // Of the first, too, because it is in there.
  EXPECT_EQ(NodesOf(Down(FileNode("late1"))),
            (std::set{FileNode("late1"), RunNode(1), RunNode(2)}));
  EXPECT_TRUE(Down(NodeId::Artifact(other)).partial.empty());
}

TEST_F(GraphBoundsTest, AWriterKnowsWhatIsPartialBeforeItsRowsAreApplied) {
  const Digest big = PutFiles("f", kFolderMembersMax + 1);
  const Digest first = objects.PutTree({FolderEntry("x", big)});
  const Digest second = objects.PutTree({FolderEntry("y", big)});
  GraphWriter writer(*catalog);
  storage::CatalogBatch batch;
  ASSERT_TRUE(writer.AddDataset(first, objects, batch).ok());
  ASSERT_TRUE(writer.AddDataset(second, objects, batch).ok());
  ASSERT_TRUE(catalog->Apply(batch).ok());
  EXPECT_EQ(PartialFolderNumbers(*catalog)->size(), 3U);
  EXPECT_EQ(Down(NodeId::Artifact(second)).partial.size(), 1U);
}

// A catalog that counts how often a scan is opened.
class OpenedScans final : public storage::Catalog {
 public:
  explicit OpenedScans(storage::Catalog& catalog) : catalog_(catalog) {}
  Result<std::optional<std::string>> Get(storage::Space space,
                                         std::string_view key) const override {
    return catalog_.Get(space, key);
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(
      storage::Space space, std::span<const std::string> keys) const override {
    return catalog_.MultiGet(space, keys);
  }
  Result<void> Scan(
      storage::Space space, const storage::ScanOptions& options,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    ++opened;
    return catalog_.Scan(space, options, visit);
  }
  Result<void> ScanPrefixes(storage::Space space, std::span<const std::string> prefixes,
                            const std::function<bool(std::size_t, std::string_view,
                                                     std::string_view)>& visit) const override {
    ++opened;
    return catalog_.ScanPrefixes(space, prefixes, visit);
  }
  Result<void> Apply(const storage::CatalogBatch& batch) override { return catalog_.Apply(batch); }

  mutable std::size_t opened = 0;

 private:
  storage::Catalog& catalog_;
};

TEST_F(GraphBoundsTest, AFolderOfManyFilesIsAskedAboutInFewScans) {
  const Digest part = PutFiles("p", 1000);
  const Digest data = objects.PutTree({FolderEntry("part", part), FileEntry("x", File("x"))});
  AddRun(1, {FolderUse(data)}, {});
  AddRun(2, {}, {FolderUse(PutFiles("made", 1000))});
  AddRun(3, {}, {Use("p7")});
  for (const auto direction : {Direction::kUp, Direction::kDown}) {
    GraphQuestion question;
    question.starts = {RunNode(1), RunNode(2)};
    question.direction = direction;
    OpenedScans counting(*catalog);
    const auto answer = Ask(counting, question);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ(NodesOf(*answer).contains(RunNode(3)), direction == Direction::kUp);
    EXPECT_LT(counting.opened, 50U);
  }
}

TEST_F(GraphBoundsTest, FilesInManyFoldersAreSearchedAllTheWay) {
  // x lies in 100 folders that were only parts of others, and in one that a run wrote.
  std::vector<storage::TreeEntry> entries;
  for (int i = 0; i < 100; ++i) {
    const Digest folder =
        objects.PutTree({FileEntry("x", File("x")), FileEntry("y", File("y" + std::to_string(i)))});
    entries.push_back(FolderEntry("d" + std::to_string(i), folder));
  }
  const Digest data = objects.PutTree(entries);
  AddRun(1, {FolderUse(data)}, {Use("m")});
  EXPECT_EQ(NodesOf(Up(FileNode("m"))).size(), 3U);
  AddRun(2, {}, {FolderUse(data)});
  AddRun(3, {}, {FolderUse(objects.PutTree({FileEntry("copy", File("x"))}))});
  EXPECT_TRUE(NodesOf(Up(FileNode("m"))).contains(RunNode(3)));
}

TEST(FindCycleOfRuns, ACircleOfVeryManyRunsIsFoundInProportion) {
  constexpr std::uint64_t kRuns = 200'000;  // Too many to compare each with each.
  Subgraph graph;
  for (std::uint64_t i = 0; i < kRuns; ++i) {
    graph.edges.push_back({RunNode(i), RunNode((i + 1) % kRuns), EdgeKind::kDerivedFrom, ""});
    graph.edges.push_back({RunNode(i), RunNode(kRuns + i), EdgeKind::kReproduces, ""});
  }
  const auto cycle = FindCycleOfRuns(graph);
  ASSERT_EQ(cycle.size(), kRuns);
  EXPECT_EQ(cycle[0], RunNode(0));
  EXPECT_EQ(cycle[1], RunNode(kRuns - 1));
}

TEST_F(GraphBoundsTest, NodesAloneAreThoseOfTheAnswer) {
  for (std::uint64_t i = 1; i <= 20; ++i) {
    Add({.number = i,
         .inputs = {"f" + std::to_string(i - 1)},
         .outputs = {"f" + std::to_string(i)},
         .origin = i == 1 ? 2 : i - 1});
  }
  GraphQuestion question;
  question.starts = {FileNode("f0")};
  question.direction = Direction::kDown;
  question.sorts = {NodeSort::kRun};
  const GraphAnswer whole = AskFor(question);
  std::vector<GraphNode> nodes;
  const auto summary =
      AskForNodes(*catalog, question, [&](std::span<const GraphNode> part) -> Result<void> {
        nodes.insert(nodes.end(), part.begin(), part.end());
        return {};
      });
  ASSERT_TRUE(summary.ok());
  EXPECT_EQ(nodes, std::vector(whole.nodes.begin() + 1, whole.nodes.end()));
  EXPECT_EQ(summary->cycle, (std::vector{RunNode(1), RunNode(2)}));
  EXPECT_EQ(summary->cycle, whole.cycle);
  question.nodes_max = 5;
  EXPECT_TRUE(AskForNodes(*catalog, question, [](auto) -> Result<void> { return {}; })->is_cut);
}

}  // namespace
}  // namespace reprise::lineage
