// A tracer by ptrace(2) in a process of its own, beside the one whose run it is.
//
// That process waits for the end of the command itself, and would be told of each of its stops
// instead if one of its own threads traced it (kernel/exit.c, wait_consider_task()).
//
// The traced processes outlive the death of whoever started the tracer, which then goes on letting
// their calls through.  Should the tracer itself be killed, they go on untraced; those with a
// filter (PtraceTracer::Stops::kFiltered) then get ENOSYS for the calls that it stops.
//
// Thread-safety: one thread at a time.

#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/trace/ptrace_tracer.h"

namespace reprise::tracker {

struct TracerProcessRequest {
  std::string session_folder;
  pid_t process = 0;  // To be traced; it follows trace orders (trace_orders.h).
  int orders = -1;    // The socket on which it does; stays the caller's.
  PtraceTracer::Stops stops = PtraceTracer::Stops::kFiltered;  // kAll where that is refused.
  bool in_sandbox = false;                                     // As of Observer::Create().
};

class TracerProcess {
 public:
  // Forks, and waits for the process to be traced; it still waits to be told to go on if not.  We
  // must have one thread only.
  // Errors: kUnsupported  it is traced already, or the system forbids it;
  //         kIoError      there could be no other process.
  static Result<std::unique_ptr<TracerProcess>> Start(FileSystem& files,
                                                      const TracerProcessRequest& request);
  // Stops observing, and waits for the end of all traced processes.
  ~TracerProcess();
  TracerProcess(const TracerProcess&) = delete;
  TracerProcess& operator=(const TracerProcess&) = delete;

  // Afterwards nothing more is written into the session's folder.  With kAll nobody is traced any
  // more, either.
  void StopObserving();

  // A descriptor that must stay open.
  int fd() const { return control_; }

  // Why the file of the trace could not be made, so that nothing is seen; empty: it was.
  const std::string& observer_error() const { return observer_error_; }

 private:
  TracerProcess(FileSystem& files, std::string session_folder, pid_t pid, int control)
      : files_(files), session_folder_(std::move(session_folder)), pid_(pid), control_(control) {}

  FileSystem& files_;
  const std::string session_folder_;
  pid_t pid_;
  int control_;  // A socket; closed at the other end when the tracer is gone.
  std::string observer_error_;
  bool is_observing_ = true;
};

}  // namespace reprise::tracker
