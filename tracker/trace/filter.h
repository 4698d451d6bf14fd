// The seccomp filter that stops a process, and all that it starts, at the calls of traced_calls.h.
//
// A stopped call waits for an answer from whoever holds the filter's listener, a file descriptor:
// seccomp_unotify(2).  With the other kind of filter it is whoever traces the process by ptrace(2)
// that is told; without a tracer such a call fails with ENOSYS.  All other calls run at native
// speed.  A filter cannot be taken off again; it is inherited by every child, thread and executed
// program.

#pragma once

#include <linux/filter.h>

#include <array>
#include <cstdint>
#include <span>
#include <unordered_map>
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

// Every call that a filter stops.
std::vector<FilteredCall> FilteredCalls();

// The same, by number.  Thread-safety: any number of threads.
class CallTable {
 public:
  CallTable();

  // Absent: no filter stops the call.
  const TracedCall* Find(std::uint32_t architecture, int number) const;

  // Whether it is an instruction set that the filters let make calls.
  static bool Knows(std::uint32_t architecture, int number);

 private:
  std::unordered_map<std::uint64_t, const TracedCall*> calls_;
};

// Whether a filter stops the call with these arguments.
bool IsStopped(const TracedCall& call, const std::array<std::uint64_t, 6>& arguments);

enum class FilterKind {
  kListener,  // SECCOMP_RET_USER_NOTIF
  kPtrace,    // SECCOMP_RET_TRACE
};

// The program for this machine's native instruction set and its 32-bit one, where it has one.
// Calls of any other are answered with ENOSYS.
// Errors: kUnsupported.
Result<FilterProgram> BuildFilter(FilterKind kind = FilterKind::kListener);

// Puts a filter of kListener onto the calling thread, which gives up gaining privileges through
// setuid programs unless it is privileged (CAP_SYS_ADMIN) itself.  Returns the listener's
// descriptor, close-on-exec, or -errno: -EBUSY where a listener watches this process already,
// -ENOSYS before Linux 5.5, whose listeners cannot let a call through. Async-signal-safe: for use
// between fork() and exec().
int InstallFilter(const FilterProgram& program);

// The same for a filter of kPtrace.  0 or -errno.
int InstallPtraceFilter(std::span<const sock_filter> program);

}  // namespace reprise::tracker
