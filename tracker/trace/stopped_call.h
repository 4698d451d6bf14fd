// A call at which a traced process waits, before the kernel executes it.

#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>

#include "tracker/trace/traced_calls.h"

namespace reprise::tracker {

struct StoppedCall {
  std::uint64_t id = 0;              // Of a listener.
  pid_t thread = 0;                  // 0: of a process that we cannot see.
  const TracedCall* call = nullptr;  // Absent: a call that the filter stops and we do not know.
  std::array<std::uint64_t, 6> arguments{};
};

}  // namespace reprise::tracker
