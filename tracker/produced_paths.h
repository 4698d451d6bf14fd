// Paths in the project that runs have written, or have read as data, and those of datasets: they
// are data, and no part of the code of later runs.  (Of what was only read, what is code by its
// name stays code: tracker/recorder/start_capture.cc.)
//
// A recorder must know them before it starts its command, without the store lock, so they stand in
// a text file of one escaped path a line, `produced` in the store's folder.  It is derived from the
// runs by way of the catalog, whose rows "produced/<path>" and "read/<path>" say what the file has.
// A path is written and synced before its row, so the file never lacks what a row names.
//
// Functions that change the file are called under the store lock.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/catalog.h"

namespace reprise::tracker {

// Relative to the project.
struct DataPaths {
  std::set<std::string> produced;
  std::set<std::string> read;  // Inputs of runs, and datasets.
};
// Empty when there is no file.  A torn last line is left out.
DataPaths ReadDataPaths(FileSystem& files, const std::string& store_folder);
std::set<std::string> ProducedPaths(FileSystem& files, const std::string& store_folder);

// Adds the rows of those of `outputs` that lie in the project and have none; `known` has those
// that are known to have one, and grows.
Result<void> IndexProducedPaths(const std::vector<lineage::ArtifactUse>& outputs,
                                const storage::Catalog& catalog, std::set<std::string>& known,
                                storage::CatalogBatch& batch);

// Likewise for what runs read, or people added; `known` has both kinds of paths.
Result<void> IndexReadPaths(const std::vector<lineage::ArtifactUse>& inputs,
                            const storage::Catalog& catalog, std::set<std::string>& known,
                            storage::CatalogBatch& batch);

// Appends the paths whose rows are in `batch` to the file, durably; to be called before the batch
// is applied to `catalog`.  Costs nothing when there are none.
Result<void> AppendProducedPaths(FileSystem& files, const std::string& store_folder,
                                 const storage::Catalog& catalog,
                                 const storage::CatalogBatch& batch);

// Writes the file anew from the rows.
Result<void> RewriteProducedPaths(FileSystem& files, const std::string& store_folder,
                                  const storage::Catalog& catalog);

}  // namespace reprise::tracker
