// Questions about the graph: what each filter does, by hand, and random graphs against an oracle
// that keeps the graph in plain sets and answers by the definitions.

#include "lineage/graph_query.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "lineage/graph_writer.h"
#include "lineage/holders.h"
#include "storage/crypto/sha256.h"
#include "tests/support/memory_objects.h"

namespace reprise::lineage {
namespace {

using testing::FileEntry;
using testing::FolderEntry;

Ulid Id(std::uint64_t number) { return Ulid::FromParts(number, AsBytes("0123456789")); }
Digest File(std::string_view content) { return crypto::Sha256(content); }
NodeId RunNode(std::uint64_t number) { return NodeId::Run(Id(number)); }
NodeId FileNode(std::string_view content) { return NodeId::Artifact(File(content)); }

ArtifactUse Use(const std::string& content, const std::string& path = "f") {
  ArtifactUse use;
  use.path = path;
  use.digest = File(content);
  return use;
}

struct TestRun {
  std::uint64_t number = 0;
  std::vector<std::string> inputs;  // Contents.
  std::vector<std::string> outputs;
  std::optional<std::uint64_t> origin = std::nullopt;
  std::optional<Digest> code = std::nullopt;
  std::optional<std::string> commit = std::nullopt;
  std::optional<Digest> environment = std::nullopt;
};

class GraphQueryTest : public ::testing::Test {
 protected:
  void Add(const TestRun& test) {
    RunRecord run;
    run.id = Id(test.number);
    Recipe recipe;
    for (const std::string& content : test.inputs) recipe.inputs.push_back(Use(content));
    for (const std::string& content : test.outputs) run.outputs.push_back(Use(content));
    if (test.origin.has_value()) run.derived_from = Id(*test.origin).ToString();
    recipe.code = test.code;
    recipe.environment = test.environment;
    Code code;
    code.commit = test.commit;
    storage::CatalogBatch batch;
    const auto added =
        GraphWriter(*catalog).AddRun(run, recipe, test.code ? &code : nullptr, objects, batch);
    ASSERT_TRUE(added.ok()) << added.error().message;
    last_changes = batch.changes().size();
    ASSERT_TRUE(catalog->Apply(batch).ok());
  }

  void Register(const std::string& content, const std::string& name, std::uint64_t version) {
    storage::CatalogBatch batch;
    ASSERT_TRUE(GraphWriter(*catalog)
                    .AddModelVersion(File(content), ArtifactKind::kFile,
                                     NodeId::Model(name, version), objects, batch)
                    .ok());
    ASSERT_TRUE(catalog->Apply(batch).ok());
  }

  Digest PutEnvironment(const std::vector<std::pair<std::string, std::string>>& files) {
    std::string text = R"({"files":[)";
    for (const auto& [path, content] : files) {
      if (text.back() == '}') text += ",";
      text += R"({"digest":")" + File(content).ToString() + R"(","path":")" + path + R"("})";
    }
    return objects.Put(text + R"(],"type":"reprise/environment/v1"})");
  }

  GraphAnswer AskFor(const GraphQuestion& question) {
    auto answer = Ask(*catalog, question);
    EXPECT_TRUE(answer.ok()) << answer.error().message;
    return *std::move(answer);
  }
  GraphAnswer Down(const NodeId& start) {
    GraphQuestion question;
    question.starts = {start};
    question.direction = Direction::kDown;
    return AskFor(question);
  }
  GraphAnswer Up(const NodeId& start, const std::vector<NodeSort>& sorts = {}) {
    GraphQuestion question;
    question.starts = {start};
    question.sorts = sorts;
    return AskFor(question);
  }

  static std::set<NodeId> NodesOf(const GraphAnswer& answer) {
    std::set<NodeId> nodes;
    for (const GraphNode& node : answer.nodes) nodes.insert(node.id);
    EXPECT_EQ(nodes.size(), answer.nodes.size());
    return nodes;
  }
  static std::set<std::tuple<NodeId, NodeId, EdgeKind>> EdgesOf(const GraphAnswer& answer) {
    std::set<std::tuple<NodeId, NodeId, EdgeKind>> edges;
    for (const GraphEdge& edge : answer.edges) {
      edges.emplace(answer.nodes[edge.from].id, answer.nodes[edge.to].id, edge.kind);
    }
    return edges;
  }

  std::unique_ptr<storage::Catalog> catalog = storage::NewMemoryCatalog();
  testing::MemoryObjects objects;
  std::size_t last_changes = 0;
};

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
  const auto holders = HoldersOf(*catalog, File("c"), 10, 1);
  ASSERT_TRUE(holders.ok());
  ASSERT_EQ(holders->holders.size(), 2U);
  EXPECT_FALSE(holders->is_cut);
  for (const Holder& holder : holders->holders) {
    EXPECT_EQ(holder.path, "/lib/libc");
    const bool is_new = holder.node == NodeId::Environment(new_one);
    EXPECT_EQ(holder.run_count, is_new ? 2U : 1U);
    EXPECT_EQ(holder.newest_runs, std::vector{RunNode(is_new ? 3 : 1)});
  }
  EXPECT_TRUE(HoldersOf(*catalog, File("c"), 1, 1)->is_cut);
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
  EXPECT_EQ(Down(NodeId::Commit("decade0")).nodes[0].sort, NodeSort::kCode);
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

// The oracle: edges as a set, and answers by their definitions.
class Oracle {
 public:
  using Pair = std::pair<NodeId, NodeId>;

