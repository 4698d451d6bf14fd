// The lineage graph: runs, artifacts, code, environments and models, linked by content.
//
// The same bytes are the same node wherever they appear.  Edges point along the flow of data: from
// an artifact to the run that used it, from a run to the artifact that it produced, from code and
// environment to the run that ran with them, from a run to the one that reproduces it or derives
// from it, from an artifact to the model version that it was registered as.
//
// The graph lies in the catalog (Space::kEdge), twice: once by each end.  A folder that a run read
// or wrote is linked to the files in it, so that a file taken out of one run's output folder and
// read by another run joins them; so are code to its files and an environment to its programs and
// libraries, which are artifacts like any other.  Keys: docs/formats/catalog_keys.md.
//
// Here is what concerns data alone.  Questions about the whole graph: lineage/graph_query.h.
//
// Thread-safety: as the catalog.

#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
  enum class Kind : std::uint8_t {
    kArtifact = 1,
    kRun = 2,
    kCode = 3,         // A state of the code, by the digest of its tree.
    kEnvironment = 4,  // By the digest of its document.
    kModel = 5,        // A registered version of a model.
    kCommit = 6,       // Of git, by its hexadecimal id.
    kPackage = 7,      // That environments hold, by its package URL (lineage/package.h).
  };
  Kind kind = Kind::kArtifact;
  Digest artifact;   // When kArtifact, kCode, kEnvironment.
  Ulid run;          // When kRun.
  std::string name;  // When kModel ("scorecard@3"), kCommit or kPackage.

  static NodeId Artifact(const Digest& digest) { return {Kind::kArtifact, digest, {}, {}}; }
  static NodeId Run(const Ulid& id) { return {Kind::kRun, {}, id, {}}; }
  static NodeId Code(const Digest& tree) { return {Kind::kCode, tree, {}, {}}; }
  static NodeId Environment(const Digest& digest) { return {Kind::kEnvironment, digest, {}, {}}; }
  static NodeId Model(const std::string& name, std::uint64_t version) {
    return {Kind::kModel, {}, {}, name + "@" + std::to_string(version)};
  }
  static NodeId Commit(const std::string& hex) { return {Kind::kCommit, {}, {}, hex}; }
  static NodeId Package(const std::string& url) { return {Kind::kPackage, {}, {}, url}; }

  // Different for different nodes: "sha256:…", a run's id, "code:sha256:…", "environment:sha256:…",
  // "model:scorecard@3", "commit:…", "pkg:pypi/numpy@1.24.2".
  std::string ToString() const;

  friend bool operator==(const NodeId&, const NodeId&) = default;
  friend auto operator<=>(const NodeId&, const NodeId&) = default;
};

enum class EdgeKind : std::uint8_t {
  kUsed = 1,
  kProduced = 2,
  kReproduces = 3,
  kDerivedFrom = 4,
  kContains = 5,  // From a folder to a file in it, where a walk down begins at the folder.
  // From a file to a folder around it, where a walk up begins at the folder; to code or an
  // environment that it is part of, and to what a folder around it was registered as.
  kPartOf = 6,
  kCodeOf = 7,         // From code to a run that ran it.
  kEnvironmentOf = 8,  // From an environment to a run in it.
  kCommitOf = 9,       // From a commit to code that was checked out of it.
  kRegisteredAs = 10,  // From an artifact to a version of a model.
  kVia = 11,           // Between nodes that only others, which are not shown, lie between.
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

// The edges between runs and artifacts that end (begin) at `node`, sorted.  An artifact has those
// of the folders around it too, with its own path ("models/m.bin" where the run wrote "models").  A
// run has those of the files in its folders that other runs wrote (read) otherwise than through
// that folder: its input "data" that nobody wrote brings "data/part-7.csv", which some run did
// write.
// Errors: kCorruption  a row is malformed.
Result<std::vector<Edge>> EdgesInto(const storage::Catalog& catalog, const NodeId& node);
Result<std::vector<Edge>> EdgesFrom(const storage::Catalog& catalog, const NodeId& node);

// A path under which a run wrote or read the artifact, or has it in a folder; of very many edges
// one is looked at.  Absent: no run has it.
Result<std::optional<std::string>> AnyPathOf(const storage::Catalog& catalog,
                                             const Digest& artifact);

struct Subgraph {
  std::vector<NodeId> nodes;  // The starting node first, then by distance, then by id.
  std::vector<Edge> edges;    // Sorted; both ends are in `nodes`.
};

enum class Direction { kUp, kDown };

// All runs and artifacts that `start` came from (up) or that came from it (down), at most
// `depth_max` edges away; nullopt: no bound.  Cycles (a file read and rewritten with the same
// bytes) end the walk.  Where `start` is a folder, files in it that runs wrote (up) or read (down)
// by themselves belong to the walk, by edges kPartOf and kContains.
Result<Subgraph> Traverse(const storage::Catalog& catalog, const NodeId& start, Direction direction,
                          std::optional<std::uint64_t> depth_max);

// Runs of `graph` that each reproduce or derive from the next, and the last from the first, as no
// recording can make: a store that claims it is damaged, or was made to deceive.  Empty if there
// are none.
std::vector<NodeId> FindCycleOfRuns(const Subgraph& graph);

}  // namespace reprise::lineage
