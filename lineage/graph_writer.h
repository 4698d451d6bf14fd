// Adds what the ledger says to the lineage graph, as rows of the catalog.
//
// Nodes are numbered in the order in which they come, so entries are indexed in the ledger's order,
// and rebuilding gives the same rows.  A writer remembers the numbers that it gave, so that several
// entries may go into one batch that is not applied yet.
//
// Thread-safety: one thread at a time; while a writer lives, nobody else adds to the graph.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "lineage/edge_keys.h"
#include "lineage/graph.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/catalog.h"
#include "storage/object_store.h"

namespace reprise::lineage {

// Files directly in a folder, or in the code, beyond so many are not linked one by one; nor are
// folders walked once so many files were linked for the one that a run names.
inline constexpr std::uint64_t kFolderMembersMax = 100'000;

class GraphWriter {
 public:
  explicit GraphWriter(const storage::Catalog& catalog) : catalog_(catalog) {}
  GraphWriter(const GraphWriter&) = delete;
  GraphWriter& operator=(const GraphWriter&) = delete;

  // Adds a finished run, with its code (absent: none, or unknown) and environment.  `objects` reads
  // the trees and environments that are new; one that cannot be read is skipped: it is for fsck to
  // report, and must not keep a store from opening.
  // Errors: kCorruption  the record names a run in a malformed way.
  Result<void> AddRun(const RunRecord& run, const Recipe& recipe, const Code* code,
                      storage::ObjectReader& objects, storage::CatalogBatch& batch);

  // Reads at once what AddRun() of such a run will look up, for many runs of which it is called
  // next: that costs a fraction of looking for each.
  struct NamedNodes {
    std::vector<NodeId> nodes;
    void Add(const RunRecord& run, const Recipe& recipe, const Code* code);
  };
  Result<void> LookUp(const NamedNodes& named);

  // Links the files of a stored folder to it, for a dataset version.
  Result<void> AddDataset(const Digest& tree, storage::ObjectReader& objects,
                          storage::CatalogBatch& batch);

  // Links an artifact, and what is in it if it is a folder, to the version of a model that it was
  // registered as.
  Result<void> AddModelVersion(const Digest& artifact, ArtifactKind artifact_kind,
                               const NodeId& model, storage::ObjectReader& objects,
                               storage::CatalogBatch& batch);

  // What was added since the last call of either stays, or is forgotten because its rows are.
  void Keep() { fresh_.clear(); }
  void Forget();

  // Everything that was kept is in the catalog now, so that memory can be freed.
  void NoteApplied();

 private:
  // The numbers of `nodes`, in their order; those that have none yet get one.
  Result<std::vector<NodeNumber>> NumbersOf(const std::vector<NodeId>& nodes,
                                            storage::CatalogBatch& batch);
  // The places of the numbers of `nodes` in numbers_, in their order, read where they are new
  // there.
  Result<std::vector<NodeNumber*>> PlacesOf(const std::vector<NodeId>& nodes);
  Result<NodeNumber> NumberOf(const NodeId& node, storage::CatalogBatch& batch);
  Result<NodeNumber> NextNumber();
  // Whether what is in a folder has rows for that role.
  Result<bool> IsWalked(NodeNumber folder, FolderRole role);
  void NoteWalked(NodeNumber folder, FolderRole role, storage::CatalogBatch& batch);

  // `numbers`: those of the artifacts.
  Result<void> AddUses(NodeNumber run, const std::vector<ArtifactUse>& uses,
                       std::span<const NodeNumber> numbers, EdgeKind kind,
                       storage::ObjectReader& objects, storage::CatalogBatch& batch);
  Result<void> AddOrigin(NodeNumber run, const std::optional<std::string>& origin, EdgeKind kind,
                         storage::CatalogBatch& batch);
  Result<void> AddCode(NodeNumber run, const Digest& tree, const Code* code,
                       storage::ObjectReader& objects, storage::CatalogBatch& batch);
  Result<void> AddEnvironment(NodeNumber run, const Digest& environment,
                              storage::ObjectReader& objects, storage::CatalogBatch& batch);
  Result<void> AddMembers(const NodeId& root, NodeNumber number, FolderRole role,
                          storage::ObjectReader& objects, storage::CatalogBatch& batch);

  struct Folder {
    Digest tree;
    NodeNumber number = 0;
    NodeId::Kind kind = NodeId::Kind::kArtifact;
    NodeNumber outer = 0;  // The folder that it was met in; 0: none.
  };
  struct DirectMembers {
    std::uint64_t count = 0;  // Of rows.
    bool is_whole = true;
    std::vector<Folder> folders;  // Among them.
  };
  // What is directly in `folder`, as rows.
  Result<DirectMembers> AddDirectMembers(const Folder& folder, FolderRole role,
                                         storage::ObjectReader& objects,
                                         storage::CatalogBatch& batch);
  // Which folders lack rows of something in them.
  Result<std::unordered_set<std::string>*> Partial();
  Result<void> NotePartial(NodeNumber folder, FolderRole role, char value,
                           storage::CatalogBatch& batch);

  const storage::Catalog& catalog_;
  NodeNumber next_ = 0;       // 0: not looked up yet.
  NodeNumber unapplied_ = 0;  // From it on, nodes have no rows in the catalog yet; 0: as next_.
  struct NodeHash {
    std::size_t operator()(const NodeId& node) const noexcept;
  };
  std::unordered_map<NodeId, NodeNumber, NodeHash> numbers_;  // 0: it has none yet.
  std::unordered_set<std::string> walked_;                    // Keys of kWalkedPart.
  // All keys of kPartialRow; absent: not looked up yet.
  std::optional<std::unordered_set<std::string>> partial_;
  // What to forget.  Cleared by Keep().
  struct Fresh {
    std::vector<NodeId> nodes;
    std::vector<std::string> walked;
    std::vector<std::string> partial;
    NodeNumber next = 0;
    void clear() {
      nodes.clear();
      walked.clear();
      partial.clear();
      next = 0;
    }
  } fresh_;
};

// The programs and libraries that an environment document names, with their paths.
// Errors: kCorruption.
struct EnvironmentMember {
  std::string path;
  Digest digest;
};
Result<std::vector<EnvironmentMember>> ReadEnvironmentMembers(std::string_view document);

}  // namespace reprise::lineage
