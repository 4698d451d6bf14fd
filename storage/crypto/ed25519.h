// Ed25519 signatures (RFC 8032, pure Ed25519), through OpenSSL.
//
// Keys are values of 32 bytes.  Their files are PEM: PKCS#8 "PRIVATE KEY" without a passphrase, and
// SubjectPublicKeyInfo "PUBLIC KEY" (RFC 8410), which `openssl pkey` and
// `openssl pkeyutl -verify -rawin` read.
//
// Thread-safety: values; any thread.

#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/digest.h"
#include "storage/base/result.h"

namespace reprise::crypto {

inline constexpr std::size_t kEd25519KeyBytes = 32;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

class Ed25519PublicKey {
 public:
  // The encoding of RFC 8032 §5.1.5.  Whether it is a point of the curve shows when it is used.
  // Errors: kInvalidArgument  not kEd25519KeyBytes bytes.
  static Result<Ed25519PublicKey> FromRaw(ByteSpan raw);

  // Errors: kInvalidArgument  not the PEM of an Ed25519 public key.
  static Result<Ed25519PublicKey> FromPem(std::string_view pem);

  ByteSpan raw() const { return raw_; }
  std::string ToPem() const;

  // The SHA-256 of the 32 bytes of the key, for comparison by people: what
  // `openssl pkey -pubin -in key.pem -outform DER | tail -c 32 | sha256sum` prints.
  Digest Fingerprint() const;

  // Whether `signature` is this key's signature of `message`.  Never fails: a signature or key that
  // is malformed verifies nothing.
  bool Verify(ByteSpan message, ByteSpan signature) const;

  friend bool operator==(const Ed25519PublicKey&, const Ed25519PublicKey&) = default;

 private:
  Ed25519PublicKey() = default;
  std::array<std::byte, kEd25519KeyBytes> raw_{};
};

// The private half; its bytes are wiped when the object ends.
class Ed25519PrivateKey {
 public:
  // A new key from the system's random numbers.
  // Errors: kUnsupported  the system has none to give.
  static Result<Ed25519PrivateKey> Generate();

  // The 32 secret bytes that RFC 8032 calls the private key.
  // Errors: kInvalidArgument  not kEd25519KeyBytes bytes.
  static Result<Ed25519PrivateKey> FromSeed(ByteSpan seed);

  // Errors: kInvalidArgument  not the PEM of an unencrypted Ed25519 private key.
  static Result<Ed25519PrivateKey> FromPem(std::string_view pem);

  ~Ed25519PrivateKey();
  Ed25519PrivateKey(const Ed25519PrivateKey&) = default;
  Ed25519PrivateKey& operator=(const Ed25519PrivateKey&) = default;

  // Whoever writes it gives the file the mode 0600.
  std::string ToPem() const;
  const Ed25519PublicKey& PublicKey() const { return public_key_; }

  // kEd25519SignatureBytes bytes; the same for the same message.
  std::string Sign(ByteSpan message) const;

 private:
  explicit Ed25519PrivateKey(Ed25519PublicKey public_key) : public_key_(public_key) {}
  std::array<std::byte, kEd25519KeyBytes> seed_{};
  Ed25519PublicKey public_key_;
};

}  // namespace reprise::crypto
