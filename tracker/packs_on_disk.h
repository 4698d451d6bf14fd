// The packs of a store as they lie in its folder.

#pragma once

#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"

namespace reprise::tracker {

// Ids, ascending, whether the catalog knows them or not.  `strays`, if given, receives the paths of
// whatever else lies there.
Result<std::vector<Ulid>> PacksOnDisk(FileSystem& files, const std::string& store_folder,
                                      std::vector<std::string>* strays = nullptr);

}  // namespace reprise::tracker
