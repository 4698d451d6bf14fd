// DSSE envelopes, protocol and JSON envelope version 1.0 (github.com/secure-systems-lab/dsse): a
// payload, its type, and a signature of both.
//
// An envelope here has exactly one signature, as a Sigstore bundle has; several people sign several
// envelopes.  Signatures are ECDSA on P-256 with SHA-256 in DER.  docs/formats/statement.md.
//
// Thread-safety: pure functions.

#pragma once

#include <string>
#include <string_view>

#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/crypto/p256.h"

namespace reprise::storage {

inline constexpr std::string_view kInTotoPayloadType = "application/vnd.in-toto+json";

struct DssePayload {
  std::string type;
  std::string content;  // Raw bytes.

  friend bool operator==(const DssePayload&, const DssePayload&) = default;
};

struct DsseEnvelope {
  DssePayload payload;
  std::string key_id;     // Of ours: the fingerprint of the key, in 64 hexadecimal digits.
  std::string signature;  // DER.

  friend bool operator==(const DsseEnvelope&, const DsseEnvelope&) = default;
};

// The bytes that are signed ("pre-authentication encoding").
std::string DsseSignedBytes(const DssePayload& payload);
// The inverse.  Errors: kInvalidArgument.
Result<DssePayload> ParseDsseSignedBytes(std::string_view bytes);

// The members of the envelope, and the inverse, which passes over others.  Errors: kCorruption.
Json DsseToJson(const DsseEnvelope& envelope);
Result<DsseEnvelope> DsseFromJson(const Json& json);

// As canonical JSON.  Errors: kInvalidArgument  a type or key id that is not UTF-8.
Result<std::string> EncodeDsse(const DsseEnvelope& envelope);
// The inverse, for exactly the bytes that it writes.  Says nothing about the signature.
// Errors: kCorruption.
Result<DsseEnvelope> DecodeDsse(std::string_view document);

// Errors: those of P256PrivateKey::Sign().
Result<DsseEnvelope> SignDsse(DssePayload payload, const crypto::P256PrivateKey& key);

// Whether `key` signed it and is named by it.
bool IsSignedBy(const DsseEnvelope& envelope, const crypto::P256PublicKey& key);

}  // namespace reprise::storage
