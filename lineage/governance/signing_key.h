// The keys by which people sign, and what the ledger says of them: whose a key is, which roles it
// may sign in, when it counts, and that it counts no longer.  docs/formats/key.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/crypto/p256.h"

namespace reprise::lineage {

// "reprise/key/v1": a later one of the same key replaces it, for what is signed from then on.
struct TrustedKey {
  crypto::P256PublicKey key;
  std::string owner;               // Who is meant where actors are compared: the user's name.
  std::string printed_name;        // As on paper.
  std::vector<std::string> roles;  // Sorted; at least one.
  std::optional<std::int64_t> valid_from_unix_ms;
  std::optional<std::int64_t> valid_until_unix_ms;  // The first moment at which it is not.
  std::string reason;                               // Raw bytes; "" for none.

  bool IsValidAt(std::int64_t unix_ms) const;
  bool HasRole(std::string_view role) const;

  friend bool operator==(const TrustedKey&, const TrustedKey&) = default;
};

// "reprise/key-revocation/v1": nothing that the key signed is counted from then on, whenever it was
// signed; it cannot be taken back.
struct KeyRevocation {
  Digest fingerprint;
  std::string reason;  // Raw bytes; not empty.

  friend bool operator==(const KeyRevocation&, const KeyRevocation&) = default;
};

// Canonical documents.  Errors: kInvalidArgument  a role, name or time that may not be.
Result<std::string> EncodeTrustedKey(const TrustedKey& key);
Result<std::string> EncodeKeyRevocation(const KeyRevocation& revocation);
// The inverses, for exactly the bytes that those write.  Errors: kCorruption.
Result<TrustedKey> DecodeTrustedKey(std::string_view document);
Result<KeyRevocation> DecodeKeyRevocation(std::string_view document);
// Whether the document is a revocation, and no trusted key.
bool IsKeyRevocation(std::string_view document);

// "key:<64 hexadecimal digits>": the subject of the ledger's entries about a key.
std::string KeySubject(const Digest& fingerprint);

// A role is named like a model.  Errors: kInvalidArgument.
Result<void> CheckRole(std::string_view role);

}  // namespace reprise::lineage
