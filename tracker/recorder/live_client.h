// Whether a program still reports to a run whose recorder is gone.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/base/file.h"

namespace reprise::tracker {

// A process, by its pid, that joined the run of `session_folder`, has not finished its part, and
// lives.  Its segments say so: they name their writer, and are closed when it has finished.  A
// writer in another pid namespace is not seen.
std::optional<std::int64_t> FindLiveClient(FileSystem& files, const std::string& session_folder);

}  // namespace reprise::tracker
