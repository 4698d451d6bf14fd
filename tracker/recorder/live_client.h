// Whether a program still reports to a run, and the end of a run for those that would.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::tracker {

// A process, by its pid, that joined the run of `session_folder`, has not finished its part, and
// lives.  Its segments say so: they name their writer, and are closed when it has finished.  A
// writer in another pid namespace is not seen.
std::optional<std::int64_t> FindLiveClient(FileSystem& files, const std::string& session_folder);

// Says that the run has ended: a process that would join it from now on goes on untracked
// (wire::kEndedFileName).
Result<void> MarkEnded(FileSystem& files, const std::string& session_folder);

// The same, unless a process reports to the run, also one that has joined it just now; its pid
// then.
Result<std::optional<std::int64_t>> EndUnlessReported(FileSystem& files,
                                                      const std::string& session_folder);

}  // namespace reprise::tracker
