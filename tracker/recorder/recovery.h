// Ending the runs of recorders that died.
//
// Recovery captures outputs, which may take long.  It needs the session's own lock alone: nobody
// waits for it, and of several processes that would recover one run, one does.

#pragma once

#include <functional>
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

// The same for every run of the store whose recorder died, for whoever opens the store next to
// adopt.  A run that cannot be recovered is named to `notify`, which may be empty; it is in
// nobody's way.  Without effect where this user cannot write.
void RecoverRuns(FileSystem& files, const std::string& store_folder,
                 const std::function<void(const std::string&)>& notify);

}  // namespace reprise::tracker
