// The rows of many nodes are read by one scan that skips from node to node in key order, and each
// is visited at once, so that whoever has seen enough ends the scan.  What an artifact has to do
// with runs through the folders around it, and a run with the files in its folders, is not stored
// but put together when a node's own rows have been read.

#include "lineage/neighbours.h"

#include <algorithm>

namespace reprise::lineage {
namespace {

using storage::Catalog;
using storage::Space;
using Kind = NodeId::Kind;

// So many nodes are scanned at once: what is remembered of their rows is bounded.
constexpr std::size_t kNodesAtOnce = 4096;

std::string Join(std::string_view folder, const std::string& path) {
  return folder.empty() || folder == "." ? path : std::string(folder) + "/" + path;
}

}  // namespace

// What the scan of one node leaves to be put together.
struct Neighbours::Scan {
  NumberedNode node;
  std::vector<Member> folders;  // That it is directly in, of FarRole().
  std::vector<Member> code;     // Likewise, of kCode.
  struct FolderEdge {
    NodeNumber folder = 0;
    EdgeKind kind = EdgeKind::kUsed;
    std::string path;
  };
  std::vector<FolderEdge> folder_edges;  // Of a run.
};

Neighbours::Neighbours(const Catalog& catalog, Direction direction, const NeighbourOptions& options)
    : catalog_(catalog),
      direction_(direction),
      options_(options),
      known_(catalog, !options.data_only),
      folders_(catalog, FarRole()),
      code_(catalog, FolderRole::kCode) {}

FolderRole Neighbours::FarRole() const {
  return direction_ == Direction::kUp ? FolderRole::kProduced : FolderRole::kUsed;
}

bool Neighbours::Takes(EdgeKind kind) const {
  return !options_.data_only || kind <= EdgeKind::kDerivedFrom;
}

Result<EmptyNodes> Neighbours::Ends() {
  if (!empty_.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(empty_, EmptyNodes::Find(catalog_));
  }
  return *empty_;
}

Result<void> Neighbours::ForEach(std::span<const NumberedNode> nodes, const Visit& visit) {
  bool goes_on = true;
  const Visit watched = [&](const Step& step) { return goes_on = goes_on && visit(step); };
  for (std::size_t begin = 0; goes_on && begin < nodes.size(); begin += kNodesAtOnce) {
    REPRISE_TRY(
        ForPart(nodes.subspan(begin, std::min(kNodesAtOnce, nodes.size() - begin)), watched));
  }
  return {};
}

// The prefixes of the memberships and edges of nodes, in key order, and whose each is.
struct Neighbours::Prefixes {
  std::vector<std::string> texts;
  std::vector<std::size_t> owners;

  void Add(std::size_t owner, std::string text) {
    texts.push_back(std::move(text));
    owners.push_back(owner);
  }
};

Neighbours::Prefixes Neighbours::PrefixesOf(std::span<const NumberedNode> nodes,
                                            const EmptyNodes& empty) const {
  Prefixes prefixes;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const bool is_artifact = (nodes[i].kind == Kind::kArtifact && !empty.Has(nodes[i].number)) ||
                             nodes[i].kind == Kind::kPackage;
    if (direction_ == Direction::kUp) {
      prefixes.Add(i, PartPrefix(nodes[i].number, kIntoPart));
      if (is_artifact) prefixes.Add(i, MemberPrefix(nodes[i].number, FolderRole::kProduced));
    } else {
      if (is_artifact) prefixes.Add(i, PartPrefix(nodes[i].number, kMemberPart));
      prefixes.Add(i, PartPrefix(nodes[i].number, kFromPart));
    }
  }
  return prefixes;
}

// Visits what a row says by itself, and keeps in `left` what is to be put together.  Returns what
// to do with the rows of the prefix.
Neighbours::Rest Neighbours::VisitRow(const NumberedNode& near, std::string_view key,
                                      std::string_view value, std::vector<Scan>& left,
                                      const Visit& visit) {
  const auto scan = [&]() -> Scan& {
    if (left.empty() || left.back().node != near) left.push_back({near, {}, {}, {}});
    return left.back();
  };
  if (const auto edge = ReadEdge(key, value)) {
    if (!Takes(edge->kind)) return Rest::kGoOn;
    if (!VisitStored(near, *edge, visit)) return Rest::kStop;
    if (near.kind == Kind::kRun && edge->is_folder) {
      scan().folder_edges.push_back({direction_ == Direction::kUp ? edge->from : edge->to,
                                     edge->kind, std::string(edge->path)});
    }
    return Rest::kGoOn;
  }
  const auto member = ReadMember(key, value);
  if (!member.has_value()) return Rest::kDamaged;
  // Of a walk down the last role is none of its own, and may have very many rows.
  if (member->role == FolderRole::kProduced && direction_ == Direction::kDown) return Rest::kSkip;
  const Member folder{member->folder, member->folder_kind, std::string(member->name)};
  if (member->role == FarRole()) {
    scan().folders.push_back(folder);
  } else if (options_.data_only) {
    return Rest::kGoOn;
  } else if (member->role == FolderRole::kCode) {
    scan().code.push_back(folder);
  } else if (!visit({near, {folder.number, Kind::kEnvironment}, EdgeKind::kPartOf, folder.path})) {
    return Rest::kStop;
  }
  return Rest::kGoOn;
}

