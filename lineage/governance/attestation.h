// What people sign about a version of a model for others to verify with tools of their own: how it
// was made (SLSA provenance v1, in a DSSE envelope), and which files it has (OpenSSF Model Signing
// 1.0, in a Sigstore bundle).  docs/formats/attestation.md.
//
// Thread-safety: pure functions.

#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/in_toto.h"
#include "storage/base/result.h"
#include "storage/crypto/p256.h"
#include "storage/dsse.h"

namespace reprise::lineage {

enum class AttestationKind { kSlsa, kModelSigning };
inline constexpr std::array<std::string_view, 2> kAttestationKinds = {"slsa", "model-signing"};
std::string_view AttestationKindName(AttestationKind kind);
// What the statement says that it is.
std::string_view PredicateTypeOf(AttestationKind kind);
// Errors: kInvalidArgument.
Result<AttestationKind> ParseAttestationKind(std::string_view name);

// A statement may not be longer: some 30 000 files.
inline constexpr std::size_t kAttestationPayloadBytesMax = 8 << 20;

// What a payload says that is signed as one of these kinds.
struct AttestedPayload {
  AttestationKind kind = AttestationKind::kSlsa;
  StatementVersion about;
  std::vector<StatementSubject> subjects;   // As the statement names them.
  std::vector<StatementSubject> resources;  // The files of a list of files; none of provenance.

  friend bool operator==(const AttestedPayload&, const AttestedPayload&) = default;
};
// Errors: kCorruption  it is none, or says it otherwise than its writer would.
Result<AttestedPayload> ReadAttestedPayload(std::string_view payload);

struct Attestation {
  AttestedPayload content;  // What the envelope's payload says.
  storage::DsseEnvelope envelope;

  friend bool operator==(const Attestation&, const Attestation&) = default;
};

// How a signature of that kind names a key, in the envelope's `key_id`.
std::string AttestationKeyId(AttestationKind kind, const crypto::P256PublicKey& key);
// Whether `key` signed it and is named by it.
bool IsSignedBy(const Attestation& attestation, const crypto::P256PublicKey& key);

// What is recorded, and given to others: an envelope or a bundle, as canonical JSON.
// Errors: kInvalidArgument  a key id that is not UTF-8.
Result<std::string> EncodeAttestation(const Attestation& attestation);
// The inverse, for exactly the bytes that it writes.  Says nothing about the signature.
// Errors: kCorruption.
Result<Attestation> DecodeAttestation(std::string_view document);

}  // namespace reprise::lineage
