// What a record says of a command's variables, on arbitrary JSON: whatever is accepted is an
// environment that a process can be given.  docs/formats/run.md.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/base/json.h"
#include "tracker/replay/replay_environment.h"
#include "tracker/store_key.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  static const std::optional<tracker::StoreKey> key = *tracker::StoreKey::Parse(
      "reprise/store_key/v1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f "
      "e614b99749f9c550\n");
  lineage::RunRecord record;
  lineage::Recipe recipe;
  recipe.variables = {{"MODE", "fast"}, {"TOKEN", "<redacted>"}};
  const std::vector<std::string> today = {"PATH=/usr/bin", "TOKEN=x", "SETTING=content"};
  const auto check = [&](const std::optional<std::string_view>& document) {
    const auto environment = tracker::EnvironmentOf(record, recipe, today, key, document);
    if (!environment.ok()) return;
    REPRISE_ASSERT(std::ranges::is_sorted(environment->absent));
    for (const std::string& variable : environment->variables) {
      const std::size_t equals = variable.find('=');
      REPRISE_ASSERT(equals != std::string::npos && equals > 0);
      REPRISE_ASSERT(variable.find('\0') == std::string::npos);
    }
  };
  check(text);  // As an environment document of an earlier release.
  const auto host = ParseJson(text);
  if (!host.ok()) return 0;
  record.host = *host;
  check(std::nullopt);
  return 0;
}