Result<void> Neighbours::ForPart(std::span<const NumberedNode> nodes, const Visit& visit) {
  REPRISE_ASSIGN_OR_RETURN(const EmptyNodes empty, Ends());
  const Prefixes prefixes = PrefixesOf(nodes, empty);
  std::vector<Scan> left;  // In the order of the nodes.
  Rest rest = Rest::kGoOn;
  REPRISE_TRY(
      catalog_.ScanPrefixes(Space::kEdge, prefixes.texts,
                            [&](std::size_t i, std::string_view key, std::string_view value) {
                              if (rest == Rest::kStop || rest == Rest::kDamaged) return false;
                              rest = VisitRow(nodes[prefixes.owners[i]], key, value, left, visit);
                              return rest == Rest::kGoOn;
                            }));
  if (rest == Rest::kDamaged) return MalformedRow();
  bool goes_on = rest != Rest::kStop;
  for (const Scan& scan : left) {
    if (!goes_on) return {};
    REPRISE_ASSIGN_OR_RETURN(goes_on, scan.node.kind == Kind::kRun
                                          ? VisitKnownMembers(scan.node, scan, visit)
                                          : VisitFoldersAround(scan, visit));
  }
  if (direction_ == Direction::kDown || options_.data_only) return {};
  for (const NumberedNode& node : nodes) {
    if (!goes_on) return {};
    if (node.kind != Kind::kCode && node.kind != Kind::kEnvironment) continue;
    REPRISE_ASSIGN_OR_RETURN(goes_on, VisitParts(node, visit));
  }
  return {};
}

bool Neighbours::VisitStored(const NumberedNode& near, const StoredEdge& edge,
                             const Visit& visit) const {
  const bool is_up = direction_ == Direction::kUp;
  return visit(
      {near,
       {is_up ? edge.from : edge.to, is_up ? KindOfBeginning(edge.kind) : KindOfEnd(edge.kind)},
       edge.kind,
       edge.path});
}

Result<bool> Neighbours::VisitFoldersAround(const Scan& scan, const Visit& visit) {
  if (!scan.folders.empty()) {
    REPRISE_ASSIGN_OR_RETURN(const auto around, folders_.FindFrom(scan.folders));
    for (const Member& folder : around) {
      REPRISE_ASSIGN_OR_RETURN(const bool goes_on, VisitFolderEdges(scan.node, folder, visit));
      if (!goes_on) return false;
    }
  }
  if (scan.code.empty()) return true;
  REPRISE_ASSIGN_OR_RETURN(const auto around, code_.FindFrom(scan.code));
  for (const Member& code : around) {
    if (code.kind != Kind::kCode) continue;  // A subfolder.
    if (!visit({scan.node, {code.number, Kind::kCode}, EdgeKind::kPartOf, code.path})) return false;
  }
  return true;
}

// The edges of a folder around `near`, as its own.
Result<bool> Neighbours::VisitFolderEdges(const NumberedNode& near, const Member& folder,
                                          const Visit& visit) {
  const bool is_up = direction_ == Direction::kUp;
  bool damaged = false;
  bool goes_on = true;
  REPRISE_TRY(
      catalog_.Scan(Space::kEdge,
                    {.prefix = is_up ? EdgePrefix(kIntoPart, folder.number, EdgeKind::kProduced)
                                     : PartPrefix(folder.number, kFromPart)},
                    [&](std::string_view key, std::string_view value) {
                      const auto edge = ReadEdge(key, value);
                      damaged = !edge.has_value();
                      if (damaged) return false;
                      // A file with the bytes of a tree document is no folder.
                      if (!edge->is_folder || !Takes(edge->kind)) return true;
                      const std::string path = Join(edge->path, folder.path);
                      if (edge->kind == EdgeKind::kRegisteredAs) {  // The folder is, not this.
                        goes_on = visit({near, {edge->to, Kind::kModel}, EdgeKind::kPartOf, path});
                        return goes_on;
                      }
                      StoredEdge own = *edge;
                      own.path = path;
                      goes_on = VisitStored(near, own, visit);
                      return goes_on;
                    }));
  if (damaged) return MalformedRow();
  return goes_on;
}

Result<bool> Neighbours::VisitKnownMembers(const NumberedNode& run, const Scan& scan,
                                           const Visit& visit) {
  for (const Scan::FolderEdge& edge : scan.folder_edges) {
    REPRISE_ASSIGN_OR_RETURN(const auto* const members, known_.Find(edge.folder, FarRole()));
    for (const Member& member : *members) {
      const std::string path = Join(edge.path, member.path);
      if (!visit({run, {member.number, Kind::kArtifact}, edge.kind, path})) return false;
    }
  }
  return true;
}

// What code or an environment is made of, walking up.
Result<bool> Neighbours::VisitParts(const NumberedNode& near, const Visit& visit) {
  if (near.kind == Kind::kEnvironment && options_.all_libraries) {
    REPRISE_ASSIGN_OR_RETURN(const auto children, ChildrenOf(catalog_, near.number));
    for (const Child& child : children) {
      if (!visit({near, {child.number, Kind::kArtifact}, EdgeKind::kPartOf, child.name})) {
        return false;
      }
    }
    return true;
  }
  REPRISE_ASSIGN_OR_RETURN(const auto* const members, known_.FindProduced(near.number));
  for (const Member& member : *members) {
    if (!visit({near, {member.number, Kind::kArtifact}, EdgeKind::kPartOf, member.path})) {
      return false;
    }
  }
  return true;
}

Result<void> Neighbours::ForEachMember(NodeNumber artifact, const Visit& visit) {
  REPRISE_ASSIGN_OR_RETURN(const auto* const members, known_.Find(artifact, FarRole()));
  const EdgeKind kind = direction_ == Direction::kUp ? EdgeKind::kPartOf : EdgeKind::kContains;
  for (const Member& member : *members) {
    if (!visit(
            {{artifact, Kind::kArtifact}, {member.number, Kind::kArtifact}, kind, member.path})) {
      return {};
    }
  }
  return {};
}

}  // namespace reprise::lineage
