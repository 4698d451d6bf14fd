// Ed25519 signatures (RFC 8032), through OpenSSL.
//
// Keys travel as PEM (PKCS#8 and SubjectPublicKeyInfo), so that the openssl command reads them.
//
// Thread-safety: const objects from any thread.

#pragma once

#include <array>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/result.h"

namespace reprise::crypto {

inline constexpr std::size_t kEd25519KeyBytes = 32;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

class Ed25519PublicKey {
 public:
  // Errors: kInvalidArgument  not 32 bytes.
  static Result<Ed25519PublicKey> FromRaw(ByteSpan raw);
  // Errors: kInvalidArgument  not the PEM of an Ed25519 public key.
  static Result<Ed25519PublicKey> FromPem(std::string_view pem);

  ByteSpan raw() const { return raw_; }
  std::string ToPem() const;

  // Whether `signature` is this key's over `message`.
  bool Verify(ByteSpan message, ByteSpan signature) const;

  friend bool operator==(const Ed25519PublicKey&, const Ed25519PublicKey&) = default;

 private:
  std::array<std::byte, kEd25519KeyBytes> raw_{};
};

class Ed25519PrivateKey {
 public:
  static Ed25519PrivateKey Generate();
  // Errors: kInvalidArgument  not 32 bytes.
  static Result<Ed25519PrivateKey> FromSeed(ByteSpan seed);
  // Errors: kInvalidArgument  not the PEM of an Ed25519 private key.
  static Result<Ed25519PrivateKey> FromPem(std::string_view pem);

  std::string ToPem() const;
  Ed25519PublicKey PublicKey() const;
  std::string Sign(ByteSpan message) const;  // 64 bytes.

 private:
  std::array<std::byte, kEd25519KeyBytes> seed_{};
};

}  // namespace reprise::crypto
