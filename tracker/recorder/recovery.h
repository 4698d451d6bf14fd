// Ending the runs of recorders that died.

#pragma once

#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"

namespace reprise::tracker {

// Takes over the session of `run`: drains what the SDK left in its segments, captures the outputs,
// and seals it.  A run whose keeper noted how the command ended gets that status, any other is
// lost.  Without effect on a session that is sealed.
// Errors: kNotFound  there is no such session, for example because it has been adopted.
//         kTimeout   its recorder is alive, or is dead while a program of the run goes on.
//         others     the session stays as it is.
Result<void> RecoverRun(FileSystem& files, const std::string& store_folder, const Ulid& run);

}  // namespace reprise::tracker
