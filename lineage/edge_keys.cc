#include "lineage/edge_keys.h"

#include "storage/base/assert.h"
#include "storage/base/bytes.h"

namespace reprise::lineage {
namespace {

using storage::Space;

constexpr std::size_t kNumberBytes = sizeof(NodeNumber);

std::optional<NodeNumber> TakeNumber(std::string_view& key) {
  if (key.size() < kNumberBytes) return std::nullopt;
  const auto number = NumberFromBytes(key.substr(0, kNumberBytes));
  key.remove_prefix(kNumberBytes);
  return number;
}

// Cuts "n", a number and `part` off the front of `key`.
std::optional<NodeNumber> TakePart(std::string_view& key, char part) {
  if (key.empty() || key.front() != kNodeRow) return std::nullopt;
  key.remove_prefix(1);
  const auto number = TakeNumber(key);
  if (!number.has_value() || key.empty() || key.front() != part) return std::nullopt;
  key.remove_prefix(1);
  return number;
}

// What rows of a node begin with, but for its own.
void AppendPartPrefix(std::string& key, NodeNumber number, char part) {
  key += kNodeRow;
  AppendBe(key, number);
  key += part;
}

bool HasDigest(NodeId::Kind kind) {
  return kind == NodeId::Kind::kArtifact || kind == NodeId::Kind::kCode ||
         kind == NodeId::Kind::kEnvironment;
}

bool IsRole(char role) {
  return role == static_cast<char>(FolderRole::kCode) ||
         role == static_cast<char>(FolderRole::kEnvironment) ||
         role == static_cast<char>(FolderRole::kUsed) ||
         role == static_cast<char>(FolderRole::kProduced);
}

}  // namespace

std::string PartialRowKey(NodeNumber folder, FolderRole role) {
  return kPartialRow + NumberToBytes(folder) + static_cast<char>(role);
}

std::optional<PartialRow> ReadPartial(std::string_view key, std::string_view value) {
  if (key.size() != 2 + kNumberBytes || key.front() != kPartialRow || !IsRole(key.back()) ||
      value.size() != 1 || (value[0] != kPartialHere && value[0] != kPartialBelow)) {
    return std::nullopt;
  }
  return PartialRow{*NumberFromBytes(key.substr(1, kNumberBytes)),
                    static_cast<FolderRole>(key.back()), value[0] == kPartialHere};
}

std::string NodeKey(const NodeId& node) {
  std::string key(1, static_cast<char>(node.kind));
  if (node.kind == NodeId::Kind::kRun) {
    key += AsText(node.run.bytes());
  } else if (HasDigest(node.kind)) {
    key += node.artifact.ToStored();
  } else {
    key += node.name;
  }
  return key;
}

std::optional<NodeId> ParseNodeKey(std::string_view key) {
  if (key.empty()) return std::nullopt;
  const auto kind = static_cast<NodeId::Kind>(key.front());
  key.remove_prefix(1);
  if (HasDigest(kind)) {
    const auto digest = Digest::FromStored(AsBytes(key));
    if (!digest.ok()) return std::nullopt;
    return NodeId{kind, *digest, {}, {}};
  }
  if (kind == NodeId::Kind::kRun) {
    if (key.size() != Ulid::kSizeBytes) return std::nullopt;
    return NodeId::Run(Ulid::FromBytes(AsBytes(key)));
  }
  const bool has_name = kind == NodeId::Kind::kModel || kind == NodeId::Kind::kCommit ||
                        kind == NodeId::Kind::kPackage;
  if (!has_name || key.empty()) return std::nullopt;
  return NodeId{kind, {}, {}, std::string(key)};
}

std::string NumberToBytes(NodeNumber number) {
  std::string bytes;
  AppendBe(bytes, number);
  return bytes;
}

std::optional<NodeNumber> NumberFromBytes(std::string_view bytes) {
  if (bytes.size() != kNumberBytes) return std::nullopt;
  return LoadBe<NodeNumber>(AsBytes(bytes));
}

std::string NodeRowKey(NodeNumber number) {
  std::string key(1, kNodeRow);
  AppendBe(key, number);
  return key;
}

std::string PartPrefix(NodeNumber number, char part) {
  std::string prefix;
  AppendPartPrefix(prefix, number, part);
  return prefix;
}

std::string EdgePrefix(char part, NodeNumber number, EdgeKind kind) {
  return PartPrefix(number, part) + static_cast<char>(kind);
}

std::string MemberPrefix(NodeNumber number, FolderRole role) {
  return PartPrefix(number, kMemberPart) + static_cast<char>(role);
}

void PutEdge(const StoredEdge& edge, storage::CatalogBatch& batch) {
  const char value = edge.is_folder ? kFolderMark : kContentMark;
  std::string key;
  key.reserve(3 + 2 * kNumberBytes + edge.path.size());
  const auto put = [&](char part, NodeNumber here, NodeNumber there) {
    key.clear();
    AppendPartPrefix(key, here, part);
    key += static_cast<char>(edge.kind);
    AppendBe(key, there);
    key += edge.path;
    batch.Put(Space::kEdge, key, {&value, 1});
  };
  put(kIntoPart, edge.to, edge.from);
  put(kFromPart, edge.from, edge.to);
}

std::optional<StoredEdge> ReadEdge(std::string_view key, std::string_view value) {
  if (key.size() < 2 + kNumberBytes || value.size() != 1) return std::nullopt;
  const char part = key[1 + kNumberBytes];
  if (part != kIntoPart && part != kFromPart) return std::nullopt;
  const auto here = TakePart(key, part);
  if (!here.has_value() || key.empty()) return std::nullopt;
  const auto kind = static_cast<EdgeKind>(key.front());
  key.remove_prefix(1);
  if (kind < EdgeKind::kUsed || kind > EdgeKind::kRegisteredAs || kind == EdgeKind::kContains ||
      kind == EdgeKind::kPartOf) {
    return std::nullopt;
  }
  const auto there = TakeNumber(key);
  if (!there.has_value() || (value[0] != kFolderMark && value[0] != kContentMark)) {
    return std::nullopt;
  }
  const bool is_into = part == kIntoPart;
  return StoredEdge{is_into ? *there : *here, is_into ? *here : *there, kind, key,
                    value[0] == kFolderMark};
}

void PutMember(const StoredMember& member, storage::CatalogBatch& batch) {
  std::string child = PartPrefix(member.folder, kChildPart);
  child += member.name;
  std::string value(1, member.is_folder ? kFolderMark : kContentMark);
  AppendBe(value, member.member);
  batch.Put(Space::kEdge, child, value);
  std::string row = MemberPrefix(member.member, member.role);
  AppendBe(row, member.folder);
  row += member.name;
  batch.Put(Space::kEdge, row, std::string(1, static_cast<char>(member.folder_kind)));
}

std::optional<StoredMember> ReadMember(std::string_view key, std::string_view value) {
  const auto member = TakePart(key, kMemberPart);
  if (!member.has_value() || key.empty() || !IsRole(key.front()) || value.size() != 1) {
    return std::nullopt;
  }
  const auto role = static_cast<FolderRole>(key.front());
  key.remove_prefix(1);
  const auto folder = TakeNumber(key);
  const auto kind = static_cast<NodeId::Kind>(value.front());
  if (!folder.has_value() || !HasDigest(kind)) return std::nullopt;
  return StoredMember{*member, role, *folder, kind, key, false};
}

std::optional<StoredMember> ReadChild(std::string_view key, std::string_view value) {
  const auto folder = TakePart(key, kChildPart);
  if (!folder.has_value() || value.size() != 1 + kNumberBytes ||
      (value[0] != kFolderMark && value[0] != kContentMark)) {
    return std::nullopt;
  }
  StoredMember child;
  child.folder = *folder;
  child.member = *NumberFromBytes(value.substr(1));
  child.name = key;
  child.is_folder = value[0] == kFolderMark;
  return child;
}

Error MalformedRow() {
  return {ErrorCode::kCorruption,
          "a lineage row of the catalog is malformed; rebuild the catalog with "
          "`reprise fsck --rebuild-index`"};
}

NodeId::Kind KindOfBeginning(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::kCodeOf:
      return NodeId::Kind::kCode;
    case EdgeKind::kEnvironmentOf:
      return NodeId::Kind::kEnvironment;
    case EdgeKind::kCommitOf:
      return NodeId::Kind::kCommit;
    case EdgeKind::kUsed:
    case EdgeKind::kRegisteredAs:
    case EdgeKind::kContains:
    case EdgeKind::kPartOf:
      return NodeId::Kind::kArtifact;
    case EdgeKind::kProduced:
    case EdgeKind::kReproduces:
    case EdgeKind::kDerivedFrom:
    case EdgeKind::kVia:
      break;
  }
  REPRISE_ASSERT(kind != EdgeKind::kVia);
  return NodeId::Kind::kRun;
}

NodeId::Kind KindOfEnd(EdgeKind kind) {
  switch (kind) {
    case EdgeKind::kProduced:
    case EdgeKind::kContains:
    case EdgeKind::kPartOf:
      return NodeId::Kind::kArtifact;
    case EdgeKind::kCommitOf:
      return NodeId::Kind::kCode;
    case EdgeKind::kRegisteredAs:
      return NodeId::Kind::kModel;
    case EdgeKind::kUsed:
    case EdgeKind::kReproduces:
    case EdgeKind::kDerivedFrom:
    case EdgeKind::kCodeOf:
    case EdgeKind::kEnvironmentOf:
    case EdgeKind::kVia:
      break;
  }
  REPRISE_ASSERT(kind != EdgeKind::kVia);
  return NodeId::Kind::kRun;
}

}  // namespace reprise::lineage
