// The readers of notes, tags and datasets on arbitrary bytes: what they accept can be written, and
// read again as the same.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "tracker/index.h"

namespace {

template <typename Value, typename Encode, typename Decode>
void ExpectStable(const reprise::Result<Value>& value, Encode encode, Decode decode) {
  if (!value.ok()) return;
  const auto written = encode(*value);
  REPRISE_ASSERT(written.ok());
  const auto again = decode(*written);
  REPRISE_ASSERT(again.ok());
  REPRISE_ASSERT(*encode(*again) == *written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise::tracker;
  const std::string_view document = reprise::AsText(std::as_bytes(std::span(data, size)));
  ExpectStable(DecodeNote(document), EncodeNote, DecodeNote);
  ExpectStable(DecodeTags(document), EncodeTags, DecodeTags);
  ExpectStable(DecodeDataset(document), EncodeDataset, DecodeDataset);
  return 0;
}
