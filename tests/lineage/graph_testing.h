// A graph that a test makes run by run, and questions about it.

#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "lineage/graph_query.h"
#include "lineage/graph_writer.h"
#include "storage/crypto/sha256.h"
#include "tests/support/memory_objects.h"

namespace reprise::lineage {

inline Ulid Id(std::uint64_t number) { return Ulid::FromParts(number, AsBytes("0123456789")); }
inline Digest File(std::string_view content) { return crypto::Sha256(content); }
inline NodeId RunNode(std::uint64_t number) { return NodeId::Run(Id(number)); }
inline NodeId FileNode(std::string_view content) { return NodeId::Artifact(File(content)); }

inline ArtifactUse Use(const std::string& content, const std::string& path = "f") {
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

}  // namespace reprise::lineage
