// What a process that could not get a listener does to be traced in another way: whoever is to
// trace it tells it over a SOCK_SEQPACKET socket, while it waits to execute its command.

#pragma once

#include <sys/types.h>

#include <functional>

#include "tracker/trace/filter.h"

namespace reprise::tracker {

// In the process: does what it is told, until it is told to go on or nobody is left to tell it.
// Async-signal-safe.
void FollowTraceOrders(int socket);

// At the other end.  Thread-safety: one thread at a time.
class TraceOrders {
 public:
  explicit TraceOrders(int socket) : socket_(socket) {}  // Stays the caller's.

  // Lets `tracer` trace it where only ancestors may (Yama).  Waits for it to be done.  False: the
  // process died.
  bool AdmitTracer(pid_t tracer) const;

  // Puts a filter of FilterKind::kPtrace on.  `meanwhile` is called again and again until there is
  // an answer: the process may wait for its tracer.  0, or the errno why not; ESRCH: it died.
  int InstallFilter(const FilterProgram& program, const std::function<void()>& meanwhile) const;

  // Lets it execute its command.
  void Go() const;

 private:
  int socket_;
};

}  // namespace reprise::tracker
