// Cosignatures of checkpoints: what a witness says of a log that it has watched grow.
//
// Format: c2sp.org/tlog-cosignature, "cosignature/v1" of Ed25519.  A cosignature is one more line
// of a signed checkpoint.  It says: at that time, the log that is called so had this root, and it
// was the longest that I had seen, and it continued everything that I had seen before.  Rules of a
// witness: c2sp.org/tlog-witness.  docs/formats/seals.md.
//
// Thread-safety: values and pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"
#include "storage/signed_note.h"

namespace reprise::storage {

// A witness' public key with the name under which it cosigns.
struct WitnessKey {
  std::string name;
  crypto::Ed25519PublicKey key;

  std::uint32_t id() const;
  // The "vkey", of kNoteAlgorithmCosignature.
  std::string ToText() const;
  // The inverse of ToText().
  // Errors: kInvalidArgument  malformed, of another algorithm, or the id does not fit the key.
  static Result<WitnessKey> Parse(std::string_view vkey);

  friend bool operator==(const WitnessKey&, const WitnessKey&) = default;
};

// The cosignature of the checkpoint `text` (all of a note but its signatures) under `name`, made at
// `time_unix_s`, which must not be negative.
NoteSignature Cosign(std::string_view text, const std::string& name,
                     const crypto::Ed25519PrivateKey& key, std::int64_t time_unix_s);

// When `key` cosigned the checkpoint `text`, in seconds since 1970, if `signature` says so; nothing
// if it is another's.
// Errors: kCorruption  it claims to be of `key` and is not.
Result<std::optional<std::int64_t>> CosignedAt(std::string_view text,
                                               const NoteSignature& signature,
                                               const WitnessKey& key);

// One of the keys whose name and id `signature` bears, or nullptr.
const WitnessKey* FindWitness(const std::vector<WitnessKey>& keys, const NoteSignature& signature);

// Verifier keys, one a line; empty lines and lines that begin with "#" are left out.
// Errors: kInvalidArgument  a line is none.
Result<std::vector<WitnessKey>> ParseWitnessKeys(std::string_view text);
Result<std::vector<NoteKey>> ParseNoteKeys(std::string_view text);

// What a log asks of a witness ("add-checkpoint" of c2sp.org/tlog-witness).
struct CosignRequest {
  std::uint64_t old_size = 0;   // Of the checkpoint that the witness cosigned last.
  std::vector<Digest> proof;    // RFC 6962 §2.1.2, from there to the checkpoint.
  std::string checkpoint_note;  // Signed by the log.

  // "old SIZE", the hashes in Base64, one a line, an empty line, the checkpoint.
  std::string Encode() const;
  // The inverse of Encode().
  // Errors: kCorruption  not such a request.
  static Result<CosignRequest> Parse(std::string_view text);
};

// Whether a witness that cosigned `last` (absent: nothing yet) of a log may cosign what `request`
// asks.  The checkpoint is returned.
// Errors: kCorruption       no key of `log_keys` signed it, or it does not continue `last`: the log
//                           was rewritten, or the proof is wrong.
//         kInvalidArgument  it is asked from another size than that of `last`, as the message says.
Result<Checkpoint> CheckCosignRequest(const CosignRequest& request,
                                      const std::vector<NoteKey>& log_keys,
                                      const std::optional<Checkpoint>& last);

}  // namespace reprise::storage
