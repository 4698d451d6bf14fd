#include "storage/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

namespace reprise::storage {

unsigned ThreadCount(unsigned wanted) {
  constexpr unsigned kThreadsMax = 16;
  if (wanted > 0) return wanted;
  return std::clamp(std::thread::hardware_concurrency(), 1U, kThreadsMax);
}

Result<void> ParallelFor(std::size_t count, unsigned threads,
                         const std::function<Result<void>(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> failed;
  const auto run = [&] {
    for (;;) {
      const std::size_t i = next.fetch_add(1);
      if (i >= count) return;
      if (auto done = work(i); !done.ok()) {
        const std::lock_guard lock(mutex);
        if (!failed.has_value()) failed = std::move(done).error();
        next = count;
        return;
      }
    }
  };
  std::vector<std::jthread> helpers;
  try {
    for (unsigned i = 1; i < threads && i < count; ++i) helpers.emplace_back(run);
  } catch (const std::system_error&) {  // There may be no more of them: fewer do it, too.
  }
  run();
  helpers.clear();  // Joins.
  if (failed.has_value()) return *std::move(failed);
  return {};
}

}  // namespace reprise::storage
