// Rows of folders: downwards (kChildRow) and upwards (kMemberRow), one step each; a path of any
// length is put together from steps.
//
// KnownMembers walks a folder downwards and asks of each member whether a run can be reached from
// it upwards.  The way through the folder itself does not count, nor the way through a subfolder
// that was reported already: what is below a known subfolder is known through it.  The set of
// forbidden folders only grows during a walk, so a member from which no run could be reached stays
// so, and is remembered.

#include "lineage/folder_members.h"

#include <array>
#include <cstdint>
#include <deque>
#include <set>

#include "lineage/edge_keys.h"
#include "storage/base/bytes.h"
#include "storage/object_rows.h"
#include "storage/tree.h"

namespace reprise::lineage {
namespace {

using storage::Catalog;
using storage::Space;

std::string ChildPrefix(const Digest& folder) { return kChildRow + folder.ToStored(); }

std::string MemberPrefix(FolderRole role, const Digest& member) {
  return std::string{kMemberRow, static_cast<char>(role)} + member.ToStored();
}

std::string IndexedKey(FolderRole role, const Digest& folder) {
  return std::string{kIndexedRow, static_cast<char>(role)} + folder.ToStored();
}

Error MalformedRow() {
  return {ErrorCode::kCorruption,
          "a folder row of the catalog is malformed; rebuild the catalog with "
          "`reprise fsck --rebuild-index`"};
}

struct Child {
  Digest digest;
  std::string name;
  bool is_folder = false;
};

Result<std::vector<Child>> ChildrenOf(const Catalog& catalog, const Digest& folder) {
  const std::string prefix = ChildPrefix(folder);
  std::vector<Child> children;
  bool damaged = false;
  REPRISE_TRY(catalog.Scan(
      Space::kEdge, {.prefix = prefix}, [&](std::string_view key, std::string_view value) {
        const auto digest = value.empty() ? Result<Digest>(MalformedRow())
                                          : Digest::FromStored(AsBytes(value.substr(1)));
        damaged = !digest.ok();
        if (damaged) return false;
        children.push_back(
            {*digest, std::string(key.substr(prefix.size())), value.front() == kFolderMark});
        return true;
      }));
  if (damaged) return MalformedRow();
  return children;
}

// The folders that `artifact` lies directly in, with its names there; at most `count_max`.
Result<std::vector<Member>> ParentsOf(const Catalog& catalog, const Digest& artifact,
                                      FolderRole role, std::size_t count_max = SIZE_MAX) {
  const std::string prefix = MemberPrefix(role, artifact);
  std::vector<Member> parents;
  bool damaged = false;
  REPRISE_TRY(
      catalog.Scan(Space::kEdge, {.prefix = prefix}, [&](std::string_view key, std::string_view) {
        key.remove_prefix(prefix.size());
        const auto digest = Digest::FromStored(AsBytes(key.substr(0, Digest::kStoredSizeBytes)));
        damaged = !digest.ok();
        if (damaged) return false;
        parents.push_back({*digest, std::string(key.substr(Digest::kStoredSizeBytes))});
        return parents.size() < count_max;
      }));
  if (damaged) return MalformedRow();
  return parents;
}

// Whether a run itself wrote (or read) `artifact`, rather than a folder around it.
Result<bool> HasRun(const Catalog& catalog, const Digest& artifact, FolderRole role) {
  const NodeId node = NodeId::Artifact(artifact);
  bool found = false;
  REPRISE_TRY(ScanEdges(catalog,
                        role == FolderRole::kProduced
                            ? EdgePrefix(kIntoRow, node, EdgeKind::kProduced)
                            : EdgePrefix(kFromRow, node, EdgeKind::kUsed),
                        [&](const StoredEdge&) {
                          found = true;
                          return false;
                        }));
  return found;
}

// Looks upwards for runs; see the top of the file.
class UpwardSearch {
 public:
  UpwardSearch(const Catalog& catalog, FolderRole role) : catalog_(catalog), role_(role) {}

  void Forbid(const Digest& folder) { forbidden_.insert(folder); }

  Result<bool> ReachesRun(const Digest& artifact) {
    std::vector<Digest> pending = {artifact};
    std::set<Digest> visited;
    while (!pending.empty()) {
      const Digest here = pending.back();
      pending.pop_back();
      if (hopeless_.contains(here) || !visited.insert(here).second) continue;
      REPRISE_ASSIGN_OR_RETURN(const bool has_run, HasRun(catalog_, here, role_));
      if (has_run) return true;
      REPRISE_ASSIGN_OR_RETURN(const std::vector<Member> parents, ParentsOf(catalog_, here, role_));
      for (const Member& parent : parents) {
        if (!forbidden_.contains(parent.digest)) pending.push_back(parent.digest);
      }
    }
    hopeless_.merge(visited);
    return false;
  }

