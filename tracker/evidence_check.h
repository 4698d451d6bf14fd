// Whether a file is what evidence of its kind must be.
//
// Thread-safety: as the file system.

#pragma once

#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// lineage::CheckEvidenceContent() of the file or folder at `path`, which messages call `named`.
// Folders, and files that are longer than any document that is checked, are left as they are.
// Errors: kInvalidArgument  also a model card that is no file; those of reading.
Result<void> CheckEvidenceFile(FileSystem& files, const std::string& kind, const std::string& path,
                               const std::string& named);

}  // namespace reprise::tracker