  void Link(const NodeId& from, const NodeId& to) { edges_.emplace(from, to); }

  std::vector<NodeId> Next(const NodeId& node, Direction direction) const {
    std::vector<NodeId> next;
    for (const auto& [from, to] : edges_) {
      if (direction == Direction::kDown && from == node) next.push_back(to);
      if (direction == Direction::kUp && to == node) next.push_back(from);
    }
    return next;
  }

  // Every node that can be reached, with its distance.
  std::map<NodeId, std::uint32_t> Distances(const NodeId& start, Direction direction) const {
    std::map<NodeId, std::uint32_t> distances = {{start, 0}};
    std::vector<NodeId> level = {start};
    for (std::uint32_t depth = 1; !level.empty(); ++depth) {
      std::vector<NodeId> next;
      for (const NodeId& node : level) {
        for (const NodeId& far : Next(node, direction)) {
          if (distances.emplace(far, depth).second) next.push_back(far);
        }
      }
      level = next;
    }
    return distances;
  }

  // Which shown nodes each shown node leads to when hidden ones are passed through, among `nodes`.
  std::set<Pair> Contract(const std::map<NodeId, std::uint32_t>& nodes,
                          const std::set<NodeId>& shown, Direction direction) const {
    std::set<Pair> links;
    for (const NodeId& start : shown) {
      std::set<NodeId> seen;
      std::vector<NodeId> pending = {start};
      while (!pending.empty()) {
        const NodeId here = pending.back();
        pending.pop_back();
        for (const NodeId& far : Next(here, direction)) {
          if (!nodes.contains(far) || !seen.insert(far).second) continue;
          if (!shown.contains(far)) {
            pending.push_back(far);
          } else if (far != start || here == start) {
            direction == Direction::kUp ? links.emplace(far, start) : links.emplace(start, far);
          }
        }
      }
    }
    return links;
  }

  std::size_t CountShortestWays(const NodeId& from, const NodeId& to) const {
    const auto distances = Distances(from, Direction::kDown);
    std::map<NodeId, std::size_t> counts = {{from, 1}};
    std::vector<std::pair<std::uint32_t, NodeId>> order;
    for (const auto& [node, distance] : distances) order.emplace_back(distance, node);
    std::sort(order.begin(), order.end());
    for (const auto& [distance, node] : order) {
      for (const NodeId& next : Next(node, Direction::kDown)) {
        if (distances.at(next) == distance + 1) counts[next] += counts[node];
      }
    }
    return counts.contains(to) ? counts[to] : 0;
  }

 private:
  std::set<Pair> edges_;
};

// Random stores of runs with inputs, outputs, code, environments, commits and models.
class RandomGraphTest : public GraphQueryTest, public ::testing::WithParamInterface<int> {
 protected:
  std::uint64_t Random(std::uint64_t below) { return random_() % below; }
  std::string RandomFile() { return "file" + std::to_string(Random(25)); }

  void Grow() {
    for (int i = 0; i < 4; ++i) {
      environments_.push_back(PutEnvironment(
          {{"/lib/a", "lib" + std::to_string(i)}, {"/lib/b", "shared"}, {"plug", RandomFile()}}));
      code_.push_back(objects.PutTree(
          {FileEntry("x", File("code" + std::to_string(i))), FileEntry("y", File("common"))}));
    }
    for (std::uint64_t number = 1; number <= 30; ++number) GrowRun(number);
    for (std::uint64_t version = 1; version <= 3; ++version) {
      const std::string content = RandomFile();
      Register(content, "m", version);
      Know(FileNode(content), NodeId::Model("m", version));
    }
  }

  void GrowRun(std::uint64_t number) {
    TestRun run{.number = number, .inputs = {}, .outputs = {}};
    const NodeId node = RunNode(number);
    for (std::uint64_t i = Random(3); i > 0; --i) {
      run.inputs.push_back(RandomFile());
      Know(FileNode(run.inputs.back()), node);
    }
    for (std::uint64_t i = Random(3); i > 0; --i) {
      run.outputs.push_back(RandomFile());
      Know(node, FileNode(run.outputs.back()));
    }
    if (number > 1 && Random(4) == 0) {
      run.origin = 1 + Random(number - 1);
      Know(RunNode(*run.origin), node);
    }
    const std::size_t code = Random(4);
    run.code = code_[code];
    Know(NodeId::Code(code_[code]), node);
    files_of_[NodeId::Code(code_[code])] = {"code" + std::to_string(code), "common"};
    if (Random(2) == 0) {
      run.commit = "c0ffee" + std::to_string(Random(2));
      Know(NodeId::Commit(*run.commit), NodeId::Code(code_[code]));
    }
    run.environment = environments_[Random(4)];
    Know(NodeId::Environment(*run.environment), node);
    Add(run);
  }

