// The packs of a store as they lie in its folder.

#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/catalog.h"

namespace reprise::tracker {

// Ids, ascending, whether the catalog knows them or not.  `strays`, if given, receives the paths of
// whatever else lies there.
Result<std::vector<Ulid>> PacksOnDisk(FileSystem& files, const std::string& store_folder,
                                      std::vector<std::string>* strays = nullptr);

// Tells the catalog of those of `packs`, ascending, that it does not know.  Each must be in its
// place.  One that is damaged is told to `pass_over`; without that it ends the call.
// Errors: kCorruption, unless `pass_over` is given.
Result<void> IndexUnknownPacks(FileSystem& files, const std::string& store_folder,
                               std::span<const Ulid> packs, storage::Catalog& catalog,
                               const std::function<void(const Error&)>& pass_over);

}  // namespace reprise::tracker
