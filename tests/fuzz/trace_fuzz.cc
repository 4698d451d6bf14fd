// Traces of file access: whatever the bytes, reading them ends, and what is read is what a tracer
// could have written.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "tracker/trace/access.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto trace = reprise::tracker::ParseTrace(std::as_bytes(std::span(data, size)));
  if (!trace.ok()) return 0;
  REPRISE_ASSERT(trace->dropped_bytes <= size);
  for (const auto& [path, access] : trace->accesses) {
    REPRISE_ASSERT(path == access.path && path.starts_with('/'));
    REPRISE_ASSERT(access.kept.find('/') == std::string::npos);
  }
  return 0;
}
