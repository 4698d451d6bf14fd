// Assertions about our own code, always on.
//
// REPRISE_ASSERT is for programmer errors only: it never fires on user input, on a damaged store or
// on a failing device; those are Results (storage/base/result.h).

#pragma once

namespace reprise::internal {
[[noreturn]] void AssertFailed(const char* condition, const char* file, int line);
}  // namespace reprise::internal

#define REPRISE_ASSERT(condition)     \
  ((condition) ? static_cast<void>(0) \
               : ::reprise::internal::AssertFailed(#condition, __FILE__, __LINE__))
