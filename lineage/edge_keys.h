// The rows of the lineage graph in Space::kEdge and Space::kNode.  docs/formats/catalog_keys.md,
// "Lineage".
//
// A node has a number, given in the order in which nodes came into the store, so that what came
// together lies together: a walk reads few blocks, however large the store is.  All rows of a node
// begin with its number.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "lineage/graph.h"
#include "storage/base/result.h"
#include "storage/catalog.h"

namespace reprise::lineage {

using NodeNumber = std::uint64_t;  // From 1.

inline constexpr char kNodeRow = 'n';     // Before a node's number: all rows of a node.
inline constexpr char kPartialRow = 'p';  // Before a folder's number and role: see below.

// After a node's number:
inline constexpr char kChildPart = 'c';   // What is directly in a folder, code or environment.
inline constexpr char kIntoPart = 'i';    // Edges that end at the node.
inline constexpr char kMemberPart = 'm';  // In which folders, code and environments the node is.
inline constexpr char kFromPart = 'o';    // Edges that begin at the node.
inline constexpr char kWalkedPart = 'w';  // Its members have rows.

inline constexpr char kFolderMark = 'f';   // Values: the artifact of the row is a folder …
inline constexpr char kContentMark = 'r';  // … or a file (or there is none).

// Why a folder is indexed: a run read it (or it is a dataset), a run wrote it, it is the code of
// runs, or (no folder, but the list of an environment) it is what they ran in.  In key order those
// that a walk down follows come first.
enum class FolderRole : char { kCode = 'c', kEnvironment = 'e', kUsed = 'u', kProduced = 'w' };

// That a folder's members do not all have rows for a role.
std::string PartialRowKey(NodeNumber folder, FolderRole role);
inline constexpr char kPartialHere = 'h';   // Values: of some that are directly in it, or in a
                                            // folder directly in it, there are none …
inline constexpr char kPartialBelow = 'b';  // … or only of some further below.
struct PartialRow {
  NodeNumber folder = 0;
  FolderRole role = FolderRole::kUsed;
  bool is_here = false;
};
// nullopt: it is not as a writer writes it.
std::optional<PartialRow> ReadPartial(std::string_view key, std::string_view value);

// A node as it stands in keys: its kind, then its digest, id or name.
std::string NodeKey(const NodeId& node);
std::optional<NodeId> ParseNodeKey(std::string_view key);

std::string NumberToBytes(NodeNumber number);  // 8 bytes, big-endian.
std::optional<NodeNumber> NumberFromBytes(std::string_view bytes);

// The row that says which node it is, and the beginning of all rows of one part.
std::string NodeRowKey(NodeNumber number);
std::string PartPrefix(NodeNumber number, char part);
std::string EdgePrefix(char part, NodeNumber number, EdgeKind kind);
std::string MemberPrefix(NodeNumber number, FolderRole role);

// An edge as stored; `path` is borrowed.
struct StoredEdge {
  NodeNumber from = 0;
  NodeNumber to = 0;
  EdgeKind kind = EdgeKind::kUsed;
  std::string_view path;
  bool is_folder = false;  // Whether its artifact is one.
};
// Writes `edge` by both its ends.
void PutEdge(const StoredEdge& edge, storage::CatalogBatch& batch);
// Reads a row of kIntoPart or kFromPart; nullopt: it is not as PutEdge() writes it.
std::optional<StoredEdge> ReadEdge(std::string_view key, std::string_view value);

// That something is directly in a folder, environment or code, which has number `folder` and is of
// `folder_kind`.  `name` is borrowed.
struct StoredMember {
  NodeNumber member = 0;
  FolderRole role = FolderRole::kUsed;
  NodeNumber folder = 0;
  NodeId::Kind folder_kind = NodeId::Kind::kArtifact;
  std::string_view name;
  bool is_folder = false;  // The member; only in the row of the folder (kChildPart).
};
void PutMember(const StoredMember& member, storage::CatalogBatch& batch);
// Reads a row of kMemberPart.
std::optional<StoredMember> ReadMember(std::string_view key, std::string_view value);
// Reads a row of kChildPart: `member`, `folder`, `name` and `is_folder`.
std::optional<StoredMember> ReadChild(std::string_view key, std::string_view value);

// The error of a row that none of the readers above can read.
Error MalformedRow();

// The kind of an edge's ends.  Of kReproduces and kDerivedFrom both are runs.
NodeId::Kind KindOfBeginning(EdgeKind kind);
NodeId::Kind KindOfEnd(EdgeKind kind);

}  // namespace reprise::lineage
