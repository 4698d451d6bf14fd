// Which folders a file or folder lies in, and which files of a folder are known from elsewhere.
//
// Rows are kept once for each tree document, not for each run, so a data set that a thousand runs
// read is indexed once; subfolders that versions share are shared here too.  The rows from a member
// to its folders are kept apart for folders that runs wrote and folders that runs read, so that
// "did any run write this file?" is one look-up for the many files that no run wrote.
//
// Thread-safety: as the catalog.

#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
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
  std::string path;  // Relative to the folder.
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

// The folders whose members are not all indexed (kFolderMembersMax).
Result<std::vector<NodeId>> PartialFolders(const storage::Catalog& catalog);

// Finds the members of folders that runs wrote (kProduced) or read (kUsed) otherwise than through
// that very folder, and remembers the answers while the catalog does not change.  With
// `of_all_kinds`, code and environments count as readers.
class KnownMembers {
 public:
  KnownMembers(const storage::Catalog& catalog, bool of_all_kinds)
      : catalog_(catalog), of_all_kinds_(of_all_kinds) {}

  // In path order of a walk, folders before their members.
  Result<const std::vector<Member>*> Find(NodeNumber folder, FolderRole role);

  // The members of code or an environment that runs wrote.
  Result<const std::vector<Member>*> FindProduced(NodeNumber code);

 private:
  const storage::Catalog& catalog_;
  const bool of_all_kinds_;
  std::map<std::pair<NodeNumber, FolderRole>, std::vector<Member>> found_;
  std::unordered_map<NodeNumber, std::vector<Member>> produced_;
  std::unordered_map<NodeNumber, bool> is_produced_;  // Members of code and environments.
};

}  // namespace reprise::lineage
