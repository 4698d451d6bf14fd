// Two environment documents of arbitrary bytes, one a line, and how they differ: whatever they say,
// the sentences can be printed, and are there if and only if the documents are not the same.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/base/json.h"
#include "tracker/replay/environment_diff.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string before(text.substr(0, end));
  const std::string after(text.substr(std::min(end + 1, text.size())));
  const auto differences = tracker::DiffEnvironments(before, after);
  const auto back = tracker::DiffEnvironments(after, before);
  REPRISE_ASSERT(differences.ok() == back.ok());
  if (!differences.ok()) return 0;
  REPRISE_ASSERT(differences->empty() == (before == after));
  REPRISE_ASSERT(back->empty() == (before == after));
  const auto host_before = ParseJson(before);
  const auto host_after = ParseJson(after);
  if (host_before.ok() && host_after.ok()) {
    const auto hardware = tracker::DiffHardware(before, after, *host_before, *host_after);
    REPRISE_ASSERT(hardware.ok());
    for (const std::string& sentence : *hardware) REPRISE_ASSERT(IsUtf8(sentence));
  }
  for (const std::string& sentence : *differences) {
    REPRISE_ASSERT(IsUtf8(sentence));
    for (const char c : sentence) REPRISE_ASSERT(static_cast<unsigned char>(c) >= 0x20);
  }
  return 0;
}
