// Keys on arbitrary bytes: a verifier key that is accepted is what its writer writes, and a key
// that is read from PEM is the same when it is written and read again.  docs/formats/ledger.md.

#include <cstddef>
#include <cstdint>

#include "storage/base/assert.h"
#include "storage/base/bytes.h"
#include "storage/crypto/ed25519.h"
#include "storage/signed_note.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;  // NOLINT: a fuzz target is its own program.
  const std::string_view text = AsText(std::as_bytes(std::span(data, size)));
  if (const auto key = storage::NoteKey::Parse(text); key.ok()) {
    REPRISE_ASSERT(key->ToText() == text);
  }
  if (const auto key = crypto::Ed25519PublicKey::FromPem(text); key.ok()) {
    const auto again = crypto::Ed25519PublicKey::FromPem(key->ToPem());
    REPRISE_ASSERT(again.ok() && *again == *key);
  }
  if (const auto key = crypto::Ed25519PrivateKey::FromPem(text); key.ok()) {
    const auto again = crypto::Ed25519PrivateKey::FromPem(key->ToPem());
    REPRISE_ASSERT(again.ok() && again->PublicKey() == key->PublicKey());
  }
  return 0;
}
