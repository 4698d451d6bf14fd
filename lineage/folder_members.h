// Which folders a file or folder lies in, and what is in a folder.
//
// Rows are kept once for each tree document, not for each run, so a data set that a thousand runs
// read is indexed once; subfolders that versions share are shared here too.  The rows from a member
// to its folders are kept apart for folders that runs wrote and folders that runs read, so that
// "did any run write this file?" is one look-up for the many files that no run wrote.
//
// Thread-safety: as the catalog.

#pragma once

#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "lineage/artifact.h"
#include "lineage/edge_keys.h"
#include "lineage/graph.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/catalog.h"

namespace reprise::lineage {

// The numbers of `nodes`, in their order; nullopt: the graph does not have the node.
Result<std::vector<std::optional<NodeNumber>>> FindNumbers(const storage::Catalog& catalog,
                                                           std::span<const NodeId> nodes);
// The nodes of those numbers, which must be there.
Result<std::vector<NodeId>> FindNodes(const storage::Catalog& catalog,
                                      std::span<const NodeNumber> numbers);

// A file or folder below a folder, or a folder around one.
struct Member {
  NodeNumber number = 0;
  NodeId::Kind kind = NodeId::Kind::kArtifact;
  std::string path;        // Relative to the folder.
  bool is_folder = false;  // Only of what is below.
};

// Finds the folders of one role around artifacts, and remembers steps while the catalog does not
// change.
class FoldersAround {
 public:
  FoldersAround(const storage::Catalog& catalog, FolderRole role)
      : catalog_(catalog), role_(role) {}

  // The folders, at any distance, that `artifact` lies in; `path` leads from each to the artifact.
  // An artifact that lies in one folder at more than kMemberPathsMax places is reported for some of
  // them.  `parents`: those that it is directly in, if they are known already.
  static constexpr std::size_t kMemberPathsMax = 10'000;
  Result<std::vector<Member>> Find(NodeNumber artifact);
  Result<std::vector<Member>> FindFrom(std::vector<Member> parents);

 private:
  Result<std::vector<Member>> ParentsOf(NodeNumber artifact);

  const storage::Catalog& catalog_;
  FolderRole role_;
  std::unordered_map<NodeNumber, std::vector<Member>> parents_;  // Of folders only.
};

// What is directly in a folder, code or environment, by name.
struct Child {
  NodeNumber number = 0;
  std::string name;
  bool is_folder = false;
};
Result<std::vector<Child>> ChildrenOf(const storage::Catalog& catalog, NodeNumber folder);

// What `artifact` is to the runs and datasets that name it or a folder around it, as far as folders
// are indexed: a folder if it is one to any of them.  Absent: nothing of the kind names it.
Result<std::optional<ArtifactKind>> KnownKind(const storage::Catalog& catalog,
                                              const Digest& artifact);

// The folders and code of which some direct members, or what is below some direct members, have no
// rows (kFolderMembersMax).  Only their documents tell what else is in them.
Result<std::vector<NodeId>> PartialFolders(const storage::Catalog& catalog);
// The numbers of these and of all folders around them, sorted.
Result<std::vector<NodeNumber>> PartialFolderNumbers(const storage::Catalog& catalog);

}  // namespace reprise::lineage
