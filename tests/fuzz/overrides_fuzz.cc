// Any bytes at all in an overrides file: no crash, and what is read can be written and read again.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sdk/wire/messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::wire;  // NOLINT: a fuzz target is its own program.
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  ParseOverrides(file, [](const Override& parameter) {
    std::string written(kOverridesFirstLine);
    AppendOverride(written, parameter);
    bool same = false;
    ParseOverrides(written, [&](const Override& again) { same = again == parameter; });
    if (!same) std::abort();
  });
  std::string_view text;
  ParseMessage(data, size, &text);
  return 0;
}
