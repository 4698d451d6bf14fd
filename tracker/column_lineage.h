// Where a column of a table came from, and what became of it.
//
// Two columns are linked where a run says that it computed the one from the other (run.derive()),
// and where they hold the same values in the same order, which their digests tell: then it is one
// column, carried over or copied.  The graph is put together from runs and profiles when asked.
//
// Thread-safety: as the store.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/graph.h"
#include "lineage/render/render_graph.h"
#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct ColumnNode {
  Digest content;    // Of the table, or of the output whose column a run claims to have computed.
  std::string name;  // Of the column.

  std::string ToString() const;  // "sha256:…#age"

  friend bool operator==(const ColumnNode&, const ColumnNode&) = default;
  friend auto operator<=>(const ColumnNode&, const ColumnNode&) = default;
};

enum class ColumnEdgeKind {
  kDerived,     // The run says so.
  kSameColumn,  // The values are the same.
};

struct ColumnEdge {
  std::size_t from = 0;  // Places in the nodes; earlier in the flow of data.
  std::size_t to = 0;
  ColumnEdgeKind kind = ColumnEdgeKind::kDerived;
  std::optional<Ulid> run;  // That read the one and wrote the other; none: they were only found.
  std::string run_name;
};

struct ColumnGraph {
  std::vector<ColumnNode> nodes;    // The one that was asked for first.
  std::vector<std::string> labels;  // Of each: "data.csv#age".
  std::vector<ColumnEdge> edges;
  // There are more columns than `nodes_max`, or one has the values of so many others that not all
  // were looked at.
  bool is_cut = false;
};

inline constexpr std::size_t kColumnNodesMax = 10'000;

// Errors: kNotFound  the table has no such column, or is no table.
Result<ColumnGraph> TraceColumn(Store& store, const ColumnNode& start, lineage::Direction direction,
                                std::optional<std::uint64_t> depth_max,
                                std::size_t nodes_max = kColumnNodesMax);

// A column of a file that a run read or wrote.
struct NamedColumn {
  std::string path;  // As the run names the file; of one in a folder, with the folder's.
  std::string name;
};

// The columns of `uses` that `given`, a name as a run's derivation has it, means: those of tables
// by their stored profiles, those of other files where it names them with their paths.
Result<std::vector<NamedColumn>> ColumnsMeant(Store& store,
                                              const std::vector<lineage::ArtifactUse>& uses,
                                              const std::string& given);

lineage::RenderGraph RenderedColumns(const ColumnGraph& graph);
// {"nodes": [{"id", "kind", "label", "artifact", "column"}], "edges": [{"from", "to", "kind",
// "run", "label"}], "truncated"}
Json ColumnGraphToJson(const ColumnGraph& graph);

}  // namespace reprise::tracker
