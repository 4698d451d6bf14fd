#include "storage/task_queue.h"

#include <algorithm>

namespace reprise::storage {

TaskQueue::TaskQueue(unsigned threads) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < threads; ++i) workers_.emplace_back([this] { Work(); });
}

TaskQueue::~TaskQueue() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  queued_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void TaskQueue::RunFirst(std::unique_lock<std::mutex>& lock) {
  const std::function<void()> task = std::move(tasks_.front());
  tasks_.pop_front();
  ++running_;
  lock.unlock();
  task();
  lock.lock();
  --running_;
  ended_.notify_all();
}

void TaskQueue::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    queued_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    RunFirst(lock);
  }
}

void TaskQueue::Run(std::function<void()> task) {
  {
    std::unique_lock lock(mutex_);
    if (tasks_.size() <= workers_.size()) {
      tasks_.push_back(std::move(task));
      lock.unlock();
      queued_.notify_one();
      return;
    }
    ++running_;
  }
  task();
  {
    const std::lock_guard lock(mutex_);
    --running_;
  }
  ended_.notify_all();
}

void TaskQueue::Drain() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!tasks_.empty()) {
      RunFirst(lock);
    } else if (running_ > 0) {
      ended_.wait(lock);
    } else {
      return;
    }
  }
}

}  // namespace reprise::storage
