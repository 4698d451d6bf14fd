// One step through the lineage graph from many nodes at once.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lineage/edge_keys.h"
#include "lineage/empty_content.h"
#include "lineage/folder_members.h"
#include "lineage/graph.h"
#include "lineage/known_members.h"
#include "storage/base/result.h"
#include "storage/catalog.h"

namespace reprise::lineage {

// Which edges there are.
struct NeighbourOptions {
  // Only those between runs and artifacts: used, produced, reproduces, derived_from.
  bool data_only = false;
  // Upwards from environments: all programs and libraries, rather than only those that runs wrote.
  bool all_libraries = false;
};

struct NumberedNode {
  NodeNumber number = 0;
  NodeId::Kind kind = NodeId::Kind::kArtifact;

  friend bool operator==(const NumberedNode&, const NumberedNode&) = default;
  friend auto operator<=>(const NumberedNode&, const NumberedNode&) = default;
};

struct Step {
  NumberedNode near;  // Where the walk is.
  NumberedNode far;   // Where the edge leads.
  EdgeKind kind = EdgeKind::kUsed;
  std::string_view path;  // Borrowed.
};

class Neighbours {
 public:
  Neighbours(const storage::Catalog& catalog, Direction direction, const NeighbourOptions& options);

  // Calls `visit` for every edge at `nodes`, which are sorted: into them when walking up, from them
  // when walking down; until it returns false.  An edge may come twice.  Of empty content
  // (empty_content.h) there are only the edges that runs have to it by themselves; a walk does not
  // ask for them unless it begins there.
  // Errors: kCorruption  a row is malformed.
  Result<void> ForEach(std::span<const NumberedNode> nodes,
                       const std::function<bool(const Step&)>& visit);

  // Likewise for the members of the folder `artifact` that runs know by themselves, by edges
  // kPartOf or kContains.
  Result<void> ForEachMember(NodeNumber artifact, const std::function<bool(const Step&)>& visit);

  // The nodes that no walk goes on from.
  Result<EmptyNodes> Ends();

 private:
  struct Prefixes;
  struct Scan;
  using Visit = std::function<bool(const Step&)>;
  // What comes after a row: the next one, the next prefix, nothing.
  enum class Rest { kGoOn, kSkip, kStop, kDamaged };

  Prefixes PrefixesOf(std::span<const NumberedNode> nodes, const EmptyNodes& empty) const;
  Rest VisitRow(const NumberedNode& near, std::string_view key, std::string_view value,
                std::vector<Scan>& left, const Visit& visit);

  Result<void> ForPart(std::span<const NumberedNode> nodes, const Visit& visit);
  bool Takes(EdgeKind kind) const;
  // What made the artifacts that a walk up meets, and what read those that a walk down meets.
  FolderRole FarRole() const;
  bool VisitStored(const NumberedNode& near, const StoredEdge& edge, const Visit& visit) const;
  Result<bool> VisitFoldersAround(const Scan& scan, const Visit& visit);
  Result<bool> VisitFolderEdges(const NumberedNode& near, const Member& folder, const Visit& visit);
  Result<bool> VisitKnownMembers(const NumberedNode& run, const Scan& scan, const Visit& visit);
  Result<bool> VisitParts(const NumberedNode& near, const Visit& visit);

  const storage::Catalog& catalog_;
  const Direction direction_;
  const NeighbourOptions options_;
  std::optional<EmptyNodes> empty_;
  KnownMembers known_;
  FoldersAround folders_;
  FoldersAround code_;
};

}  // namespace reprise::lineage
