// The readers of notes, tags and datasets (docs/formats/facts.md) on arbitrary bytes: what they
// accept is what their writers write.

#include <cstddef>
#include <cstdint>

#include "storage/base/bytes.h"
#include "tests/fuzz/same_document.h"
#include "tracker/fact_documents.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using reprise::fuzz::ExpectSame;
  using namespace reprise::tracker;
  const std::string_view document = reprise::AsText(std::as_bytes(std::span(data, size)));
  ExpectSame(DecodeNote(document), document, EncodeNote);
  ExpectSame(DecodeTags(document), document, EncodeTags);
  ExpectSame(DecodeDataset(document), document, EncodeDataset);
  return 0;
}
