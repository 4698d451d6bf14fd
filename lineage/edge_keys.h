// The rows of the lineage graph in Space::kEdge.  docs/formats/catalog_keys.md, "Lineage".

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "lineage/artifact.h"
#include "lineage/folder_members.h"
#include "lineage/graph.h"
#include "storage/base/result.h"
#include "storage/catalog.h"

namespace reprise::lineage {

inline constexpr char kIntoRow = 'i';      // Edges by the node that they end at.
inline constexpr char kFromRow = 'o';      // Edges by the node that they begin at.
inline constexpr char kChildRow = 'c';     // Folder → what is directly in it.
inline constexpr char kMemberRow = 'm';    // What is directly in a folder → the folder.
inline constexpr char kIndexedRow = 'd';   // Folder: it has been walked, and need not be again.
inline constexpr char kFolderMark = 'f';   // Values: the artifact of the row is a folder …
inline constexpr char kContentMark = 'r';  // … or a file (or, between runs, there is none).

// A node as it stands in keys: its kind, then its fixed number of bytes.
std::string NodeKey(const NodeId& node);

// Writes `edge` by both its ends.
void PutEdge(const Edge& edge, char mark, storage::CatalogBatch& batch);

// The keys of all edges of `row` (kIntoRow, kFromRow) at `node`, and of those of one kind.
std::string EdgePrefix(char row, const NodeId& node);
std::string EdgePrefix(char row, const NodeId& node, EdgeKind kind);

// An edge as stored, and whether its artifact is a folder.
struct StoredEdge {
  Edge edge;
  bool is_folder = false;
};

// Calls `visit` for each edge whose key begins with `prefix`, until it returns false.
// Errors: kCorruption  a row is not as PutEdge() writes it.
Result<void> ScanEdges(const storage::Catalog& catalog, const std::string& prefix,
                       const std::function<bool(StoredEdge)>& visit);

}  // namespace reprise::lineage
