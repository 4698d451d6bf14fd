// What a store knows about content.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lineage/graph.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "tracker/refs.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct ArtifactFacts {
  Digest digest;
  std::string kind;  // "file" or "folder" to what names it; "object" where nothing does.
  // Of a folder: of all files below.  None: it is known, but its bytes are not stored or damaged.
  std::optional<std::uint64_t> size_bytes;
  std::vector<std::string> names;  // Of datasets; in order of the first addition.
  std::vector<std::string> paths;  // Of datasets, under which it was added.
  std::vector<lineage::Edge> produced_by;
  std::vector<lineage::Edge> used_by;
  std::map<std::string, std::string> tags;
  std::vector<Note> notes;
  // Where AddUsesWithinFolders() could not look, because they are damaged or not stored.
  std::vector<lineage::NodeId> unread_folders;
};

// Errors: kNotFound  neither the bytes nor any run or dataset of that digest are known.
Result<ArtifactFacts> GatherArtifactFacts(Store& store, const ArtifactRef& ref);

// The bytes of all files below a folder.  Errors: as storage::ObjectReader.
Result<std::uint64_t> SizeOfFolder(storage::ObjectReader& objects, const Digest& tree);

// Adds to `facts` the runs that read or wrote the content as a file or folder within a folder, by
// its whole path, and that the graph does not link to it because the folder has too many members
// (lineage::kFolderMembersMax).  Walks every such folder: for questions that a person asks.
Result<void> AddUsesWithinFolders(Store& store, ArtifactFacts& facts);

// {"digest", "kind", "size_bytes", "names", "produced_by", "used_by", "tags", "notes"}
Json ArtifactFactsToJson(const ArtifactFacts& facts);

}  // namespace reprise::tracker
