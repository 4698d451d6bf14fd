// Proofs that an entry stands in a ledger, and that a ledger grew from an earlier one, as texts
// that anyone can verify offline; verify.py of a bundle does.  docs/formats/ledger.md, "Proofs".
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/json.h"

namespace reprise::storage {

struct LedgerProof {
  std::string entry;            // The bytes of the entry's document.
  std::uint64_t index = 0;      // Its place in the log.
  std::vector<Digest> hashes;   // RFC 6962 §2.1.1, from the leaf's sibling upwards.
  std::string checkpoint_note;  // Of the tree that the proof is about.
};

// The document "reprise/inclusion-proof/v1".  `size`, which the checkpoint says too, is there for
// readers.
Json LedgerProofToJson(const LedgerProof& proof, std::uint64_t size);

// That the log of the checkpoint `note` begins with the log of `old_size` entries that somebody
// kept a checkpoint of, by `hashes` (RFC 6962 §2.1.2): the text that c2sp.org/tlog-witness defines.
std::string EncodeConsistencyProof(std::uint64_t old_size, const std::vector<Digest>& hashes,
                                   std::string_view note);

}  // namespace reprise::storage
