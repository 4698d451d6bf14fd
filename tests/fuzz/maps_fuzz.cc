// Memory maps of processes, in which a program can have files of any name: whatever the bytes, what
// is found is a path.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "storage/base/assert.h"
#include "tracker/trace/map_watch.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view maps(reinterpret_cast<const char*>(data), size);
  for (const std::string& path : reprise::tracker::MappedFiles(maps)) {
    REPRISE_ASSERT(path.starts_with('/') && path.size() <= size);
  }
  return 0;
}
