// Arbitrary ignore files against arbitrary paths (what follows the last zero byte): no crash, and
// no pattern that takes more than a moment.

#include <cstddef>
#include <cstdint>

#include "storage/ignore.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = input.rfind('\0');
  const std::string_view path = end == std::string_view::npos ? "a/b/c" : input.substr(end + 1);
  const auto rules = reprise::storage::IgnoreRules::Parse(input.substr(0, end));
  (void)rules.Decide(path, false);
  (void)rules.Decide(path, true);
  return 0;
}
