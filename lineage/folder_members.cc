// Rows of folders: downwards (kChildPart) and upwards (kMemberPart), one step each; a path of any
// length is put together from steps.

#include "lineage/folder_members.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <numeric>
#include <unordered_set>

#include "storage/base/bytes.h"

namespace reprise::lineage {
namespace {

using storage::Catalog;
using storage::Space;

constexpr std::size_t kParentsKeptMax = 1 << 18;

Result<std::vector<Member>> ScanParents(const Catalog& catalog, NodeNumber artifact,
                                        FolderRole role, std::size_t count_max = SIZE_MAX) {
  std::vector<Member> parents;
  bool damaged = false;
  REPRISE_TRY(catalog.Scan(
      Space::kEdge, {.prefix = MemberPrefix(artifact, role)},
      [&](std::string_view key, std::string_view value) {
        const auto member = ReadMember(key, value);
        damaged = !member.has_value();
        if (damaged) return false;
        parents.push_back({member->folder, member->folder_kind, std::string(member->name)});
        return parents.size() < count_max;
      }));
  if (damaged) return MalformedRow();
  return parents;
}

Result<bool> HasRow(const Catalog& catalog, const std::string& prefix) {
  bool found = false;
  REPRISE_TRY(
      catalog.Scan(Space::kEdge, {.prefix = prefix}, [&](std::string_view, std::string_view) {
        found = true;
        return false;
      }));
  return found;
}

// Whether a run itself wrote (or read) `artifact`, rather than a folder around it.
Result<bool> HasRun(const Catalog& catalog, NodeNumber artifact, FolderRole role) {
  return HasRow(catalog, role == FolderRole::kProduced
                             ? EdgePrefix(kIntoPart, artifact, EdgeKind::kProduced)
                             : EdgePrefix(kFromPart, artifact, EdgeKind::kUsed));
}

// The folders with rows kPartialRow, sorted.
Result<std::vector<NodeNumber>> ScanPartial(const Catalog& catalog, bool only_here) {
  std::vector<NodeNumber> numbers;
  bool damaged = false;
  REPRISE_TRY(catalog.Scan(Space::kEdge, {.prefix = std::string(1, kPartialRow)},
                           [&](std::string_view key, std::string_view value) {
                             const auto row = ReadPartial(key, value);
                             damaged = !row.has_value();
                             if (damaged) return false;
                             const bool is_new = numbers.empty() || numbers.back() != row->folder;
                             if (is_new && (row->is_here || !only_here)) {
                               numbers.push_back(row->folder);
                             }
                             return true;
                           }));
  if (damaged) return MalformedRow();
  return numbers;
}

}  // namespace

Result<std::vector<std::optional<NodeNumber>>> FindNumbers(const Catalog& catalog,
                                                           std::span<const NodeId> nodes) {
  std::vector<std::string> keys;
  keys.reserve(nodes.size());
  for (const NodeId& node : nodes) keys.push_back(NodeKey(node));
  REPRISE_ASSIGN_OR_RETURN(const auto values, catalog.MultiGet(Space::kNode, keys));
  std::vector<std::optional<NodeNumber>> numbers;
  numbers.reserve(values.size());
  for (const auto& value : values) {
    numbers.push_back(value.has_value() ? NumberFromBytes(*value) : std::nullopt);
    if (value.has_value() && !numbers.back().has_value()) return MalformedRow();
  }
  return numbers;
}

// In the order of the numbers, so that neighbours are read together.
Result<std::vector<NodeId>> FindNodes(const Catalog& catalog, std::span<const NodeNumber> numbers) {
  std::vector<std::size_t> order(numbers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return numbers[i]; });
  std::vector<NodeId> nodes(numbers.size());
  constexpr std::size_t kAtOnce = 4096;
  for (std::size_t begin = 0; begin < order.size(); begin += kAtOnce) {
    const auto part = std::span(order).subspan(begin, std::min(kAtOnce, order.size() - begin));
    std::vector<std::string> keys;
    keys.reserve(part.size());
    for (const std::size_t i : part) keys.push_back(NodeRowKey(numbers[i]));
    REPRISE_ASSIGN_OR_RETURN(const auto values, catalog.MultiGet(Space::kEdge, keys));
    for (std::size_t i = 0; i < part.size(); ++i) {
      auto node = values[i].has_value() ? ParseNodeKey(*values[i]) : std::nullopt;
      if (!node.has_value()) return MalformedRow();
      nodes[part[i]] = *std::move(node);
    }
  }
  return nodes;
}

