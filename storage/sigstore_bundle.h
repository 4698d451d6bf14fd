// Sigstore bundles, version 0.3 (github.com/sigstore/protobuf-specs, protos/sigstore_bundle.proto,
// as JSON): a DSSE envelope together with what says by which key it was signed.
//
// Bundles here are signed by a key that whoever verifies has already: they name it, and have
// neither certificates nor entries of Sigstore's log.  docs/formats/attestation.md.
//
// Thread-safety: pure functions.

#pragma once

#include <string>
#include <string_view>

#include "storage/base/result.h"
#include "storage/crypto/p256.h"
#include "storage/dsse.h"

namespace reprise::storage {

inline constexpr std::string_view kSigstoreBundleType =
    "application/vnd.dev.sigstore.bundle.v0.3+json";

// How a bundle names a key: the SHA-256 of its PEM, in 64 hexadecimal digits, as the OpenSSF's own
// tool computes it.
std::string SigstoreKeyHint(const crypto::P256PublicKey& key);

// The envelope's key id is the hint, which stands in the bundle outside of the envelope.  As
// canonical JSON.  Errors: kInvalidArgument  a type or hint that is not UTF-8.
Result<std::string> EncodeSigstoreBundle(const DsseEnvelope& envelope);
// The inverse, for exactly the bytes that it writes.  Says nothing about the signature.
// Errors: kCorruption.
Result<DsseEnvelope> DecodeSigstoreBundle(std::string_view document);

}  // namespace reprise::storage