 private:
  const Catalog& catalog_;
  FolderRole role_;
  std::set<Digest> forbidden_;
  std::set<Digest> hopeless_;
};

// The first `count_max` files and folders directly in a folder, whose document is verified whole.
Result<std::vector<storage::TreeEntry>> ReadMembers(storage::ObjectReader& objects,
                                                    const Digest& folder, std::size_t count_max) {
  REPRISE_ASSIGN_OR_RETURN(auto cursor, storage::TreeCursor::Open(objects, folder));
  std::vector<storage::TreeEntry> members;
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(auto entry, cursor.Next());
    if (!entry.has_value()) return members;
    if (entry->kind == FileKind::kSymlink || members.size() == count_max) continue;
    members.push_back(*std::move(entry));
  }
}

Result<std::vector<Member>> FindKnown(const Catalog& catalog, const Digest& folder,
                                      FolderRole role) {
  UpwardSearch search(catalog, role);
  search.Forbid(folder);
  std::vector<Member> found;
  std::set<Digest> walked = {folder};
  std::deque<Member> pending = {{folder, ""}};
  while (!pending.empty()) {
    const Member here = std::move(pending.front());
    pending.pop_front();
    REPRISE_ASSIGN_OR_RETURN(const std::vector<Child> children, ChildrenOf(catalog, here.digest));
    for (const Child& child : children) {
      const std::string path = here.path.empty() ? child.name : here.path + "/" + child.name;
      REPRISE_ASSIGN_OR_RETURN(const bool known, search.ReachesRun(child.digest));
      if (known) found.push_back({child.digest, path});
      if (!child.is_folder) continue;
      if (known) search.Forbid(child.digest);
      if (walked.insert(child.digest).second) pending.push_back({child.digest, path});
    }
  }
  return found;
}

}  // namespace

Result<void> IndexMembers(const Digest& tree, FolderRole role, const Catalog& catalog,
                          storage::ObjectReader& objects, storage::CatalogBatch& batch) {
  storage::NoteWholeTree(tree, batch);
  std::set<Digest> walked = {tree};
  std::deque<Digest> pending = {tree};
  std::uint64_t members = 0;
  while (!pending.empty()) {
    const Digest folder = pending.front();
    pending.pop_front();
    REPRISE_ASSIGN_OR_RETURN(const auto indexed,
                             catalog.Get(Space::kEdge, IndexedKey(role, folder)));
    if (indexed.has_value()) continue;
    const auto entries = ReadMembers(objects, folder, kFolderMembersMax + 1 - members);
    if (!entries.ok()) continue;
    for (const storage::TreeEntry& entry : *entries) {
      if (++members > kFolderMembersMax) break;
      const bool is_folder = entry.kind == FileKind::kDirectory;
      batch.Put(Space::kEdge, ChildPrefix(folder) + entry.name,
                (is_folder ? kFolderMark : kContentMark) + entry.digest.ToStored());
      batch.Put(Space::kEdge, MemberPrefix(role, entry.digest) + folder.ToStored() + entry.name,
                "");
      if (is_folder && walked.insert(entry.digest).second) pending.push_back(entry.digest);
    }
    if (members > kFolderMembersMax) break;
    batch.Put(Space::kEdge, IndexedKey(role, folder), "");
  }
  // A folder that is too large counts as indexed too, or every run that reads it would walk it.
  batch.Put(Space::kEdge, IndexedKey(role, tree), "");
  return {};
}

Result<std::vector<Member>> FoldersAround(const Catalog& catalog, const Digest& artifact,
                                          FolderRole role) {
  std::vector<Member> around;
  std::set<Digest> seen;
  std::deque<Member> pending = {{artifact, ""}};
  while (!pending.empty()) {
    const Member here = std::move(pending.front());
    pending.pop_front();
    REPRISE_ASSIGN_OR_RETURN(std::vector<Member> parents, ParentsOf(catalog, here.digest, role));
    for (Member& parent : parents) {
      // Equal subfolders multiply paths, so their number has a bound and that of folders has not.
      const bool is_new = seen.insert(parent.digest).second;
      if (!is_new && around.size() >= kMemberPathsMax) continue;
      if (!here.path.empty()) parent.path += "/" + here.path;
      around.push_back(parent);
      pending.push_back(std::move(parent));
    }
  }
  return around;
}

Result<std::optional<ArtifactKind>> KnownKind(const Catalog& catalog, const Digest& artifact) {
  constexpr std::array kRoles = {FolderRole::kUsed, FolderRole::kProduced};
  for (const FolderRole role : kRoles) {
    REPRISE_ASSIGN_OR_RETURN(const auto walked,
                             catalog.Get(Space::kEdge, IndexedKey(role, artifact)));
    if (walked.has_value()) return std::optional(ArtifactKind::kFolder);
  }
  // A subfolder among too many members was not walked, and its folder's row tells.
  bool is_file = false;
  for (const FolderRole role : kRoles) {
    REPRISE_ASSIGN_OR_RETURN(const auto parents, ParentsOf(catalog, artifact, role, 1));
    for (const Member& parent : parents) {
      REPRISE_ASSIGN_OR_RETURN(const auto child,
                               catalog.Get(Space::kEdge, ChildPrefix(parent.digest) + parent.path));
      if (child.has_value() && child->starts_with(kFolderMark)) {
        return std::optional(ArtifactKind::kFolder);
      }
    }
    REPRISE_ASSIGN_OR_RETURN(const bool has_run, HasRun(catalog, artifact, role));
    is_file = is_file || has_run || !parents.empty();
  }
  return is_file ? std::optional(ArtifactKind::kFile) : std::nullopt;
}

Result<const std::vector<Member>*> KnownMembers::Find(const Digest& folder, FolderRole role) {
  const auto [place, is_new] = found_.try_emplace({folder, role});
  if (is_new) {
    auto found = FindKnown(catalog_, folder, role);
    if (!found.ok()) {
      found_.erase(place);
      return std::move(found).error();
    }
    place->second = *std::move(found);
  }
  return &place->second;
}

}  // namespace reprise::lineage
