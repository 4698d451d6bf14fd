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

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "storage/base/result.h"
#include "tracker/trace/traced_calls.h"

namespace reprise::tracker {

struct StoppedCall {
  std::uint64_t id = 0;
  pid_t thread = 0;                  // 0: of a process that we cannot see.
  const TracedCall* call = nullptr;  // Absent: a call that the filter stops and we do not know.
  std::array<std::uint64_t, 6> arguments{};
};

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

  void LetThrough(const StoppedCall& stopped);
  void Refuse(const StoppedCall& stopped, int error_number);

 private:
  void Answer(const StoppedCall& stopped, int error_number, unsigned flags);

  int fd_;
  std::unordered_map<std::uint64_t, const TracedCall*> calls_;  // By architecture and number.
  std::vector<std::uint64_t> request_;   // A seccomp_notif and what a newer kernel adds to it.
  std::vector<std::uint64_t> response_;  // Likewise.
};

}  // namespace reprise::tracker
