// Answering in place of a tracer that was killed.
//
// A call that a tracer had taken and not answered would wait for ever, and later ones fail with
// ENOSYS once nobody holds the listener.  Another process that holds it, too, and shares a
// CallInHand with the tracer, lets them through: not the recorder, which may be killed as well.

#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "storage/base/result.h"

namespace reprise::tracker {

// The newest call that a tracer has noted as taken, in memory that fork() shares.  Whether it has
// been answered need not be known: a second answer means nothing.
// Thread-safety: one writer; any number of readers.
class CallInHand {
 public:
  CallInHand();
  ~CallInHand();
  CallInHand(const CallInHand&) = delete;
  CallInHand& operator=(const CallInHand&) = delete;

  void Take(std::uint64_t id) { *id_ = id; }
  std::uint64_t id() const { return *id_; }  // 0: none yet.

 private:
  std::atomic<std::uint64_t> own_ = 0;  // Where there is no memory to share.
  std::atomic<std::uint64_t>* id_ = &own_;
};

// A process that waits for the death of the one that started it, and then lets every call through,
// unseen, until no traced process is left.  It has another name than the tracer's, is in no way of
// signals from the terminal, and holds nothing of ours open but the listener.
//
// Thread-safety: one thread at a time.
class TracerHeir {
 public:
  // Forks; this process must have one thread only.  `listener_fd` stays ours; `in_hand` is that of
  // the tracer.
  // Errors: kIoError  there could be no other process.
  static Result<std::unique_ptr<TracerHeir>> Start(int listener_fd, const CallInHand& in_hand);
  // Leaves the heir to itself: it ends when no traced process is left, and answers until then.
  ~TracerHeir();
  TracerHeir(const TracerHeir&) = delete;
  TracerHeir& operator=(const TracerHeir&) = delete;

  // Must stay open, here and nowhere else: the heir takes its closing for our death.
  int fd() const { return life_; }

 private:
  explicit TracerHeir(int life) : life_(life) {}
  int life_;
};

}  // namespace reprise::tracker
