// What is read of a verdict's document, on arbitrary bytes.  What is accepted names its runs.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/base/canonical.h"
#include "tracker/replay/given_verdicts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  const std::string_view document = AsText(std::as_bytes(std::span(data, size)));
  const auto verdict = tracker::DecodeGivenVerdict(document);
  if (!verdict.ok()) return 0;
  REPRISE_ASSERT(IsUtf8(verdict->original) && IsUtf8(verdict->result));
  // It can be shown as JSON, whatever the reruns are called.
  REPRISE_ASSERT(Canonicalize(tracker::GivenVerdictsToJson({*verdict})).ok());
  return 0;
}
