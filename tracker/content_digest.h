// The digest that a file or folder on disk would have in a store, without storing it.

#pragma once

#include <functional>
#include <string>

#include "storage/base/file.h"
#include "storage/importer.h"

namespace reprise::tracker {

// `on_entry`, unless it is nullptr, is told every entry below a folder.
// Errors: those of storage::Import.
Result<storage::Imported> DigestContent(
    FileSystem& files, const std::string& path,
    const std::function<void(const std::string& path, const storage::TreeEntry& entry)>& on_entry =
        nullptr);

}  // namespace reprise::tracker
