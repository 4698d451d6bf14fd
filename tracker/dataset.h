// Dataset versions: content that is stored without running anything.

#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/importer.h"
#include "tracker/store.h"

namespace reprise::tracker {

// What was imported, as the artifact that is named `path`; without a role.
lineage::ArtifactUse UseOfImported(const storage::Imported& imported, std::string path);

struct AddRequest {
  std::string store_folder;
  std::string project_folder;
  std::vector<std::string> paths;  // Absolute.
  std::string name;                // "" for none.
  std::map<std::string, std::string> tags;
  bool again = false;  // Also content that was erased.
  std::function<void(std::uint64_t files, std::uint64_t bytes)> progress{};
};

struct AddOutcome {
  lineage::ArtifactUse artifact;
  storage::WriterStats stats;
  std::vector<std::string> warnings;
};

// Stores the files and folders at `paths` and records each, in that order; they are in the ledger
// when the call returns, or, as a warning then says, as soon as the store can be opened.  After an
// error none of them is recorded.
// Errors: kAlreadyExists  some of it was erased, and `again` was not asked for.
//         Those of storage::Import, storage::RequireContent and Store::Open.
Result<std::vector<AddOutcome>> AddDatasets(FileSystem& files, const AddRequest& request,
                                            const StoreOptions& store_options);

}  // namespace reprise::tracker
