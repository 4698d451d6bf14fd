// Folders whose insides are never content: stores, which hold a private key, and git's own.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::storage {

// Whether a folder of this name is left out of every folder that is stored.
bool IsPrivateName(std::string_view name);

// Whether the folder is a store, whatever its name.
bool IsStoreFolder(FileSystem& files, const std::string& folder);

// The store that the absolute `path` names or leads into, over whatever links; of a path that is
// not there, as much of it is followed as there is.
std::optional<std::string> StoreAround(FileSystem& files, const std::string& path);

// Errors: kInvalidArgument  `path` leads into a store or into what git keeps of a repository.
Result<void> RequireContent(FileSystem& files, const std::string& path);

// For whoever is about to write there.  Errors: kInvalidArgument  `path` leads into a store.
Result<void> RequireOutsideOfStores(FileSystem& files, const std::string& path);

}  // namespace reprise::storage
