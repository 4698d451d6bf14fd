// Questions about the graph: what each filter does, by hand.

#include "lineage/graph_query.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "lineage/holders.h"
#include "lineage/package.h"
#include "tests/lineage/graph_testing.h"

namespace reprise::lineage {
namespace {

using testing::FileEntry;
using testing::FolderEntry;

TEST_F(GraphQueryTest, CodeAndEnvironmentAreUpstreamOfARun) {
  const Digest code = objects.PutTree({FileEntry("train.py", File("code"))});
  const Digest environment = PutEnvironment({{"/lib/libc.so.6", "libc"}});
  Add({.number = 1,
       .inputs = {"data"},
       .outputs = {"model"},
       .code = code,
       .commit = "4f1c2ab",
       .environment = environment});
  EXPECT_EQ(NodesOf(Up(FileNode("model"))),
            (std::set{FileNode("model"), RunNode(1), FileNode("data"), NodeId::Code(code),
                      NodeId::Environment(environment), NodeId::Commit("4f1c2ab")}));
  // What is in an environment is shown when it is asked for.
  const auto libraries = Up(FileNode("model"), {NodeSort::kLibrary});
  EXPECT_EQ(NodesOf(libraries), (std::set{FileNode("model"), FileNode("libc")}));
  EXPECT_EQ(EdgesOf(libraries),
            (std::set{std::tuple{FileNode("libc"), FileNode("model"), EdgeKind::kVia}}));
  EXPECT_EQ(libraries.nodes[1].sort, NodeSort::kLibrary);
}

TEST_F(GraphQueryTest, ALibraryLeadsToTheRunsThatUsedIt) {
  const Digest old_one = PutEnvironment({{"/lib/libcrypto.so.3", "3.0.11"}, {"/lib/libc", "c"}});
  const Digest new_one = PutEnvironment({{"/lib/libcrypto.so.3", "3.0.13"}, {"/lib/libc", "c"}});
  Add({.number = 1, .outputs = {"m1"}, .environment = old_one});
  Add({.number = 2, .outputs = {"m2"}, .environment = new_one});
  Add({.number = 3, .inputs = {"m1"}, .outputs = {"m3"}, .environment = new_one});
  const auto down = NodesOf(Down(FileNode("3.0.11")));
  EXPECT_EQ(down, (std::set{FileNode("3.0.11"), NodeId::Environment(old_one), RunNode(1),
                            FileNode("m1"), RunNode(3), FileNode("m3")}));
  EXPECT_EQ(NodesOf(Down(FileNode("c"))).size(), 3U + 3U + 3U);
  const auto holders = HoldersOf(*catalog, FileNode("c"), 10, 1);
  ASSERT_TRUE(holders.ok());
  ASSERT_EQ(holders->holders.size(), 2U);
  EXPECT_FALSE(holders->is_cut);
  for (const Holder& holder : holders->holders) {
    EXPECT_EQ(holder.path, "/lib/libc");
    const bool is_new = holder.node == NodeId::Environment(new_one);
    EXPECT_EQ(holder.run_count, is_new ? 2U : 1U);
    EXPECT_EQ(holder.newest_runs, std::vector{RunNode(is_new ? 3 : 1)});
  }
  EXPECT_TRUE(HoldersOf(*catalog, FileNode("c"), 1, 1)->is_cut);
}

TEST_F(GraphQueryTest, APackageLeadsToTheRunsWhoseEnvironmentHasIt) {
  const auto environment = [&](const std::string& version) {
    return objects.Put(R"({"conda_packages":[{"name":"mkl","version":"2023.1"}],"files":[],)"
                       R"("python_packages":[{"name":"Num_Py","version":")" +
                       version + R"("},{"name":1}],"type":"reprise/environment/v1"})");
  };
  Add({.number = 1, .outputs = {"m1"}, .environment = environment("1.24.2")});
  Add({.number = 2, .outputs = {"m2"}, .environment = environment("1.25.0+cu")});
  const NodeId package = NodeId::Package("pkg:pypi/num-py@1.24.2");
  EXPECT_EQ(PackagesMeant("num_py==1.24.2").front(), package);
  EXPECT_EQ(NodesOf(Down(package)), (std::set{package, NodeId::Environment(environment("1.24.2")),
                                              RunNode(1), FileNode("m1")}));
  EXPECT_EQ(Down(package).nodes[0].sort, NodeSort::kLibrary);
  EXPECT_EQ(NodesOf(Up(RunNode(2), {NodeSort::kLibrary})),
            (std::set{RunNode(2), NodeId::Package("pkg:pypi/num-py@1.25.0%2Bcu"),
                      NodeId::Package("pkg:conda/mkl@2023.1")}));
  EXPECT_EQ(PackageLabel(NodeId::Package("pkg:pypi/num-py@1.25.0%2Bcu")), "num-py 1.25.0+cu");
  const auto holders = HoldersOf(*catalog, NodeId::Package("pkg:conda/mkl@2023.1"), 10, 10);
  ASSERT_TRUE(holders.ok());
  EXPECT_EQ(holders->holders.size(), 2U);
}