  void Know(const NodeId& from, const NodeId& to) {
    nodes_.insert(from);
    nodes_.insert(to);
    oracle_.Link(from, to);
  }

  std::mt19937_64 random_{static_cast<std::uint64_t>(GetParam())};
  Oracle oracle_;
  std::set<NodeId> nodes_;
  std::vector<Digest> environments_;
  std::vector<Digest> code_;
  std::map<NodeId, std::vector<std::string>> files_of_;
};

TEST_P(RandomGraphTest, WalksFiltersAndWaysAreThoseOfTheOracle) {
  Grow();
  // From each library and file that a walk down begins at, and each file that a run wrote, the
  // oracle knows the way into code and environments.
  for (const Digest& environment : environments_) {
    const NodeId node = NodeId::Environment(environment);
    if (!nodes_.contains(node)) continue;
    const auto members = ReadEnvironmentMembers(*objects.Get(environment));
    for (const EnvironmentMember& member : *members) {
      Know(NodeId::Artifact(member.digest), node);
    }
  }
  for (const auto& [node, files] : files_of_) {
    for (const std::string& file : files) Know(FileNode(file), node);
  }
  for (const NodeId& start : nodes_) {
    const auto down = oracle_.Distances(start, Direction::kDown);
    const GraphAnswer answer = Down(start);
    EXPECT_EQ(answer.nodes.size(), down.size());
    for (const GraphNode& node : answer.nodes) {
      ASSERT_TRUE(down.contains(node.id));
      EXPECT_EQ(down.at(node.id), node.depth);
    }
  }
}

TEST_P(RandomGraphTest, HiddenNodesAreContractedAsTheOracleDoes) {
  Grow();
  for (const NodeId& start : nodes_) {
    for (const auto direction : {Direction::kUp, Direction::kDown}) {
      GraphQuestion question;
      question.starts = {start};
      question.direction = direction;
      const GraphAnswer whole = AskFor(question);
      // The oracle of the contraction is the whole answer, which the test above has checked.
      Oracle walked;
      std::map<NodeId, std::uint32_t> distances;
      for (const GraphNode& node : whole.nodes) distances[node.id] = node.depth;
      for (const auto& [from, to, kind] : EdgesOf(whole)) walked.Link(from, to);
      question.sorts = {Random(2) == 0 ? NodeSort::kRun : NodeSort::kArtifact, NodeSort::kCode};
      question.accepts_runs = [](std::span<const NodeId> runs) -> Result<std::vector<bool>> {
        std::vector<bool> accepted;
        for (const NodeId& run : runs) accepted.push_back(run.run.unix_ms() % 3 != 0);
        return accepted;
      };
      const GraphAnswer shown = AskFor(question);
      std::set<NodeId> expected = {start};
      for (const GraphNode& node : whole.nodes) {
        const NodeSort sort = node.sort == NodeSort::kLibrary ? NodeSort::kArtifact : node.sort;
        const bool is_asked_for = std::ranges::count(question.sorts, sort) > 0;
        if (!is_asked_for) continue;
        if (sort != NodeSort::kRun || node.id.run.unix_ms() % 3 != 0) expected.insert(node.id);
      }
      EXPECT_EQ(NodesOf(shown), expected);
      std::set<Oracle::Pair> links;
      for (const auto& [from, to, kind] : EdgesOf(shown)) links.emplace(from, to);
      EXPECT_EQ(links, walked.Contract(distances, expected, direction));
    }
  }
}

TEST_P(RandomGraphTest, WaysAreAsShortAndAsManyAsTheOracleSays) {
  Grow();
  const std::vector<NodeId> nodes(nodes_.begin(), nodes_.end());
  // Every pair would take a while; these are as good.
  for (int i = 0; i < 300; ++i) {
    const NodeId& from = nodes[Random(nodes.size())];
    const NodeId& to = nodes[Random(nodes.size())];
    Oracle known;
    for (const auto& [a, b, kind] : EdgesOf(Down(from))) known.Link(a, b);
    const auto found = FindPaths(*catalog, {.from = {from}, .to = {to}, .ways_max = 10'000});
    ASSERT_TRUE(found.ok());
    if (from == to) {
      EXPECT_TRUE(found->is_same);
      continue;
    }
    const auto distances = known.Distances(from, Direction::kDown);
    ASSERT_EQ(found->ways.size(), known.CountShortestWays(from, to));
    for (const std::vector<Edge>& way : found->ways) {
      EXPECT_EQ(way.size(), distances.at(to));
      EXPECT_EQ(way.front().from, from);
      EXPECT_EQ(way.back().to, to);
      for (std::size_t step = 1; step < way.size(); ++step) {
        EXPECT_EQ(way[step - 1].to, way[step].from);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, RandomGraphTest, ::testing::Range(1, 21));

}  // namespace
}  // namespace reprise::lineage
