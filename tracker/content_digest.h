// The digest that a file or folder on disk would have in a store, without storing it.

#pragma once

#include <string>

#include "storage/base/file.h"
#include "storage/importer.h"

namespace reprise::tracker {

// Errors: those of storage::Import.
Result<storage::Imported> DigestContent(FileSystem& files, const std::string& path);

}  // namespace reprise::tracker
