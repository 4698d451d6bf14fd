// Paths in the project that runs have written: they are data, and no part of the code of later
// runs.
//
// A text file of one escaped path a line in the store's cache folder, written under the store lock
// when a run is adopted.  It can be rebuilt from the runs.

#pragma once

#include <set>
#include <string>
#include <vector>

#include "lineage/artifact.h"
#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// Relative to the project; empty when there is no list.
std::set<std::string> ProducedPaths(FileSystem& files, const std::string& store_folder);

// Adds those of `outputs` that lie in the project.
Result<void> AddProducedPaths(FileSystem& files, const std::string& store_folder,
                              const std::vector<lineage::ArtifactUse>& outputs);

}  // namespace reprise::tracker