Result<std::vector<Child>> ChildrenOf(const Catalog& catalog, NodeNumber folder) {
  std::vector<Child> children;
  bool damaged = false;
  REPRISE_TRY(catalog.Scan(
      Space::kEdge, {.prefix = PartPrefix(folder, kChildPart)},
      [&](std::string_view key, std::string_view value) {
        const auto child = ReadChild(key, value);
        damaged = !child.has_value();
        if (damaged) return false;
        children.push_back({child->member, std::string(child->name), child->is_folder});
        return true;
      }));
  if (damaged) return MalformedRow();
  return children;
}

Result<std::vector<Member>> FoldersAround::ParentsOf(NodeNumber artifact) {
  if (const auto known = parents_.find(artifact); known != parents_.end()) return known->second;
  REPRISE_ASSIGN_OR_RETURN(auto parents, ScanParents(catalog_, artifact, role_));
  if (parents_.size() >= kParentsKeptMax) parents_.clear();
  parents_[artifact] = parents;
  return parents;
}

Result<std::vector<Member>> FoldersAround::Find(NodeNumber artifact) {
  REPRISE_ASSIGN_OR_RETURN(auto parents, ScanParents(catalog_, artifact, role_));
  return FindFrom(std::move(parents));
}

Result<std::vector<Member>> FoldersAround::FindFrom(std::vector<Member> parents) {
  std::vector<Member> around;
  std::unordered_set<NodeNumber> seen;
  std::deque<Member> pending;
  const auto take = [&](Member folder) {
    // Equal subfolders multiply paths, so their number has a bound and that of folders has not.
    const bool is_new = seen.insert(folder.number).second;
    if (!is_new && around.size() >= kMemberPathsMax) return;
    around.push_back(folder);
    // Code and environments are in nothing.
    if (folder.kind == NodeId::Kind::kArtifact) pending.push_back(std::move(folder));
  };
  for (Member& parent : parents) take(std::move(parent));
  while (!pending.empty()) {
    const Member here = std::move(pending.front());
    pending.pop_front();
    REPRISE_ASSIGN_OR_RETURN(const std::vector<Member> outer, ParentsOf(here.number));
    for (const Member& folder : outer) {
      take({folder.number, folder.kind, folder.path + "/" + here.path});
    }
  }
  return around;
}

Result<std::optional<ArtifactKind>> KnownKind(const Catalog& catalog, const Digest& artifact) {
  constexpr std::array kRoles = {FolderRole::kUsed, FolderRole::kProduced, FolderRole::kCode,
                                 FolderRole::kEnvironment};
  const NodeId node = NodeId::Artifact(artifact);
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, FindNumbers(catalog, {&node, 1}));
  if (!numbers.front().has_value()) return std::optional<ArtifactKind>();
  const NodeNumber number = *numbers.front();
  REPRISE_ASSIGN_OR_RETURN(const bool walked, HasRow(catalog, PartPrefix(number, kWalkedPart)));
  if (walked) return std::optional(ArtifactKind::kFolder);
  // A subfolder among too many members was not walked, and its folder's row tells.
  bool is_file = false;
  for (const FolderRole role : kRoles) {
    REPRISE_ASSIGN_OR_RETURN(const auto parents, ScanParents(catalog, number, role, 1));
    for (const Member& parent : parents) {
      REPRISE_ASSIGN_OR_RETURN(
          const auto child,
          catalog.Get(Space::kEdge, PartPrefix(parent.number, kChildPart) + parent.path));
      if (child.has_value() && child->starts_with(kFolderMark)) {
        return std::optional(ArtifactKind::kFolder);
      }
    }
    is_file = is_file || !parents.empty();
  }
  for (const FolderRole role : {FolderRole::kUsed, FolderRole::kProduced}) {
    REPRISE_ASSIGN_OR_RETURN(const bool has_run, HasRun(catalog, number, role));
    is_file = is_file || has_run;
  }
  return is_file ? std::optional(ArtifactKind::kFile) : std::nullopt;
}

Result<std::vector<NodeId>> PartialFolders(const Catalog& catalog) {
  REPRISE_ASSIGN_OR_RETURN(const auto numbers, ScanPartial(catalog, true));
  return FindNodes(catalog, numbers);
}

Result<std::vector<NodeNumber>> PartialFolderNumbers(const Catalog& catalog) {
  return ScanPartial(catalog, false);
}

}  // namespace reprise::lineage
