// A request to stop long work early, by whoever waits for it.

#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/result.h"

namespace reprise::storage {

// Whether to stop now.  Asked often and from any thread, so it should only look at a flag; once
// true it stays so.  Absent: never.
using StopFunction = std::function<bool()>;

// Errors: kInterrupted  it is time to stop; `verb` ("storing") and `path` are in the message.
inline Result<void> CheckStop(const StopFunction& stop, std::string_view verb,
                              std::string_view path) {
  if (!stop || !stop()) return {};
  return Error{ErrorCode::kInterrupted,
               "interrupted while " + std::string(verb) + " '" + Printable(path) + "'"};
}

}  // namespace reprise::storage
