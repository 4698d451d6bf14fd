// Changes of a log's key (docs/formats/checkpoint_keys.md): whatever parses comes back as the same
// bytes.

#include <cstdint>
#include <cstdlib>

#include "storage/key_change.h"

using reprise::storage::KeyChain;
using reprise::storage::KeyChange;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto change = KeyChange::Parse(text); change.ok()) {
    if (change->note != text || !change->Document().ok()) std::abort();
    const auto again = KeyChange::Decode(*change->Document());
    if (!again.ok() || again->note != text) std::abort();
    const auto chain = KeyChain::Parse("", change->from);
    if (!chain.ok()) std::abort();
  }
  (void)KeyChange::Decode(text);
  const auto raw = reprise::crypto::Ed25519PublicKey::FromRaw(
      reprise::AsBytes(std::string(reprise::crypto::kEd25519KeyBytes, 'k')));
  const auto chain = KeyChain::Parse(text, {"reprise/01HF7YAT000W3GE1R70W3GE1R7", *raw});
  if (chain.ok() && *chain->Encode() != text) std::abort();
  return 0;
}
