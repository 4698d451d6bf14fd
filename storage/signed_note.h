// Signed notes and log checkpoints (C2SP signed-note, C2SP tlog-checkpoint), with Ed25519.
//
//   <origin>\n<size>\n<base64 of the root>\n[<extension>\n…]\n— <key name> <base64>\n…
//
// The base64 of a signature holds 4 bytes of key id and the signature.  Signatures of keys that the
// verifier does not know are ignored, as the specification asks.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/result.h"
#include "storage/crypto/ed25519.h"
#include "storage/merkle.h"

namespace reprise::storage {

// A key with its name, as verifiers keep it: "<name>+<hex key id>+<base64 of 0x01 ‖ key>".
struct NoteKey {
  std::string name;
  crypto::Ed25519PublicKey key;

  std::uint32_t id() const;  // First 4 bytes, big-endian, of SHA-256(name ‖ "\n" ‖ 0x01 ‖ key).
  std::string ToText() const;
  // Errors: kInvalidArgument  malformed, or the id does not fit name and key.
  static Result<NoteKey> Parse(std::string_view text);
};

// `text` (which ends with a newline) with one signature.
std::string SignNote(std::string_view text, const std::string& key_name,
                     const crypto::Ed25519PrivateKey& key);

// The text of `note`, if `key` signed it.
// Errors: kInvalidArgument  malformed, or no signature by `key` that verifies.
Result<std::string> OpenNote(std::string_view note, const NoteKey& key);

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  MerkleHash root;
};

std::string FormatCheckpoint(const Checkpoint& checkpoint);  // The text to sign.
// Errors: kInvalidArgument  malformed.
Result<Checkpoint> ParseCheckpoint(std::string_view text);

}  // namespace reprise::storage