TEST_F(GraphQueryTest, AFileOfTheCodeLeadsToTheRunsOfThatCode) {
  const Digest package = objects.PutTree({FileEntry("model.py", File("m"))});
  const Digest first =
      objects.PutTree({FolderEntry("src", package), FileEntry("train.py", File("t1"))});
  const Digest second =
      objects.PutTree({FolderEntry("src", package), FileEntry("train.py", File("t2"))});
  Add({.number = 1, .code = first});
  Add({.number = 2, .code = second});
  EXPECT_EQ(NodesOf(Down(FileNode("t1"))),
            (std::set{FileNode("t1"), NodeId::Code(first), RunNode(1)}));
  const auto both = Down(FileNode("m"));
  EXPECT_EQ(NodesOf(both), (std::set{FileNode("m"), NodeId::Code(first), NodeId::Code(second),
                                     RunNode(1), RunNode(2)}));
  for (const GraphEdge& edge : both.edges) {
    if (edge.kind != EdgeKind::kPartOf) continue;
    EXPECT_EQ(both.paths[edge.path], "src/model.py");
  }
}

TEST_F(GraphQueryTest, CodeThatARunWroteJoinsTheRuns) {
  Add({.number = 1, .outputs = {"generated"}});
  const Digest code =
      objects.PutTree({FileEntry("gen.py", File("generated")), FileEntry("own.py", File("own"))});
  const Digest environment = PutEnvironment({{"plugin.so", "plugin"}, {"/lib/libc", "c"}});
  Add({.number = 2, .outputs = {"plugin"}});
  Add({.number = 3, .outputs = {"model"}, .code = code, .environment = environment});
  const auto up = NodesOf(Up(FileNode("model")));
  for (const NodeId& node : {RunNode(1), FileNode("generated"), RunNode(2), FileNode("plugin")}) {
    EXPECT_TRUE(up.contains(node));
  }
  EXPECT_FALSE(up.contains(FileNode("own")));
  EXPECT_FALSE(up.contains(FileNode("c")));
  EXPECT_TRUE(NodesOf(Down(RunNode(1))).contains(RunNode(3)));
  EXPECT_TRUE(NodesOf(Down(RunNode(2))).contains(FileNode("model")));
}

TEST_F(GraphQueryTest, ACommitLeadsToItsCode) {
  const Digest clean = objects.PutTree({FileEntry("a", File("a"))});
  const Digest dirty = objects.PutTree({FileEntry("a", File("b"))});
  Add({.number = 1, .code = clean, .commit = "c0ffee0"});
  Add({.number = 2, .code = dirty, .commit = "c0ffee0"});
  Add({.number = 3, .code = clean, .commit = "decade0"});
  EXPECT_EQ(NodesOf(Down(NodeId::Commit("c0ffee0"))),
            (std::set{NodeId::Commit("c0ffee0"), NodeId::Code(clean), NodeId::Code(dirty),
                      RunNode(1), RunNode(2), RunNode(3)}));
  EXPECT_EQ(Down(NodeId::Commit("decade0")).nodes[0].sort, NodeSort::kCommit);
}

