// Proofs that an entry stands in a ledger, as files that can be verified offline by anyone.
//
// Two forms of the same facts: the JSON document "reprise/inclusion-proof/v1", and the text of
// c2sp.org/tlog-proof, in which the entry's bytes are the extra data.  docs/formats/ledger.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/ledger_entry.h"
#include "storage/signed_note.h"

namespace reprise::storage {

// More text than any proof has.
inline constexpr std::size_t kLedgerProofSizeBytesMax = 1 << 20;
// A path in a tree of kMerkleSizeMax leaves is not longer.
inline constexpr std::size_t kLedgerProofHashesMax = 64;

struct LedgerProof {
  std::string entry;            // The bytes of the entry's document.
  std::uint64_t index = 0;      // Its place in the log.
  std::vector<Digest> hashes;   // RFC 6962 §2.1.1, from the leaf's sibling upwards.
  std::string checkpoint_note;  // Of the tree that the proof is about.

  friend bool operator==(const LedgerProof&, const LedgerProof&) = default;
};

// `size`, which the checkpoint says too, is there for readers.
Json LedgerProofToJson(const LedgerProof& proof, std::uint64_t size);
// The inverse.
// Errors: kCorruption, kUnsupportedVersion.
Result<LedgerProof> LedgerProofFromJson(const Json& json);

// That the log of the checkpoint `note` begins with the log of `old_size` entries that somebody
// kept a checkpoint of, by `hashes` (RFC 6962 §2.1.2): the text that c2sp.org/tlog-witness defines.
std::string EncodeConsistencyProof(std::uint64_t old_size, const std::vector<Digest>& hashes,
                                   std::string_view note);

std::string EncodeTlogProof(const LedgerProof& proof);
// The inverse.
// Errors: kCorruption.
Result<LedgerProof> ParseTlogProof(std::string_view text);

// The entry, if `key` signed the checkpoint and the proof leads from the entry to its root.
// Errors: kCorruption  otherwise.  kUnsupportedVersion  the entry is of a later version.
Result<LedgerEntry> VerifyLedgerProof(const LedgerProof& proof, const NoteKey& key);

}  // namespace reprise::storage
