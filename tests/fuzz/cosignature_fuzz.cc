// What a witness, or a log that asks one, sends (docs/formats/seals.md): whatever parses comes back
// as the same bytes.

#include <cstdint>
#include <cstdlib>

#include "storage/cosignature.h"

using reprise::storage::CosignRequest;
using reprise::storage::ParseNoteKeys;
using reprise::storage::ParseWitnessKeys;
using reprise::storage::SignedNote;
using reprise::storage::WitnessKey;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto request = CosignRequest::Parse(text); request.ok()) {
    if (request->Encode() != text) std::abort();
    (void)CheckCosignRequest(*request, {}, std::nullopt);
  }
  (void)ParseNoteKeys(text);
  const auto keys = ParseWitnessKeys(text);
  const auto note = SignedNote::Parse(text);
  if (!keys.ok() || !note.ok()) return 0;
  for (const auto& signature : note->signatures) {
    for (const WitnessKey& key : *keys) (void)CosignedAt(note->text, signature, key);
  }
  return 0;
}
