// Work for a few threads.

#pragma once

#include <cstddef>
#include <functional>

#include "storage/base/result.h"

namespace reprise::storage {

// Threads to use when `wanted` is 0: one for each processor, at most 16.
unsigned ThreadCount(unsigned wanted);

// Calls `work(i)` for every i below `count`, in no order, from `threads` threads; returns when all
// have ended.  After a failure no new calls begin, and one of the failures is returned.
Result<void> ParallelFor(std::size_t count, unsigned threads,
                         const std::function<Result<void>(std::size_t)>& work);

}  // namespace reprise::storage