TEST_F(GraphQueryTest, ARegisteredModelIsDownstreamOfItsData) {
  Add({.number = 1, .inputs = {"data"}, .outputs = {"model"}});
  Register("model", "scorecard", 3);
  const auto down = Down(FileNode("data"));
  EXPECT_TRUE(NodesOf(down).contains(NodeId::Model("scorecard", 3)));
  EXPECT_EQ(NodesOf(Up(NodeId::Model("scorecard", 3))).size(), 4U);
  GraphQuestion models;
  models.starts = {FileNode("data")};
  models.direction = Direction::kDown;
  models.sorts = {NodeSort::kModel};
  const auto answer = AskFor(models);
  EXPECT_EQ(NodesOf(answer), (std::set{FileNode("data"), NodeId::Model("scorecard", 3)}));
  EXPECT_EQ(
      EdgesOf(answer),
      (std::set{std::tuple{FileNode("data"), NodeId::Model("scorecard", 3), EdgeKind::kVia}}));
}

TEST_F(GraphQueryTest, WhatOnlyRefusedRunsMadeMayBeLeftOut) {
  Add({.number = 1, .inputs = {"data"}, .outputs = {"a"}});
  Add({.number = 2, .inputs = {"a"}, .outputs = {"b", "shared"}});
  Add({.number = 3, .inputs = {"b"}, .outputs = {"c"}});
  Add({.number = 4, .inputs = {"c"}, .outputs = {"shared"}});
  Register("a", "refused", 1);
  Register("c", "accepted", 1);
  GraphQuestion question;
  question.starts = {FileNode("data")};
  question.direction = Direction::kDown;
  question.only_of_accepted = true;
  question.accepts_runs = [](std::span<const NodeId> runs) -> Result<std::vector<bool>> {
    std::vector<bool> accepted;
    for (const NodeId& run : runs) accepted.push_back(run == RunNode(3));
    return accepted;
  };
  const std::set expected = {FileNode("data"), RunNode(3), FileNode("c"),
                             NodeId::Model("accepted", 1)};
  EXPECT_EQ(NodesOf(AskFor(question)), expected);
  question.sorts = {NodeSort::kModel};
  EXPECT_EQ(NodesOf(AskFor(question)), (std::set{FileNode("data"), NodeId::Model("accepted", 1)}));
}

TEST_F(GraphQueryTest, WhatAnAcceptedRunMadeAgainLaterIsNotLeftOut) {
  Add({.number = 1, .inputs = {"data"}, .outputs = {"model", "a"}});
  Register("model", "scorecard", 1);
  Add({.number = 2, .inputs = {"a"}, .outputs = {"b"}});
  Add({.number = 3, .inputs = {"b"}, .outputs = {"model"}});
  GraphQuestion question;
  question.starts = {FileNode("data")};
  question.direction = Direction::kDown;
  question.only_of_accepted = true;
  question.accepts_runs = [](std::span<const NodeId> runs) -> Result<std::vector<bool>> {
    std::vector<bool> accepted;
    for (const NodeId& run : runs) accepted.push_back(run == RunNode(3));
    return accepted;
  };
  const GraphAnswer answer = AskFor(question);
  EXPECT_EQ(NodesOf(answer), (std::set{FileNode("data"), RunNode(3), FileNode("model"),
                                       NodeId::Model("scorecard", 1)}));
  // The runs that are left out are passed through.
  EXPECT_TRUE(EdgesOf(answer).contains({FileNode("data"), RunNode(3), EdgeKind::kVia}));
}

TEST_F(GraphQueryTest, ARunCostsTheSameHoweverManyLibrariesItHas) {
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < 400; ++i) {
    files.emplace_back("/lib/" + std::to_string(i), "lib" + std::to_string(i));
  }
  const Digest environment = PutEnvironment(files);
  Add({.number = 1, .environment = environment});
  EXPECT_GT(last_changes, 800U);
  Add({.number = 2, .environment = environment});
  EXPECT_EQ(last_changes, 4U);  // The run, and its edge by both ends.
}

