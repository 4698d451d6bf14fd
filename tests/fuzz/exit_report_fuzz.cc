// The report of how a command ended, on arbitrary bytes: what its reader accepts can be written,
// and read again as the same.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "tracker/recorder/exit_report.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::tracker;
  const auto report = ParseExitReport(reprise::AsText(std::as_bytes(std::span(data, size))));
  if (!report.ok()) return 0;
  const auto again = ParseExitReport(FormatExitReport(*report));
  REPRISE_ASSERT(again.ok() && *again == *report);
  return 0;
}
