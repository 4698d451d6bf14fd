// Tracing one command: the filter in its process, and the loop that answers its calls.
//
//   const FilterProgram program = …BuildFilter();
//   if (fork() == 0) { EnterTrace(&program, socket); execve(…); }
//   Tracer tracer(…ReceiveListener(socket).listener, observer);
//   tracer.Run(until);
//
// The process that runs the loop must outlive all that were traced, or leave an heir
// (tracer_heir.h): calls that nobody answers fail with ENOSYS.

#pragma once

#include <memory>

#include "storage/base/result.h"
#include "tracker/trace/filter.h"
#include "tracker/trace/listener.h"
#include "tracker/trace/observer.h"
#include "tracker/trace/tracer_heir.h"

namespace reprise::tracker {

// In the new process, before it executes the command: puts the filter on and sends its listener
// through `socket`.  Where that fails, or no program is given, it does what the other end then
// orders (trace_orders.h), which is to tell it to go on.  Async-signal-safe.
void EnterTrace(const FilterProgram* program, int socket);

struct ReceivedListener {
  std::unique_ptr<Listener> listener;
  // Else the errno why there is none: EBUSY, another listener watches the process; ECANCELED, none
  // was wanted.  The process waits for orders.
  int refused_with = 0;
  pid_t process = 0;  // As numbered here, where the socket asks (SO_PASSCRED).
};

// At the other end: waits for what EnterTrace() sent.
// Errors: kIoError  the process died before.
Result<ReceivedListener> ReceiveListener(int socket);

// Answers the calls of the traced processes, after `observer` has looked at each.
//
// Thread-safety: one thread at a time.
class Tracer {
 public:
  // `in_hand`, when given, outlives the tracer.
  Tracer(std::unique_ptr<Listener> listener, std::unique_ptr<Observer> observer,
         CallInHand* in_hand = nullptr)
      : listener_(std::move(listener)), observer_(std::move(observer)), in_hand_(in_hand) {}

  // Readable (poll) when AnswerOne() would not wait.
  int fd() const { return listener_->fd(); }

  // Takes one call and answers it.
  void AnswerOne();

  // Until no traced process is left, or `stop_fd`, when given, becomes readable.
  void Run(int stop_fd = -1);

  // From now on calls are answered and not looked at: the run is over, and what its daemons do is
  // not part of it.
  void StopObserving() {
    if (observer_ != nullptr) observer_->NoteEnd();
    observer_.reset();
  }

 private:
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<Observer> observer_;
  CallInHand* in_hand_;
};

}  // namespace reprise::tracker
