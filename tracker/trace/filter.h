// The seccomp filter that stops a process, and all that it starts, at the calls of traced_calls.h.
//
// A stopped call waits for an answer from whoever holds the filter's listener, a file descriptor:
// seccomp_unotify(2).  All other calls run at native speed.  A filter cannot be taken off again; it
// is inherited by every child, thread and executed program.

#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "storage/base/result.h"
#include "tracker/trace/traced_calls.h"

namespace reprise::tracker {

using FilterProgram = std::vector<sock_filter>;

// A call as the kernel numbers it.
struct FilteredCall {
  std::uint32_t architecture = 0;  // AUDIT_ARCH_*, as seccomp(2) gives it.
  int number = 0;
  const TracedCall* call = nullptr;
};

// Every call that the filter stops.
std::vector<FilteredCall> FilteredCalls();

// The program for this machine's native instruction set and its 32-bit one, where it has one.
// Calls of any other are answered with ENOSYS.
// Errors: kUnsupported.
Result<FilterProgram> BuildFilter();

// Puts the filter onto the calling thread, which gives up gaining privileges through setuid
// programs unless it is privileged (CAP_SYS_ADMIN) itself.  Returns the listener's descriptor,
// close-on-exec, or -errno: -EBUSY where a listener watches this process already.
// Async-signal-safe: for use between fork() and exec().
int InstallFilter(const FilterProgram& program);

}  // namespace reprise::tracker
