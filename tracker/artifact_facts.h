// What a store knows about content.

#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "lineage/graph.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/erased_content.h"
#include "tracker/models.h"
#include "tracker/refs.h"
#include "tracker/store.h"

namespace reprise::tracker {

// A version of a model that the content is.
struct ModelOfArtifact {
  RegisteredModel model;
  std::string path;  // Where the content lies in the folder that was registered; "": it is that.
};

struct ArtifactFacts {
  Digest digest;
  // "file" or "folder" to what names it, or "environment"; "object" where nothing does.
  std::string kind;
  // Of a folder: of all files below.  None: it is known, but its bytes are not stored or damaged.
  std::optional<std::uint64_t> size_bytes;
  // How its bytes were removed: of a file, or of files in the folder.
  std::optional<storage::ErasedRow> erased{};
  std::vector<std::string> names;       // Of datasets; in order of the first addition.
  std::vector<std::string> paths;       // Of datasets, under which it was added.
  std::vector<ModelOfArtifact> models;  // By name, then version.
  std::vector<lineage::Edge> produced_by;
  std::vector<lineage::Edge> used_by;
  std::map<std::string, std::string> tags;
  std::vector<Note> notes;
  // Where AddUsesWithinFolders() could not look, because they are damaged or not stored.
  std::vector<lineage::NodeId> unread_folders;
};

// What `digest` is to what refers to it, where that can be told without asking the datasets: a file
// or folder of runs, or (a folder) the code of some.
Result<std::optional<lineage::ArtifactKind>> KnownKindOf(const storage::Catalog& catalog,
                                                         const Digest& digest);
// Whether it is the document of an environment in which runs ran.
Result<bool> IsEnvironment(const storage::Catalog& catalog, const Digest& digest);

// That content is not in the store, with the path that it was asked for by, and what to do.
Error NotStored(const ArtifactRef& ref);

// Errors: kNotFound  neither the bytes nor any run or dataset of that digest are known.
Result<ArtifactFacts> GatherArtifactFacts(Store& store, const ArtifactRef& ref);

// The bytes of all files below a folder.  Errors: as storage::ObjectReader.
Result<std::uint64_t> SizeOfFolder(storage::ObjectReader& objects, const Digest& tree);

// Adds to `facts` the runs that read or wrote the content as a file or folder within a folder, by
// its whole path, and that the graph does not link to it because the folder has too many members
// (lineage::kFolderMembersMax).  Walks every such folder: for questions that a person asks.
Result<void> AddUsesWithinFolders(Store& store, ArtifactFacts& facts);

// {"at", "actor", "reason", "ledger_sequence"}; null without one.
Json ErasureToJson(const std::optional<storage::ErasedRow>& erased);

// {"digest", "kind", "size_bytes", "names", "models": [{"name", "version", "stage", "path"}],
// "produced_by", "used_by", "tags", "notes", "erased": {"at", "actor", "reason",
// "ledger_sequence"}}
Json ArtifactFactsToJson(const ArtifactFacts& facts);

}  // namespace reprise::tracker
