// The catalog's rows of runs on arbitrary bytes: a damaged one is an error, and what a reader of
// list rows accepts can be written, and read again as the same.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "tracker/listed_run.h"
#include "tracker/run_row.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::tracker;
  const std::string_view value = reprise::AsText(std::as_bytes(std::span(data, size)));
  (void)DecodeRunRow(value);  // Whatever it says.
  const reprise::Ulid id;
  if (const auto run = DecodeListedRun(id, value); run.ok()) {
    const std::string written = EncodeListedRun(*run);
    const auto again = DecodeListedRun(id, written);
    REPRISE_ASSERT(again.ok() && EncodeListedRun(*again) == written);
  }
  return 0;
}
