#include "storage/sigstore_bundle.h"

#include <utility>

#include "storage/base/canonical.h"
#include "storage/crypto/sha256.h"

namespace reprise::storage {

std::string SigstoreKeyHint(const crypto::P256PublicKey& key) {
  return crypto::Sha256(key.ToPem()).ToHex();
}

Result<std::string> EncodeSigstoreBundle(const DsseEnvelope& envelope) {
  DsseEnvelope inner = envelope;
  inner.key_id.clear();  // Verifiers are bound to take "" there, and nothing else.
  return Canonicalize(
      Json()
          .Set("mediaType", kSigstoreBundleType)
          .Set("verificationMaterial", Json()
                                           .Set("publicKey", Json().Set("hint", envelope.key_id))
                                           .Set("tlogEntries", Json::Array{}))
          .Set("dsseEnvelope", DsseToJson(inner)));
}

Result<DsseEnvelope> DecodeSigstoreBundle(std::string_view document) {
  const auto decode = [&]() -> Result<DsseEnvelope> {
    REPRISE_ASSIGN_OR_RETURN(const Json json, ParseJson(document));
    const auto member = [](const Json* of, std::string_view key) {
      return of == nullptr ? nullptr : of->Find(key);
    };
    const Json* const inner = json.Find("dsseEnvelope");
    const Json* const key = member(json.Find("verificationMaterial"), "publicKey");
    if (inner == nullptr || key == nullptr) {
      return Error{ErrorCode::kCorruption, "a bundle has an envelope and names a key"};
    }
    REPRISE_ASSIGN_OR_RETURN(DsseEnvelope envelope, DsseFromJson(*inner));
    REPRISE_ASSIGN_OR_RETURN(envelope.key_id, key->GetString("hint"));
    return envelope;
  };
  auto envelope = decode();
  const auto again = envelope.ok() ? EncodeSigstoreBundle(*envelope) : Result<std::string>("");
  if (!envelope.ok() || !again.ok() || *again != document) {
    return Error{ErrorCode::kCorruption, "a signature is no Sigstore bundle as we write them"};
  }
  return envelope;
}

}  // namespace reprise::storage
