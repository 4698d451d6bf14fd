#include "storage/crypto/ed25519.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <memory>

#include "storage/crypto/openssl_objects.h"
#include "storage/crypto/sha256.h"

namespace reprise::crypto {
namespace {

using Key = std::unique_ptr<EVP_PKEY, FreeObject>;
using MdContext = std::unique_ptr<EVP_MD_CTX, FreeObject>;
using Bio = std::unique_ptr<BIO, FreeObject>;

// Larger texts are no PEM of an Ed25519 key; also keeps the length inside an int.
constexpr std::size_t kPemSizeBytesMax = 64 * 1024;

Key PublicKeyOf(ByteSpan raw) {
  return Key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Unsigned(raw.data()), raw.size()));
}

Key PrivateKeyOf(ByteSpan seed) {
  return Key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Unsigned(seed.data()), seed.size()));
}

// OpenSSL would otherwise ask for a passphrase at the terminal.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

Result<Ed25519PublicKey> Ed25519PublicKey::FromRaw(ByteSpan raw) {
  if (raw.size() != kEd25519KeyBytes) {
    return Error{ErrorCode::kInvalidArgument,
                 "an Ed25519 public key has 32 bytes, not " + std::to_string(raw.size())};
  }
  Ed25519PublicKey key;
  std::copy(raw.begin(), raw.end(), key.raw_.begin());
  return key;
}

Result<Ed25519PublicKey> Ed25519PublicKey::FromPem(std::string_view pem) {
  const Error wrong{ErrorCode::kInvalidArgument,
                    "this is not an Ed25519 public key in PEM form (\"BEGIN PUBLIC KEY\")"};
  if (pem.size() > kPemSizeBytesMax) return wrong;
  const Bio bio = ReaderOf(pem);
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, NoPassphrase, nullptr));
  if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) return wrong;
  Ed25519PublicKey result;
  std::size_t size = result.raw_.size();
  if (EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(result.raw_.data()),
                                  &size) != 1 ||
      size != result.raw_.size()) {
    return wrong;
  }
  return result;
}

std::string Ed25519PublicKey::ToPem() const {
  const Key key = PublicKeyOf(raw_);
  const Bio bio(BIO_new(BIO_s_mem()));
  REPRISE_ASSERT(key && bio && PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1);
  return ContentOf(*bio);
}

Digest Ed25519PublicKey::Fingerprint() const { return Sha256(raw_); }

bool Ed25519PublicKey::Verify(ByteSpan message, ByteSpan signature) const {
  if (signature.size() != kEd25519SignatureBytes) return false;
  const Key key = PublicKeyOf(raw_);
  const MdContext context(EVP_MD_CTX_new());
  REPRISE_ASSERT(context != nullptr);
  return key != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Unsigned(signature.data()), signature.size(),
                          Unsigned(message.data()), message.size()) == 1;
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::Generate() {
  std::array<std::byte, kEd25519KeyBytes> seed;
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(seed.data()),
                      static_cast<int>(seed.size())) != 1) {
    return Error{ErrorCode::kUnsupported, "cannot make a key: the system gives no random numbers"};
  }
  auto key = FromSeed(seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  return key;
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::FromSeed(ByteSpan seed) {
  if (seed.size() != kEd25519KeyBytes) {
    return Error{ErrorCode::kInvalidArgument,
                 "an Ed25519 private key has 32 bytes, not " + std::to_string(seed.size())};
  }
  const Key key = PrivateKeyOf(seed);
  REPRISE_ASSERT(key != nullptr);  // Every 32 bytes are a private key.
  std::array<std::byte, kEd25519KeyBytes> raw;
  std::size_t size = raw.size();
  REPRISE_ASSERT(EVP_PKEY_get_raw_public_key(
                     key.get(), reinterpret_cast<unsigned char*>(raw.data()), &size) == 1);
  REPRISE_ASSIGN_OR_RETURN(const auto public_key, Ed25519PublicKey::FromRaw(raw));
  Ed25519PrivateKey result(public_key);
  std::copy(seed.begin(), seed.end(), result.seed_.begin());
  return result;
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::FromPem(std::string_view pem) {
  const Error wrong{ErrorCode::kInvalidArgument,
                    "this is not an unencrypted Ed25519 private key in PEM form (PKCS#8, \"BEGIN "
                    "PRIVATE KEY\")"};
  if (pem.size() > kPemSizeBytesMax) return wrong;
  const Bio bio = ReaderOf(pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) return wrong;
  std::array<std::byte, kEd25519KeyBytes> seed;
  std::size_t size = seed.size();
  if (EVP_PKEY_get_raw_private_key(key.get(), reinterpret_cast<unsigned char*>(seed.data()),
                                   &size) != 1 ||
      size != seed.size()) {
    return wrong;
  }
  auto result = FromSeed(seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  return result;
}

Ed25519PrivateKey::~Ed25519PrivateKey() { OPENSSL_cleanse(seed_.data(), seed_.size()); }

std::string Ed25519PrivateKey::ToPem() const {
  const Key key = PrivateKeyOf(seed_);
  const Bio bio(BIO_new(BIO_s_mem()));
  REPRISE_ASSERT(key && bio &&
                 PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                               nullptr) == 1);
  return ContentOf(*bio);
}

std::string Ed25519PrivateKey::Sign(ByteSpan message) const {
  const Key key = PrivateKeyOf(seed_);
  const MdContext context(EVP_MD_CTX_new());
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  REPRISE_ASSERT(key && context &&
                 EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                 EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                                &size, Unsigned(message.data()), message.size()) == 1 &&
                 size == signature.size());
  return signature;
}

}  // namespace reprise::crypto
