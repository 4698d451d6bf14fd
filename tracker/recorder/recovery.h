// Ending the runs of recorders that died.

#pragma once

#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"

namespace reprise::tracker {

// Takes over the session of `run`: drains what the SDK left in its segments, captures the outputs,
// and seals it.  A run whose keeper noted how the command ended gets that status, any other is
// lost.
// Errors: kTimeout  the recorder is alive, or it is dead and a program of the run goes on
// reporting.
//         Others: the session stays as it is.
Result<void> RecoverRun(FileSystem& files, const std::string& store_folder, const Ulid& run);

}  // namespace reprise::tracker
