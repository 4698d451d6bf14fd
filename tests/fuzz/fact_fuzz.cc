// The readers of notes, tags and datasets (docs/formats/facts.md) on arbitrary bytes: what they
// accept is what their writers write.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "tracker/fact_documents.h"

namespace {

template <typename Value, typename Encode>
void ExpectSame(const reprise::Result<Value>& value, std::string_view document, Encode encode) {
  if (!value.ok()) return;
  const auto written = encode(*value);
  REPRISE_ASSERT(written.ok() && *written == document);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::tracker;
  const std::string_view document = reprise::AsText(std::as_bytes(std::span(data, size)));
  ExpectSame(DecodeNote(document), document, EncodeNote);
  ExpectSame(DecodeTags(document), document, EncodeTags);
  ExpectSame(DecodeDataset(document), document, EncodeDataset);
  return 0;
}