TEST_F(GraphQueryTest, TheLimitShowsTheNearestAndSaysThatThereIsMore) {
  for (std::uint64_t i = 1; i <= 100; ++i) Add({.number = i, .inputs = {"data"}});
  GraphQuestion question;
  question.starts = {FileNode("data")};
  question.direction = Direction::kDown;
  question.nodes_max = 7;
  const auto some = AskFor(question);
  EXPECT_EQ(some.nodes.size(), 8U);
  EXPECT_TRUE(some.is_cut);
  question.nodes_max = 100;
  const auto all = AskFor(question);
  EXPECT_EQ(all.nodes.size(), 101U);
  EXPECT_FALSE(all.is_cut);
  // Of those that a filter accepts.
  question.nodes_max = 2;
  question.accepts_runs = [](std::span<const NodeId> runs) -> Result<std::vector<bool>> {
    std::vector<bool> accepted;
    for (const NodeId& run : runs) accepted.push_back(run.run.unix_ms() % 10 == 0);
    return accepted;
  };
  const auto accepted = AskFor(question);
  EXPECT_EQ(accepted.nodes.size(), 3U);
  EXPECT_TRUE(accepted.is_cut);
}

// A catalog that counts the rows that are read.
class CountingCatalog final : public storage::Catalog {
 public:
  explicit CountingCatalog(storage::Catalog& catalog) : catalog_(catalog) {}
  Result<std::optional<std::string>> Get(storage::Space space,
                                         std::string_view key) const override {
    return catalog_.Get(space, key);
  }
  Result<std::vector<std::optional<std::string>>> MultiGet(
      storage::Space space, std::span<const std::string> keys) const override {
    rows += keys.size();
    return catalog_.MultiGet(space, keys);
  }
  Result<void> Scan(
      storage::Space space, const storage::ScanOptions& options,
      const std::function<bool(std::string_view, std::string_view)>& visit) const override {
    return catalog_.Scan(space, options, [&](std::string_view key, std::string_view value) {
      ++rows;
      return visit(key, value);
    });
  }
  Result<void> Apply(const storage::CatalogBatch& batch) override { return catalog_.Apply(batch); }

  mutable std::size_t rows = 0;

 private:
  storage::Catalog& catalog_;
};

TEST_F(GraphQueryTest, ALimitReadsNoMoreThanItShows) {
  const Digest environment = PutEnvironment({{"/lib/libc", "c"}});
  for (std::uint64_t i = 1; i <= 5000; ++i) {
    Add({.number = i, .inputs = {"data"}, .environment = environment});
  }
  CountingCatalog counting(*catalog);
  GraphQuestion question;
  question.starts = {FileNode("c"), FileNode("data")};
  question.direction = Direction::kDown;
  question.nodes_max = 10;
  const auto answer = Ask(counting, question);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->nodes.size(), 12U);
  EXPECT_LT(counting.rows, 100U);
}

TEST_F(GraphQueryTest, WhatIsHiddenIsPassedThrough) {
  Add({.number = 1, .inputs = {"a"}, .outputs = {"b"}});
  Add({.number = 2, .inputs = {"b"}, .outputs = {"c"}});
  Add({.number = 3, .inputs = {"c"}, .outputs = {"d"}});
  GraphQuestion question;
  question.starts = {FileNode("d")};
  question.accepts_runs = [](std::span<const NodeId> runs) -> Result<std::vector<bool>> {
    return std::vector<bool>(runs.size(), false);
  };
  EXPECT_EQ(EdgesOf(AskFor(question)),
            (std::set{std::tuple{FileNode("c"), FileNode("d"), EdgeKind::kVia},
                      std::tuple{FileNode("b"), FileNode("c"), EdgeKind::kVia},
                      std::tuple{FileNode("a"), FileNode("b"), EdgeKind::kVia}}));
  question.depth_max = 2;  // Edges of the graph, not of the answer.
  EXPECT_EQ(AskFor(question).nodes.size(), 2U);
}

TEST_F(GraphQueryTest, ManyHiddenLinksAreCutAndSaidToBe) {
  // 1,500 runs wrote what 1,500 runs read: hidden in between, 2.25 million links.
  for (std::uint64_t i = 1; i <= 1500; ++i) Add({.number = i, .inputs = {"x"}, .outputs = {"hub"}});
  for (std::uint64_t i = 2001; i <= 3500; ++i) {
    Add({.number = i, .inputs = {"hub"}, .outputs = {"y"}});
  }
  const auto answer = Up(FileNode("y"), {NodeSort::kRun});
  EXPECT_EQ(answer.nodes.size(), 3001U);
  EXPECT_TRUE(answer.is_cut);
  EXPECT_LE(answer.edges.size(), kContractedEdgesMax + 3000);
}

