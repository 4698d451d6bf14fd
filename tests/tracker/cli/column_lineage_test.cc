// Columns of tables in a store that commands filled.

#include "tracker/column_lineage.h"

#include <gtest/gtest.h>

#include "storage/crypto/sha256.h"
#include "tests/tracker/cli/cli_testing.h"

namespace reprise::cli {
namespace {

constexpr std::string_view kTable = "a,b\n1,x\n2,y\n3,z\n4,x\n5,y\n6,z\n7,x\n8,y\n9,z\n10,x\n";

class ColumnLineage : public CliStoreTest {
 protected:
  tracker::ColumnGraph Trace(std::size_t nodes_max) {
    const auto store = tracker::Store::Open(files, JoinPath(project, ".reprise"));
    EXPECT_TRUE(store.ok());
    const tracker::ColumnNode start{crypto::Sha256(kTable), "a"};
    auto graph = tracker::TraceColumn(**store, start, lineage::Direction::kDown, {}, nodes_max);
    EXPECT_TRUE(graph.ok()) << graph.error().message;
    return *std::move(graph);
  }
};

TEST_F(ColumnLineage, ManyReadersOfATableAreFollowedAndABoundIsTold) {
  Write("in.csv", kTable);
  for (int i = 0; i < 4; ++i) {
    const std::string out = "out" + std::to_string(i) + ".csv";
    // The same column in a table of another content.
    Record("r" + std::to_string(i), "sed 's/^b/c/; s/,/," + std::to_string(i) + "/' in.csv >" + out,
           {"-i", "in.csv", "-o", out});
  }
  const auto all = Trace(100);
  EXPECT_EQ(all.nodes.size(), 5U);
  EXPECT_FALSE(all.is_cut);
  EXPECT_EQ(all.labels[0], "in.csv#a");
  for (const tracker::ColumnEdge& edge : all.edges) {
    EXPECT_EQ(edge.kind, tracker::ColumnEdgeKind::kSameColumn);
    // A run joins each with the first, and values alone join nothing that a run does.
    EXPECT_TRUE(edge.from != 0 || edge.run.has_value());
  }
  const auto some = Trace(3);
  EXPECT_EQ(some.nodes.size(), 3U);
  EXPECT_TRUE(some.is_cut);
  EXPECT_EQ(tracker::ColumnGraphToJson(some).Find("truncated")->as_bool(), true);
}

}  // namespace
}  // namespace reprise::cli
