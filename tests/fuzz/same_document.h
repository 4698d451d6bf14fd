// What the targets of documents check: what a reader accepts is what its writer writes.

#pragma once

#include <string_view>

#include "storage/base/assert.h"
#include "storage/base/result.h"

namespace reprise::fuzz {

template <typename Value, typename Encode>
void ExpectSame(const Result<Value>& value, std::string_view document, Encode encode) {
  if (!value.ok()) return;
  const auto written = encode(*value);
  REPRISE_ASSERT(written.ok() && *written == document);
}

}  // namespace reprise::fuzz
