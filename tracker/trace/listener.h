// The receiving end of a filter: takes the calls at which processes were stopped, and answers them.
//
// seccomp_unotify(2).  A listener that is closed while processes still carry its filter makes their
// traced calls fail with ENOSYS, so whoever holds it must outlive them or hand it on.  What is let
// through is executed by the kernel after our look at it, and the process may have changed its
// memory in between: a trace is a record, not a guard.  A signal whose handler was installed
// without SA_RESTART can end a call with EINTR while it waits to be taken, which open(2) of a file
// does not do by itself; nothing in the interface of the kernel prevents that.
//
// Thread-safety: Next() from one thread at a time; answers from any.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tracker/trace/filter.h"
#include "tracker/trace/stopped_call.h"

namespace reprise::tracker {

class Listener {
 public:
  // Takes over the descriptor that InstallFilter() returned.
  explicit Listener(int fd);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Readable (poll) when a call has been stopped; POLLHUP when no process is left that could be.
  int fd() const { return fd_; }

  // Takes one call; waits when there is none.  Nothing: the process was killed meanwhile, or none
  // is left.
  std::optional<StoppedCall> Next();

  // Whether it still waits for our answer.  What was read of the process before is of this call
  // only if so.
  bool IsStill(const StoppedCall& stopped) const;

  // False: it was killed meanwhile, and waits no more.
  bool LetThrough(const StoppedCall& stopped);
  bool Refuse(const StoppedCall& stopped, int error_number);

 private:
  bool Answer(const StoppedCall& stopped, int error_number, unsigned flags);

  int fd_;
  CallTable calls_;
  std::vector<std::uint64_t> request_;   // A seccomp_notif and what a newer kernel adds to it.
  std::vector<std::uint64_t> response_;  // Likewise.
};

}  // namespace reprise::tracker
