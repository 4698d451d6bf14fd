// Copying files that the store does not hold yet.

#pragma once

#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// Copies the file or folder at `from` to `to`, which must not exist and whose parent must: content,
// the owner's executable bit, and symlinks as symlinks, but for `from` itself, which is followed.
// Devices, sockets and FIFOs are left out.  Not durable.
// Errors: kNotFound, kIoError, kNoSpace; what was copied until then stays.
Result<void> CopyFiles(FileSystem& files, const std::string& from, const std::string& to);

}  // namespace reprise::tracker
