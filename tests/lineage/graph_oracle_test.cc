// Questions about random graphs, against an oracle that keeps the graph in plain sets and answers
// by the definitions.

#include "lineage/graph_query.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/lineage/graph_testing.h"

namespace reprise::lineage {
namespace {

using testing::FileEntry;

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
        NodeSort sort = node.sort;  // Whoever asks for code gets commits, too, and so on.
        if (sort == NodeSort::kLibrary) sort = NodeSort::kArtifact;
        if (sort == NodeSort::kCommit) sort = NodeSort::kCode;
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
