// The lineage graph: runs and artifacts, linked by content.
//
// The same bytes are the same node wherever they appear.  Edges point along the flow of data: from
// an artifact to the run that used it, from a run to the artifact that it produced, from a run to
// the one that reproduces it or derives from it.
//
// The graph lies in the catalog (Space::kEdge), twice: once by each end.  A folder that a run read
// or wrote is linked to the files in it, so that a file taken out of one run's output folder and
// read by another run joins them.  Key encoding: docs/formats/catalog_keys.md.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/recipe.h"
#include "lineage/run_record.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/catalog.h"
#include "storage/object_store.h"

namespace reprise::lineage {

struct NodeId {
  enum class Kind : std::uint8_t { kArtifact = 1, kRun = 2 };
  Kind kind = Kind::kArtifact;
  Digest artifact;  // When kArtifact.
  Ulid run;         // When kRun.

  static NodeId Artifact(const Digest& digest) { return {Kind::kArtifact, digest, {}}; }
  static NodeId Run(const Ulid& id) { return {Kind::kRun, {}, id}; }
  std::string ToString() const;  // "sha256:…" or the run's id.

  friend bool operator==(const NodeId&, const NodeId&) = default;
  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

enum class EdgeKind : std::uint8_t {
  kUsed = 1,
  kProduced = 2,
  kReproduces = 3,
  kDerivedFrom = 4,
  kContains = 5,  // From a folder to a file in it, where a walk down begins at the folder.
  kPartOf = 6,    // From a file to a folder around it, where a walk up begins at the folder.
};
std::string_view EdgeKindName(EdgeKind kind);

struct Edge {
  NodeId from;  // Earlier in the flow of data.
  NodeId to;
  EdgeKind kind = EdgeKind::kUsed;
  std::string path;  // Of the artifact in that run, or in the folder; raw bytes; "" between runs.

  friend bool operator==(const Edge&, const Edge&) = default;
  friend auto operator<=>(const Edge&, const Edge&) = default;
};

// Adds the edges of a finished run to `batch`.  `catalog` tells which folders are indexed already;
// `objects` reads the trees of the others; a tree that cannot be read is skipped (it is for fsck to
// report).  Files of a folder beyond kFolderMembersMax are not linked one by one.
// Errors: kCorruption  the record names a run in a malformed way.
inline constexpr std::uint64_t kFolderMembersMax = 100'000;
Result<void> IndexRunEdges(const RunRecord& run, const Recipe& recipe,
                           const storage::Catalog& catalog, storage::ObjectReader& objects,
                           storage::CatalogBatch& batch);

// Links the files of a stored folder to it, for a dataset version.
Result<void> IndexFolderMembers(const Digest& tree, const storage::Catalog& catalog,
                                storage::ObjectReader& objects, storage::CatalogBatch& batch);

// The edges that end (begin) at `node`, sorted.  An artifact has those of the folders around it
// too, with its own path ("models/m.bin" where the run wrote "models").  A run has those of the
// files in its folders that other runs wrote (read) otherwise than through that folder: its input
// "data" that nobody wrote brings "data/part-7.csv", which some run did write.
Result<std::vector<Edge>> EdgesInto(const storage::Catalog& catalog, const NodeId& node);
Result<std::vector<Edge>> EdgesFrom(const storage::Catalog& catalog, const NodeId& node);

struct Subgraph {
  std::vector<NodeId> nodes;  // The starting node first, then by distance, then by id.
  std::vector<Edge> edges;    // Sorted; both ends are in `nodes`.
};

enum class Direction { kUp, kDown };

// Everything that `start` came from (up) or that came from it (down), at most `depth_max` edges
// away; nullopt: no bound.  Cycles (a file read and rewritten with the same bytes) end the walk.
// Where `start` is a folder, files in it that runs wrote (up) or read (down) by themselves belong
// to the walk, by edges kPartOf and kContains.
Result<Subgraph> Traverse(const storage::Catalog& catalog, const NodeId& start, Direction direction,
                          std::optional<std::uint64_t> depth_max);

// Runs of `graph` that each reproduce or derive from the next, and the last from the first, as no
// recording can make: a store that claims it is damaged, or was made to deceive.  Empty if there
// are none.
std::vector<NodeId> FindCycleOfRuns(const Subgraph& graph);

}  // namespace reprise::lineage
