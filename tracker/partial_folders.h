// What the rows of the lineage graph do not tell of folders with very many files
// (lineage::PartialFolders): only the folders' own documents do.
//
// Thread-safety: as the store.

#pragma once

#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include "lineage/graph.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "tracker/store.h"

namespace reprise::tracker {

// Calls `visit` for each place of one of `contents` in a folder that is linked in part, and returns
// the folders that cannot be read.  Costs reading the documents of these folders, if there are any.
Result<std::vector<lineage::NodeId>> SearchPartialFolders(
    Store& store, const std::unordered_set<Digest>& contents,
    const std::function<Result<void>(const lineage::NodeId& folder, const std::string& path)>&
        visit);

// Adds to `folders` those that hold one of the artifacts among `nodes`, or may hold it because they
// cannot be read; sorts them.
Result<void> AddPartialFoldersAround(Store& store, const std::vector<lineage::NodeId>& nodes,
                                     std::vector<lineage::NodeId>& folders);

}  // namespace reprise::tracker
