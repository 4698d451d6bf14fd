// Signed notes and log checkpoints: text that is signed by Ed25519 keys.
//
// Formats: c2sp.org/signed-note and c2sp.org/tlog-checkpoint, which the tools of transparency logs
// read (golang.org/x/mod/sumdb/note, for one).  docs/formats/ledger.md.
//
//   reprise/01HZ…            origin, a name for the log
//   3                        number of entries
//   47DEQpj8HBSa+/Ti…=       Merkle root, base64
//                            (an empty line ends the text, which is what is signed)
//   — reprise/01HZ… Az3g…=   a signature: key name, base64 of key id and signature
//
// Thread-safety: values and pure functions.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/crypto/ed25519.h"

namespace reprise::storage {

// Larger notes, and notes with more signatures, are refused.
inline constexpr std::size_t kNoteSizeBytesMax = 1 << 20;
inline constexpr std::size_t kNoteSignaturesMax = 100;

// What verifier keys and signature lines name a key by, beside its name: the byte that stands for
// the algorithm, and an identity that is made of everything.
inline constexpr char kNoteAlgorithmEd25519 = 0x01;
inline constexpr char kNoteAlgorithmCosignature = 0x04;  // storage/cosignature.h

// The first four bytes, big-endian, of SHA-256(name || 0x0A || algorithm || key).
std::uint32_t NoteKeyId(std::string_view name, char algorithm, ByteSpan key);
// The "vkey": name, "+", id in 8 hexadecimal digits, "+", base64(algorithm || key).
std::string FormatVerifierKey(std::string_view name, char algorithm, ByteSpan key);
// The inverse: the name, and the key.
// Errors: kInvalidArgument  malformed, of another algorithm, or the id does not fit the key.
struct VerifierKey {
  std::string name;
  crypto::Ed25519PublicKey key;
};
Result<VerifierKey> ParseVerifierKey(std::string_view vkey, char algorithm);

// A public key with the name under which it signs.
struct NoteKey {
  std::string name;
  crypto::Ed25519PublicKey key;

  std::uint32_t id() const;

  // The "vkey", of kNoteAlgorithmEd25519.
  std::string ToText() const;

  // The inverse of ToText().
  // Errors: kInvalidArgument  malformed, of another algorithm, or the id does not fit the key.
  static Result<NoteKey> Parse(std::string_view vkey);

  friend bool operator==(const NoteKey&, const NoteKey&) = default;
};

struct NoteSignature {
  std::string name;
  std::uint32_t key_id = 0;
  std::string signature;  // Raw bytes, of whatever algorithm the key has.

  // "— name base64(key id || signature)" and a newline.
  std::string Encode() const;
  // The inverse of Encode(), of a line without its newline.
  // Errors: kCorruption  not a signature line.
  static Result<NoteSignature> Parse(std::string_view line);

  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

struct SignedNote {
  std::string text;  // Ends with a newline.
  std::vector<NoteSignature> signatures;

  std::string Encode() const;

  // The inverse of Encode().  Says nothing about the signatures' truth.
  // Errors: kCorruption  not a signed note.
  static Result<SignedNote> Parse(std::string_view note);

  // Succeeds if a key of `keys` signed the text and no signature by one of them is wrong.
  // Signatures of other keys are ignored.
  // Errors: kCorruption  otherwise.
  Result<void> Verify(std::span<const NoteKey> keys) const;

  friend bool operator==(const SignedNote&, const SignedNote&) = default;
};

// The note of `text` with one signature by `key` under `name`.
// Errors: kInvalidArgument  text that does not end with a newline, is not UTF-8 or has control
//                           characters; a name that is empty or has spaces or a plus sign.
Result<std::string> SignNote(std::string_view text, const std::string& name,
                             const crypto::Ed25519PrivateKey& key);

// What a checkpoint says: the state of a log at one size.
struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Digest root;
  std::vector<std::string> extensions{};

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The text of the note that is signed.
std::string FormatCheckpoint(const Checkpoint& checkpoint);

// The inverse of FormatCheckpoint().
// Errors: kCorruption  not the text of a checkpoint.
Result<Checkpoint> ParseCheckpoint(std::string_view text);

// The text of `note`, if `key` signed it.
// Errors: kCorruption  otherwise.
Result<std::string> OpenNote(std::string_view note, const NoteKey& key);

// The checkpoint of `note`, if `key` signed it and its origin is the key's name.
// Errors: kCorruption  otherwise.
Result<Checkpoint> OpenCheckpoint(std::string_view note, const NoteKey& key);

}  // namespace reprise::storage
