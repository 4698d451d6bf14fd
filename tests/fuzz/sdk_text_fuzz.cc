// What the SDK reads of the system and of its recorder, on arbitrary bytes: a maps file and the
// line that says that the recorder is ready.

#include <cstddef>
#include <cstdint>
#include <string>

#include "sdk/src/launch.h"
#include "sdk/src/process.h"
#include "storage/base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::sdk;  // NOLINT: a fuzz target is its own program.
  const std::string text(reinterpret_cast<const char*>(data), size);
  for (const MappedFile& file : ParseMaps(text)) {
    REPRISE_ASSERT(file.path.starts_with('/') && file.path.size() < size);
  }
  // There is a folder to work in, or a sentence that says why not.
  const LaunchResult result = ParseReadyLine("reprise", text);
  REPRISE_ASSERT(result.folder.empty() != result.error.empty());
  REPRISE_ASSERT(result.folder.empty() || result.folder.starts_with('/'));
  return 0;
}
