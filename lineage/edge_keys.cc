#include "lineage/edge_keys.h"

#include <optional>

#include "storage/base/bytes.h"

namespace reprise::lineage {
namespace {

using storage::Space;

// Cuts a node off the front of `key`.
std::optional<NodeId> TakeNode(std::string_view& key) {
  if (key.empty()) return std::nullopt;
  const char kind = key.front();
  const std::size_t size_bytes =
      kind == static_cast<char>(NodeId::Kind::kRun) ? Ulid::kSizeBytes : Digest::kStoredSizeBytes;
  if (kind != static_cast<char>(NodeId::Kind::kRun) &&
      kind != static_cast<char>(NodeId::Kind::kArtifact)) {
    return std::nullopt;
  }
  if (key.size() < 1 + size_bytes) return std::nullopt;
  const ByteSpan bytes = AsBytes(key.substr(1, size_bytes));
  key.remove_prefix(1 + size_bytes);
  if (kind == static_cast<char>(NodeId::Kind::kRun)) return NodeId::Run(Ulid::FromBytes(bytes));
  const auto digest = Digest::FromStored(bytes);
  if (!digest.ok()) return std::nullopt;
  return NodeId::Artifact(*digest);
}

std::optional<StoredEdge> ReadEdge(std::string_view key, std::string_view value) {
  const char row = key.front();
  key.remove_prefix(1);
  const auto here = TakeNode(key);
  if (!here.has_value() || key.empty() || value.size() != 1) return std::nullopt;
  const auto kind = static_cast<EdgeKind>(key.front());
  if (kind < EdgeKind::kUsed || kind > EdgeKind::kDerivedFrom) return std::nullopt;
  key.remove_prefix(1);
  const auto there = TakeNode(key);
  if (!there.has_value()) return std::nullopt;
  if (value[0] != kFolderMark && value[0] != kContentMark) return std::nullopt;
  StoredEdge stored;
  stored.edge = row == kIntoRow ? Edge{*there, *here, kind, std::string(key)}
                                : Edge{*here, *there, kind, std::string(key)};
  stored.is_folder = value.front() == kFolderMark;
  return stored;
}

}  // namespace

std::string NodeKey(const NodeId& node) {
  std::string key(1, static_cast<char>(node.kind));
  if (node.kind == NodeId::Kind::kRun) {
    key += AsText(node.run.bytes());
  } else {
    key += node.artifact.ToStored();
  }
  return key;
}

std::string EdgePrefix(char row, const NodeId& node) { return row + NodeKey(node); }

std::string EdgePrefix(char row, const NodeId& node, EdgeKind kind) {
  return EdgePrefix(row, node) + static_cast<char>(kind);
}

void PutEdge(const Edge& edge, char mark, storage::CatalogBatch& batch) {
  const std::string value(1, mark);
  batch.Put(Space::kEdge, EdgePrefix(kIntoRow, edge.to, edge.kind) + NodeKey(edge.from) + edge.path,
            value);
  batch.Put(Space::kEdge, EdgePrefix(kFromRow, edge.from, edge.kind) + NodeKey(edge.to) + edge.path,
            value);
}

Result<void> ScanEdges(const storage::Catalog& catalog, const std::string& prefix,
                       const std::function<bool(StoredEdge)>& visit) {
  bool damaged = false;
  REPRISE_TRY(catalog.Scan(Space::kEdge, {.prefix = prefix},
                           [&](std::string_view key, std::string_view value) {
                             auto edge = ReadEdge(key, value);
                             damaged = !edge.has_value();
                             return !damaged && visit(*std::move(edge));
                           }));
  if (damaged) {
    return Error{ErrorCode::kCorruption,
                 "a lineage row of the catalog is malformed; rebuild the catalog with "
                 "`reprise fsck --rebuild-index`"};
  }
  return {};
}

}  // namespace reprise::lineage
