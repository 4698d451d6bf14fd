#include "storage/crypto/ed25519.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <memory>

namespace reprise::crypto {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Bio = std::unique_ptr<BIO, Free>;

const unsigned char* Data(ByteSpan bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

Key PublicOf(ByteSpan raw) {
  Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Data(raw), raw.size()));
  REPRISE_ASSERT(key != nullptr);
  return key;
}

Key PrivateOf(ByteSpan seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Data(seed), seed.size()));
  REPRISE_ASSERT(key != nullptr);
  return key;
}

Bio Reading(std::string_view text) {
  Bio bio(
      BIO_new_mem_buf(text.data(), static_cast<int>(std::min<std::size_t>(text.size(), 65536))));
  REPRISE_ASSERT(bio != nullptr);
  return bio;
}

template <typename Write>
std::string Written(Write&& write) {
  const Bio bio(BIO_new(BIO_s_mem()));
  REPRISE_ASSERT(bio != nullptr && write(bio.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

Error NotAKey(std::string_view what) {
  return {ErrorCode::kInvalidArgument, "this is not the PEM of an Ed25519 " + std::string(what)};
}

// Never asks a person for a pass phrase.
int NoPassphrase(char*, int, int, void*) { return 0; }

}  // namespace

Result<Ed25519PublicKey> Ed25519PublicKey::FromRaw(ByteSpan raw) {
  if (raw.size() != kEd25519KeyBytes) {
    return Error{ErrorCode::kInvalidArgument, "an Ed25519 public key has 32 bytes"};
  }
  Ed25519PublicKey key;
  std::ranges::copy(raw, key.raw_.begin());
  return key;
}

Result<Ed25519PublicKey> Ed25519PublicKey::FromPem(std::string_view pem) {
  const Bio bio = Reading(pem);
  const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, NoPassphrase, nullptr));
  Ed25519PublicKey result;
  std::size_t size = result.raw_.size();
  if (key == nullptr || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(result.raw_.data()),
                                  &size) != 1) {
    return NotAKey("public key");
  }
  return result;
}

std::string Ed25519PublicKey::ToPem() const {
  const Key key = PublicOf(raw_);
  return Written([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key.get()); });
}

bool Ed25519PublicKey::Verify(ByteSpan message, ByteSpan signature) const {
  if (signature.size() != kEd25519SignatureBytes) return false;
  const Key key = PublicOf(raw_);
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  REPRISE_ASSERT(context != nullptr);
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Data(signature), signature.size(), Data(message),
                          message.size()) == 1;
}

Ed25519PrivateKey Ed25519PrivateKey::Generate() {
  const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  REPRISE_ASSERT(key != nullptr);
  Ed25519PrivateKey result;
  std::size_t size = result.seed_.size();
  REPRISE_ASSERT(EVP_PKEY_get_raw_private_key(
                     key.get(), reinterpret_cast<unsigned char*>(result.seed_.data()), &size) == 1);
  return result;
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::FromSeed(ByteSpan seed) {
  if (seed.size() != kEd25519KeyBytes) {
    return Error{ErrorCode::kInvalidArgument, "an Ed25519 private key has 32 bytes"};
  }
  Ed25519PrivateKey key;
  std::ranges::copy(seed, key.seed_.begin());
  return key;
}

Result<Ed25519PrivateKey> Ed25519PrivateKey::FromPem(std::string_view pem) {
  const Bio bio = Reading(pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassphrase, nullptr));
  Ed25519PrivateKey result;
  std::size_t size = result.seed_.size();
  if (key == nullptr || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_private_key(key.get(), reinterpret_cast<unsigned char*>(result.seed_.data()),
                                   &size) != 1) {
    return NotAKey("private key");
  }
  return result;
}

std::string Ed25519PrivateKey::ToPem() const {
  const Key key = PrivateOf(seed_);
  return Written([&](BIO* bio) {
    return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

Ed25519PublicKey Ed25519PrivateKey::PublicKey() const {
  const Key key = PrivateOf(seed_);
  std::array<std::byte, kEd25519KeyBytes> raw;
  std::size_t size = raw.size();
  REPRISE_ASSERT(EVP_PKEY_get_raw_public_key(
                     key.get(), reinterpret_cast<unsigned char*>(raw.data()), &size) == 1);
  return *Ed25519PublicKey::FromRaw(raw);
}

std::string Ed25519PrivateKey::Sign(ByteSpan message) const {
  const Key key = PrivateOf(seed_);
  const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  REPRISE_ASSERT(context != nullptr &&
                 EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                 EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                                &size, Data(message), message.size()) == 1);
  return signature;
}

}  // namespace reprise::crypto
