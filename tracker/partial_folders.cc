#include "tracker/partial_folders.h"

#include <algorithm>

#include "lineage/folder_members.h"
#include "storage/tree.h"

namespace reprise::tracker {

using lineage::NodeId;

Result<std::vector<NodeId>> SearchPartialFolders(
    Store& store, const std::unordered_set<Digest>& contents,
    const std::function<Result<void>(const NodeId& folder, const std::string& path)>& visit) {
  std::vector<NodeId> unread;
  if (contents.empty()) return unread;
  REPRISE_ASSIGN_OR_RETURN(const auto folders, lineage::PartialFolders(store.catalog()));
  for (const NodeId& folder : folders) {
    std::vector<std::string> paths;
    const auto walked = storage::WalkTree(
        store.objects(), folder.artifact,
        [&](const std::string& path, const storage::TreeEntry& entry) -> Result<void> {
          const bool has_content = entry.kind != FileKind::kSymlink;
          if (has_content && contents.contains(entry.digest)) paths.push_back(path);
          return {};
        });
    if (!walked.ok()) {
      if (!IsDamage(walked.error())) return walked.error();
      unread.push_back(folder);
    }
    for (const std::string& path : paths) REPRISE_TRY(visit(folder, path));
  }
  return unread;
}

Result<void> AddPartialFoldersAround(Store& store, const std::vector<NodeId>& nodes,
                                     std::vector<NodeId>& folders) {
  std::unordered_set<Digest> contents;
  for (const NodeId& node : nodes) {
    if (node.kind == NodeId::Kind::kArtifact) contents.insert(node.artifact);
  }
  REPRISE_ASSIGN_OR_RETURN(
      const auto unread,
      SearchPartialFolders(store, contents,
                           [&](const NodeId& folder, const std::string&) -> Result<void> {
                             folders.push_back(folder);
                             return {};
                           }));
  folders.insert(folders.end(), unread.begin(), unread.end());
  std::ranges::sort(folders);
  folders.erase(std::unique(folders.begin(), folders.end()), folders.end());
  return {};
}

}  // namespace reprise::tracker
