// What the system allows a process: control groups, affinity, soft limits, and who it is.
//
// A rerun must be given the same, and a difference explains another result: libraries take as many
// threads as they are allowed processors.
//
// Thread-safety: pure functions of the file system and of system calls about this process.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/capture/system_view.h"
#include "storage/base/json.h"

namespace reprise::capture {

// The smallest limits of the control groups that this process is in (cgroups(7), versions 1 and 2);
// absent: none.
struct ControlGroupLimits {
  std::optional<double> processors;  // Of time: 1.5 is one and a half processors.
  std::optional<std::uint64_t> memory_bytes;

  friend bool operator==(const ControlGroupLimits&, const ControlGroupLimits&) = default;
};
ControlGroupLimits ReadControlGroupLimits(const SystemView& view);

// The processors that this process may run on (sched_getaffinity(2)), from 0, ascending.
std::vector<std::uint32_t> AllowedProcessors();

// "0-3,8" of 0, 1, 2, 3, 8, as cpuset(7) has it.  `numbers` ascend.
std::string RangesOf(const std::vector<std::uint32_t>& numbers);

struct ProcessFacts {
  std::optional<std::uint32_t> umask;  // From /proc: asking umask(2) would change it for a moment.
  std::uint32_t user_id = 0;           // The effective ones.
  std::uint32_t group_id = 0;
  std::vector<std::uint32_t> groups;  // Supplementary; sorted.
  std::optional<int> nice;            // getpriority(2)
  // Soft limits (getrlimit(2)); UINT64_MAX: unlimited.
  std::optional<std::uint64_t> stack_bytes;
  std::optional<std::uint64_t> address_space_bytes;
  std::optional<std::uint64_t> open_files;
};
// Of this process, from which the command inherits them.
ProcessFacts ReadProcessFacts(const SystemView& view);

// {"umask": "0022", "user_id", "group_id", "groups", "nice", "limits": {"stack_bytes", …}}; a limit
// is a number or "unlimited".
Json ProcessFactsToJson(const ProcessFacts& facts);

}  // namespace reprise::capture
