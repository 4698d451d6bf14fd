// Tracing by ptrace(2), for where no listener (listener.h) is to be had.
//
// Two ways: a filter in the traced processes stops the calls that name files, and the rest runs at
// native speed; or every call is stopped, when it begins and when it ends.  The latter is slow, but
// sees also what a listener of somebody else takes: the kernel asks it before it looks at a filter
// that tells a tracer, and then does not look at that, but a tracer of all calls comes first.
//
// What a process is told by signals, and whether it is stopped by one, is left as it is.  What
// ptrace(2) itself changes: a program with set-user-id bits gets no privileges from an unprivileged
// user, and no process can be traced by another.
//
// Thread-safety: one thread, of a process that has no children but those that it traces: ptrace(2)
// is between threads, and the ends of its own children and of those that it traces are one to
// wait(2).

#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>

#include "tracker/trace/filter.h"
#include "tracker/trace/observer.h"
#include "tracker/trace/ptrace_call.h"

namespace reprise::tracker {

class PtraceTracer {
 public:
  enum class Stops {
    kFiltered,  // Calls that a filter of FilterKind::kPtrace stops.
    kAll,
  };
  enum class Taken {
    kOne,
    kNone,      // There was none, or a signal came to us.
    kNoneLeft,  // Nobody is traced any more.
  };

  explicit PtraceTracer(Stops stops) : stops_(stops) {}

  // From now on the process, which must have one thread, and all that it starts are traced.  It
  // is not stopped by that.  0 or the errno of ptrace(2): EPERM where somebody traces it already or
  // the system forbids it.
  int Attach(pid_t process);

  // Stops at all calls of `process`, which is all that is traced so far, whatever was said before.
  // Waits for it to be so.  False: it was killed.
  bool StopAtAll(pid_t process);

  // Takes one event of a traced process, looks at its call, and lets it go on.
  Taken TakeOne(bool waits);

  // From now on `observer` looks at calls; absent: they are just let through.
  void Observe(std::unique_ptr<Observer> observer) { observer_ = std::move(observer); }
  Observer* observer() const { return observer_.get(); }

  Stops stops() const { return stops_; }

 private:
  void TakeStop(pid_t thread, int status);
  void TakeCall(pid_t thread);
  void Resume(pid_t thread, int signal_number);

  std::unique_ptr<Observer> observer_;
  Stops stops_;
  CallTable calls_;
};

}  // namespace reprise::tracker
