// What /proc says of a process (proc(5)).

#pragma once

#include <cstdint>
#include <optional>

#include "storage/base/file.h"

namespace reprise::tracker {

struct ProcessStat {
  bool ended = false;             // Only its exit status is left (a zombie).
  std::uint64_t start_ticks = 0;  // Since boot; with the pid it names a process until the next.
};

// Nothing if there is no such process, or it cannot be told.
std::optional<ProcessStat> ReadProcessStat(FileSystem& files, std::int64_t pid);

}  // namespace reprise::tracker
