// Which files of a folder are known from elsewhere: those that runs wrote or read otherwise than
// through that very folder.
//
// Thread-safety: one thread at a time.

#pragma once

#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "lineage/edge_keys.h"
#include "lineage/empty_content.h"
#include "lineage/folder_members.h"
#include "storage/base/result.h"
#include "storage/catalog.h"

namespace reprise::lineage {

// Finds the members of folders that runs wrote (kProduced) or read (kUsed) otherwise than through
// that very folder, and remembers the answers while the catalog does not change.  With
// `of_all_kinds`, code and environments count as readers.  Empty content is never among them.
class KnownMembers {
 public:
  KnownMembers(const storage::Catalog& catalog, bool of_all_kinds)
      : catalog_(catalog), of_all_kinds_(of_all_kinds) {}

  // In path order of a walk, folders before their members.
  Result<const std::vector<Member>*> Find(NodeNumber folder, FolderRole role);

  // The members of code or an environment that runs wrote.
  Result<const std::vector<Member>*> FindProduced(NodeNumber code);

 private:
  // Everything below a folder, code or an environment, folders included, but for empty content.
  Result<std::vector<Member>> AllMembers(NodeNumber root);
  Result<std::vector<Member>> FindKnown(NodeNumber folder, FolderRole role);

  const storage::Catalog& catalog_;
  const bool of_all_kinds_;
  std::optional<EmptyNodes> empty_;
  std::map<std::pair<NodeNumber, FolderRole>, std::vector<Member>> found_;
  std::unordered_map<NodeNumber, std::vector<Member>> produced_;
  std::unordered_map<NodeNumber, bool> is_produced_;  // Members of code and environments.
};

}  // namespace reprise::lineage
