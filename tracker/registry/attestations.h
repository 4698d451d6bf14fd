// Attestations of versions of models (lineage/governance/attestation.h): what is to be signed,
// recording it, and which signatures hold.
//
// Thread-safety: as the store.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/governance/attestation.h"
#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/dsse.h"
#include "tracker/governance_rows.h"
#include "tracker/models.h"
#include "tracker/registry/key_ring.h"
#include "tracker/store.h"

namespace reprise::tracker {

// What an attestation of that kind says of `model`: the same bytes whoever signs them and when, as
// long as Reprise `version` writes them and the store does not change.
// Errors: kInvalidArgument  no run made it; it is too large, or holds what cannot be signed.
//         kNotFound, kCorruption  something of it is lost: nobody is to sign what has holes.
Result<storage::DssePayload> DraftAttestation(Store& store, const RegisteredModel& model,
                                              lineage::AttestationKind kind,
                                              const std::string& version);

struct FiledAttestation {
  lineage::AttestationKind kind = lineage::AttestationKind::kSlsa;
  std::vector<lineage::StatementSubject> subjects;   // As in lineage::AttestedPayload.
  std::vector<lineage::StatementSubject> resources;  // Likewise.
  std::string document;                              // What is given to others.
  Digest digest;                                     // Of it.
  // Of the key, as its record had it then; none of a key that was not trusted.
  std::optional<Digest> key;
  std::string owner;
  std::string printed_name;
  std::int64_t recorded_at_unix_ms = 0;
  std::uint64_t ledger_sequence = 0;
  std::optional<std::string> void_because;  // Why it counts for nothing.
};

// An attestation of `model` that was recorded as `document`, and whether it counts.
FiledAttestation JudgeAttestation(const KeyRing& ring, const RegisteredModel& model,
                                  const lineage::Attestation& attestation, FiledDocument document);

// Those of a version, in the order of the ledger.  Errors: kCorruption.
Result<std::vector<FiledAttestation>> AttestationsOf(const storage::Catalog& catalog,
                                                     const KeyRing& ring,
                                                     const RegisteredModel& model);

// {"digest", "kind", "key", "printed_name", "owner", "recorded_at", "ledger_sequence", "void"}; the
// key and whose it is are null where it was not trusted.
Json FiledAttestationToJson(const FiledAttestation& attestation);

// A signature of what DraftAttestation() gives, to be recorded.
struct NewAttestation {
  storage::DssePayload payload;
  std::string signature;  // DER.
};

// Records it; it is in the ledger when the call returns.
// Errors: kInvalidArgument  it is not what this store would have signed, is by no key that is
//                           trusted and valid now, or says once more what its signer said.
Result<FiledAttestation> FileAttestation(Store& store, const NewAttestation& attestation,
                                         const std::string& version, std::int64_t now_unix_ms);

}  // namespace reprise::tracker
