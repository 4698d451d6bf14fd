// ECDSA signatures on the curve P-256 with SHA-256 (FIPS 186-5), through OpenSSL: those of people.
//
// Signatures are DER (SEQUENCE of r and s), which `openssl dgst -sha256 -verify` and the verifiers
// of Sigstore read.  Key files are PEM: SubjectPublicKeyInfo "PUBLIC KEY"; PKCS#8 "PRIVATE KEY", or
// "ENCRYPTED PRIVATE KEY" under a pass phrase (PBES2 with scrypt and AES-256-CBC, RFC 7914).
//
// Thread-safety: values; any thread.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"

struct evp_pkey_st;  // OpenSSL's EVP_PKEY.

namespace reprise::crypto {

class P256PublicKey {
 public:
  // Errors: kInvalidArgument  not the PEM of a public key on P-256.
  static Result<P256PublicKey> FromPem(std::string_view pem);

  // The one form that equal keys have: an uncompressed point on the named curve.
  std::string ToPem() const;

  // The SHA-256 of the DER of the key, by which it is named:
  // `openssl pkey -pubin -in key.pem -outform DER | sha256sum` prints it.
  Digest Fingerprint() const;

  // Whether `signature` is a signature of `message` by this key.  Never fails: what is no DER
  // verifies nothing.
  bool Verify(ByteSpan message, ByteSpan signature) const;

  friend bool operator==(const P256PublicKey&, const P256PublicKey&) = default;

 private:
  friend class P256PrivateKey;
  explicit P256PublicKey(std::string der) : der_(std::move(der)) {}
  static Result<P256PublicKey> Of(const evp_pkey_st* key);
  std::string der_;  // SubjectPublicKeyInfo.
};

// Whether the PEM of a private key asks for a pass phrase.
bool IsEncryptedPem(std::string_view pem);

class P256PrivateKey {
 public:
  // Errors: kUnsupported  the system gives no random numbers.
  static Result<P256PrivateKey> Generate();

  // PKCS#8, encrypted or not, or the traditional "EC PRIVATE KEY".
  // Errors: kInvalidArgument  not the PEM of a private key on P-256; the pass phrase is missing or
  //                           wrong.
  static Result<P256PrivateKey> FromPem(std::string_view pem,
                                        const std::optional<std::string>& pass_phrase);

  // Encrypted PKCS#8, with another salt at each call; without a pass phrase in clear.
  // Errors: kUnsupported  the system gives no random numbers.
  Result<std::string> ToPem(const std::optional<std::string>& pass_phrase) const;

  const P256PublicKey& PublicKey() const { return public_key_; }

  // DER; another one at each call, as ECDSA is randomised.
  // Errors: kUnsupported  the system gives no random numbers.
  Result<std::string> Sign(ByteSpan message) const;

 private:
  P256PrivateKey(std::shared_ptr<evp_pkey_st> key, P256PublicKey public_key)
      : key_(std::move(key)), public_key_(std::move(public_key)) {}
  static Result<P256PrivateKey> Of(std::shared_ptr<evp_pkey_st> key);
  std::shared_ptr<evp_pkey_st> key_;
  P256PublicKey public_key_;
};

}  // namespace reprise::crypto