TEST_F(GraphQueryTest, AStartThatTheGraphDoesNotHaveStandsAlone) {
  Add({.number = 1, .inputs = {"a"}});
  GraphQuestion question;
  question.starts = {FileNode("unknown"), RunNode(1)};
  const auto answer = AskFor(question);
  ASSERT_EQ(answer.nodes.size(), 3U);
  EXPECT_EQ(answer.nodes[0].id, FileNode("unknown"));
  EXPECT_EQ(answer.nodes[1].id, RunNode(1));
}

TEST_F(GraphQueryTest, ACircleOfRunsIsNamedByWalksAndPaths) {
  Add({.number = 1, .origin = 3});
  Add({.number = 2, .origin = 1});
  Add({.number = 3, .outputs = {"m"}, .origin = 2});
  const std::vector<NodeId> circle = {RunNode(1), RunNode(3), RunNode(2)};
  EXPECT_EQ(Up(FileNode("m")).cycle, circle);
  EXPECT_EQ(Down(RunNode(1)).cycle, circle);
  // Even where the runs are hidden.
  EXPECT_EQ(Up(FileNode("m"), {NodeSort::kArtifact}).cycle, circle);
  const auto paths = FindPaths(*catalog, {.from = {RunNode(2)}, .to = {FileNode("m")}});
  ASSERT_TRUE(paths.ok());
  EXPECT_EQ(paths->cycle, circle);
}

TEST_F(GraphQueryTest, AWayIsFoundAlongTheDataOnly) {
  const Digest environment = PutEnvironment({{"/lib/libc", "c"}});
  Add({.number = 1, .inputs = {"a"}, .outputs = {"b"}, .environment = environment});
  Add({.number = 2, .inputs = {"b"}, .outputs = {"c2"}});
  const auto way = FindPaths(*catalog, {.from = {FileNode("c")}, .to = {FileNode("c2")}});
  ASSERT_TRUE(way.ok());
  ASSERT_EQ(way->ways.size(), 1U);
  ASSERT_EQ(way->ways[0].size(), 5U);
  EXPECT_EQ(way->ways[0][0], (Edge{FileNode("c"), NodeId::Environment(environment),
                                   EdgeKind::kPartOf, "/lib/libc"}));
  EXPECT_EQ(way->ways[0][4].to, FileNode("c2"));
  EXPECT_TRUE(FindPaths(*catalog, {.from = {FileNode("c2")}, .to = {FileNode("c")}})->ways.empty());
  EXPECT_TRUE(FindPaths(*catalog, {.from = {FileNode("a")}, .to = {FileNode("a")}})->is_same);
  EXPECT_TRUE(
      FindPaths(*catalog, {.from = {FileNode("none")}, .to = {FileNode("c2")}})->ways.empty());
}

TEST_F(GraphQueryTest, EveryShortestWayIsToldUpToABound) {
  // Six layers of two runs each: 2^6 ways of equal length, and a longer one.
  for (std::uint64_t layer = 0; layer < 6; ++layer) {
    for (std::uint64_t i = 0; i < 2; ++i) {
      Add({.number = 1 + 2 * layer + i,
           .inputs = {"l" + std::to_string(layer)},
           .outputs = {"l" + std::to_string(layer + 1)}});
    }
  }
  Add({.number = 50, .inputs = {"l0"}, .outputs = {"x"}});
  Add({.number = 51, .inputs = {"x"}, .outputs = {"l1"}});
  const auto all =
      FindPaths(*catalog, {.from = {FileNode("l0")}, .to = {FileNode("l6")}, .ways_max = 100});
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->ways.size(), 64U);
  EXPECT_FALSE(all->is_cut);
  std::set<std::vector<Edge>> different(all->ways.begin(), all->ways.end());
  EXPECT_EQ(different.size(), 64U);
  const auto some =
      FindPaths(*catalog, {.from = {FileNode("l0")}, .to = {FileNode("l6")}, .ways_max = 63});
  EXPECT_EQ(some->ways.size(), 63U);
  EXPECT_TRUE(some->is_cut);
}

