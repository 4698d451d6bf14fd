// Which producer the calling thread writes to.
//
// The slot is plain thread-local memory, so that the fast path is a few loads and works at any time
// in a thread's life.  A second thread-local object, with a destructor, gives the producers back
// when the thread ends; what the thread still records after that (in a destructor of another
// thread-local object, or a static one in the main thread) borrows a producer for each call.
//
// Thread-safety: each function concerns the calling thread only.

#pragma once

#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>

#include "sdk/src/session.h"

namespace reprise::sdk {

struct ThreadSlot {
  const Session* session = nullptr;  // Whose producer it is; the session used last.
  Producer* producer = nullptr;
  const std::uint64_t* alive = nullptr;  // Of the process that the slot was filled in.
  bool busy = false;    // Inside a call; a signal handler that calls again must not write.
  bool exited = false;  // The destructor ran.
};

extern constinit thread_local ThreadSlot t_slot;

// Keeps the compiler from moving what it guards out of a busy section; costs no instruction.
class BusySection {
 public:
  explicit BusySection(ThreadSlot& slot) : slot_(slot) {
    slot_.busy = true;
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  ~BusySection() {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    slot_.busy = false;
  }
  BusySection(const BusySection&) = delete;
  BusySection& operator=(const BusySection&) = delete;

 private:
  ThreadSlot& slot_;
};

// The calling thread's producer for `session`; null if the thread has ended and must borrow one.
Producer* ProducerOfThread(Session& session);

// Closes and forgets what the calling thread has of `session`.
void DropProducersOfThread(const Session& session);

// Calls `append(Producer&)`, which returns 0 or an errno, with the calling thread's producer.
// Returns EDEADLK without calling it if a call is under way below us on the stack.
template <typename Append>
int WithProducer(Session& session, Append&& append) {
  ThreadSlot& slot = t_slot;
  if (slot.busy) return EDEADLK;
  const BusySection busy(slot);
  if (Producer* producer = ProducerOfThread(session)) return append(*producer);
  Local& local = session.local();
  std::unique_ptr<Producer> borrowed = local.Acquire();
  const int error = append(*borrowed);
  local.Release(std::move(borrowed));
  return error;
}

}  // namespace reprise::sdk
