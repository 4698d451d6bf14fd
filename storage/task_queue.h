// A bounded queue of tasks and the threads that run them.
//
// Whoever submits to a full queue runs the task itself, and who waits for the end helps; so memory
// stays bounded, nothing can deadlock, and the submitting threads are never idle while there is
// work.
//
// Thread-safety: all methods may be called concurrently; the destructor last.

#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace reprise::storage {

class TaskQueue {
 public:
  // `threads` 0: one for each processor.
  explicit TaskQueue(unsigned threads);
  // Runs what is queued, then ends.
  ~TaskQueue();
  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;

  // Queues `task`, or runs it now if the queue is full.  `task` must not call Run or Drain.
  void Run(std::function<void()> task);

  // Waits until nothing is queued or running.
  void Drain();

  unsigned threads() const { return static_cast<unsigned>(workers_.size()); }

 private:
  void Work();
  // Takes the first task and runs it without the lock; there must be one.
  void RunFirst(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable queued_;  // A task was queued, or the end has come.
  std::condition_variable ended_;   // A task ended.
  std::deque<std::function<void()>> tasks_;
  std::size_t running_ = 0;
  bool ending_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace reprise::storage
