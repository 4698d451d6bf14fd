// Threads that take no signals.

#pragma once

#include <pthread.h>

#include <csignal>

namespace reprise {

// While it lives, threads that this one begins are born with all signals blocked: a signal that is
// sent to the process must come to whoever waits for it, not to one of them.
class ThreadsTakeNoSignals {
 public:
  ThreadsTakeNoSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask_);
  }
  ~ThreadsTakeNoSignals() { pthread_sigmask(SIG_SETMASK, &mask_, nullptr); }
  ThreadsTakeNoSignals(const ThreadsTakeNoSignals&) = delete;
  ThreadsTakeNoSignals& operator=(const ThreadsTakeNoSignals&) = delete;

 private:
  sigset_t mask_;
};

}  // namespace reprise
