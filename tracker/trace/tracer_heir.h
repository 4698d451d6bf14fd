// Answering in place of a tracer that was killed.
//
// A call that a tracer had taken and not answered would wait for ever, and later ones fail with
// ENOSYS once nobody holds the listener. Another process that holds it, too, and shares a
// CallInHand with the tracer, lets them through.

#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace reprise::tracker {

// The call that a tracer has taken and not answered yet, in memory that fork() shares.
// Thread-safety: one writer; any number of readers.
class CallInHand {
 public:
  CallInHand();
  ~CallInHand();
  CallInHand(const CallInHand&) = delete;
  CallInHand& operator=(const CallInHand&) = delete;

  void Take(std::uint64_t id) { *id_ = id; }
  void PutDown() { *id_ = 0; }
  std::uint64_t id() const { return *id_; }  // 0: none.

 private:
  std::atomic<std::uint64_t> own_ = 0;  // Where there is no memory to share.
  std::atomic<std::uint64_t>* id_ = &own_;
};

// Lets every call through, unseen, until it is destroyed or no traced process is left.
class TracerHeir {
 public:
  // Takes over the descriptor of the listener.  The tracer is dead.
  TracerHeir(int listener_fd, const CallInHand& in_hand);
  ~TracerHeir();
  TracerHeir(const TracerHeir&) = delete;
  TracerHeir& operator=(const TracerHeir&) = delete;

 private:
  int stop_event_;
  std::thread thread_;
};

}  // namespace reprise::tracker