TEST_F(GraphQueryTest, AWayHasAtMostSoManyStepsAsAreAskedFor) {
  Add({.number = 1, .inputs = {"a"}, .outputs = {"b"}});
  Add({.number = 2, .inputs = {"b"}, .outputs = {"c"}});
  for (std::uint64_t depth = 0; depth < 7; ++depth) {
    const auto found =
        FindPaths(*catalog, {.from = {FileNode("a")}, .to = {FileNode("c")}, .depth_max = depth});
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->ways.size(), depth < 4 ? 0U : 1U) << depth;
    EXPECT_EQ(found->length, depth < 4 ? 0U : 4U);
  }
  EXPECT_TRUE(FindPaths(*catalog, {.from = {FileNode("a")}, .to = {FileNode("a")}, .depth_max = 0})
                  ->is_same);
}

TEST_F(GraphQueryTest, WhatAWayLeavesOutIsPassedThrough) {
  Add({.number = 1, .inputs = {"a"}, .outputs = {"b1", "b2"}});
  Add({.number = 2, .inputs = {"b1", "b2"}, .outputs = {"c"}});
  PathQuestion question{.from = {FileNode("a")}, .to = {FileNode("c")}, .ways_max = 10};
  EXPECT_EQ(FindPaths(*catalog, question)->ways.size(), 2U);
  question.sorts = {NodeSort::kRun};
  const auto runs = FindPaths(*catalog, question);
  ASSERT_EQ(runs->ways.size(), 1U);  // Both lead through the same runs.
  EXPECT_EQ(runs->ways[0],
            (std::vector{Edge{FileNode("a"), RunNode(1), EdgeKind::kUsed, "f"},
                         Edge{RunNode(1), RunNode(2), EdgeKind::kVia, "f"},
                         Edge{RunNode(2), FileNode("c"), EdgeKind::kProduced, "f"}}));
  EXPECT_EQ(runs->length, 4U);
  question.accepts_runs = [](std::span<const NodeId> asked) -> Result<std::vector<bool>> {
    std::vector<bool> accepted;
    for (const NodeId& run : asked) accepted.push_back(run == RunNode(2));
    return accepted;
  };
  const auto second = FindPaths(*catalog, question);
  ASSERT_EQ(second->ways.size(), 1U);
  EXPECT_EQ(second->ways[0].front(), (Edge{FileNode("a"), RunNode(2), EdgeKind::kVia, "f"}));
}

TEST_F(GraphQueryTest, HoldersCountTheRunsThatAreAskedFor) {
  const Digest code = objects.PutTree({FileEntry("train.py", File("code"))});
  for (std::uint64_t i = 1; i <= 9; ++i) Add({.number = i, .code = code});
  const auto odd = [](std::span<const NodeId> runs) -> Result<std::vector<bool>> {
    std::vector<bool> accepted;
    for (const NodeId& run : runs) accepted.push_back(run.run.unix_ms() % 2 == 1);
    return accepted;
  };
  const auto holders = HoldersOf(*catalog, FileNode("code"), 10, 2, odd);
  ASSERT_TRUE(holders.ok());
  ASSERT_EQ(holders->holders.size(), 1U);
  EXPECT_EQ(holders->holders[0].run_count, 5U);
  EXPECT_EQ(holders->holders[0].newest_runs, (std::vector{RunNode(9), RunNode(7)}));
}

TEST_F(GraphQueryTest, WhatAWriterForgetsLeavesNoTrace) {
  GraphWriter writer(*catalog);
  RunRecord run;
  run.id = Id(1);
  run.reproduces = "not an id";
  Recipe recipe;
  recipe.inputs = {Use("a")};
  storage::CatalogBatch lost;
  ASSERT_FALSE(writer.AddRun(run, recipe, nullptr, objects, lost).ok());
  writer.Forget();
  run.reproduces.reset();
  recipe.inputs = {Use("b")};
  storage::CatalogBatch batch;
  ASSERT_TRUE(writer.AddRun(run, recipe, nullptr, objects, batch).ok());
  writer.Keep();
  ASSERT_TRUE(catalog->Apply(batch).ok());
  EXPECT_EQ(NodesOf(Up(RunNode(1))), (std::set{RunNode(1), FileNode("b")}));
  const NodeId absent = FileNode("a");
  EXPECT_EQ(NodesOf(Down(absent)).size(), 1U);
}

}  // namespace
}  // namespace reprise::lineage
