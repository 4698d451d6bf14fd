// Content that is made piece by piece, for the object store.

#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/result.h"
#include "storage/object_store.h"

namespace reprise::tracker {

// What `next` appends, call by call, until it answers that there is no more.  To be asked once,
// from start to end.
inline storage::ContentSource FromPieces(std::function<Result<bool>(std::string& out)> next) {
  return [next = std::move(next), ready = std::string(), taken = std::size_t{0}, more = true](
             std::uint64_t, MutableByteSpan buffer) mutable -> Result<std::size_t> {
    while (more && ready.size() - taken < buffer.size()) {
      ready.erase(0, std::exchange(taken, 0));
      REPRISE_ASSIGN_OR_RETURN(more, next(ready));
    }
    const std::size_t count = std::min(buffer.size(), ready.size() - taken);
    std::copy_n(AsBytes(ready).begin() + static_cast<std::ptrdiff_t>(taken), count, buffer.begin());
    taken += count;
    return count;
  };
}

}  // namespace reprise::tracker
