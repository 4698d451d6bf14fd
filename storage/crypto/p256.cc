#include "storage/crypto/p256.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "storage/crypto/openssl_objects.h"
#include "storage/crypto/sha256.h"

namespace reprise::crypto {
namespace {

struct Free : FreeObject {
  using FreeObject::operator();
  void operator()(PKCS8_PRIV_KEY_INFO* info) const { PKCS8_PRIV_KEY_INFO_free(info); }
  void operator()(X509_SIG* encrypted) const { X509_SIG_free(encrypted); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

// Larger texts are no PEM of such a key; also keeps the length inside an int.
constexpr std::size_t kPemSizeBytesMax = 64 * 1024;
// Of scrypt: 16 MiB and some 50 ms for each guess, the most that OpenSSL reads without being asked.
constexpr std::uint64_t kScryptCost = 1 << 14;
constexpr std::uint64_t kScryptBlock = 8;
constexpr std::uint64_t kScryptParallel = 1;
constexpr int kSaltBytes = 16;

// OpenSSL keeps a queue of errors for each thread; ours are told otherwise.
struct ForgetsErrors {
  ~ForgetsErrors() { ERR_clear_error(); }
};

Error NoRandomNumbers() { return {ErrorCode::kUnsupported, "the system gives no random numbers"}; }

// Gives OpenSSL the pass phrase, if there is one; it would otherwise ask at the terminal.
int GivePassPhrase(char* buffer, int size, int, void* given) {
  const auto& pass_phrase = *static_cast<const std::optional<std::string>*>(given);
  if (!pass_phrase.has_value() || pass_phrase->size() > static_cast<std::size_t>(size)) return -1;
  std::memcpy(buffer, pass_phrase->data(), pass_phrase->size());
  return static_cast<int>(pass_phrase->size());
}

bool IsOnP256(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
         EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(),
                                        nullptr) == 1 &&
         std::strcmp(group.data(), "prime256v1") == 0;
}

}  // namespace

// A key may come with a compressed point; it is made anew from its coordinates.
Result<P256PublicKey> P256PublicKey::Of(const evp_pkey_st* key) {
  const ForgetsErrors scope;
  const Error wrong{ErrorCode::kInvalidArgument, "this is not a key on the curve P-256"};
  if (!IsOnP256(key)) return wrong;
  EVP_PKEY* const copy = EVP_PKEY_dup(const_cast<evp_pkey_st*>(key));
  const Owned<EVP_PKEY> owned(copy);
  if (copy == nullptr ||
      EVP_PKEY_set_utf8_string_param(copy, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                                     "uncompressed") != 1) {
    return wrong;
  }
  unsigned char* bytes = nullptr;
  const int size = i2d_PUBKEY(copy, &bytes);
  if (size <= 0) return wrong;
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return P256PublicKey(std::move(der));
}

Result<P256PublicKey> P256PublicKey::FromPem(std::string_view pem) {
  const ForgetsErrors scope;
  const Error wrong{ErrorCode::kInvalidArgument,
                    "this is not a public key on P-256 in PEM form (\"BEGIN PUBLIC KEY\")"};
  if (pem.size() > kPemSizeBytesMax) return wrong;
  const auto bio = ReaderOf(pem);
  std::optional<std::string> none;
  const Owned<EVP_PKEY> key(PEM_read_bio_PUBKEY(bio.get(), nullptr, GivePassPhrase, &none));
  if (key == nullptr) return wrong;
  auto read = Of(key.get());
  if (!read.ok()) return wrong;
  return read;
}

std::string P256PublicKey::ToPem() const {
  const ForgetsErrors scope;
  const unsigned char* bytes = Unsigned(der_.data());
  const Owned<EVP_PKEY> key(d2i_PUBKEY(nullptr, &bytes, static_cast<long>(der_.size())));
  const Owned<BIO> bio(BIO_new(BIO_s_mem()));
  REPRISE_ASSERT(key && bio && PEM_write_bio_PUBKEY(bio.get(), key.get()) == 1);
  return ContentOf(*bio);
}

Digest P256PublicKey::Fingerprint() const { return Sha256(AsBytes(der_)); }

bool P256PublicKey::Verify(ByteSpan message, ByteSpan signature) const {
  const ForgetsErrors scope;
  const unsigned char* bytes = Unsigned(der_.data());
  const Owned<EVP_PKEY> key(d2i_PUBKEY(nullptr, &bytes, static_cast<long>(der_.size())));
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  REPRISE_ASSERT(context != nullptr);
  return key != nullptr &&
         EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Unsigned(signature.data()), signature.size(),
                          Unsigned(message.data()), message.size()) == 1;
}

bool IsEncryptedPem(std::string_view pem) {
  return pem.find("ENCRYPTED") != std::string_view::npos;
}

Result<P256PrivateKey> P256PrivateKey::Of(std::shared_ptr<evp_pkey_st> key) {
  REPRISE_ASSIGN_OR_RETURN(P256PublicKey public_key, P256PublicKey::Of(key.get()));
  return P256PrivateKey(std::move(key), std::move(public_key));
}

Result<P256PrivateKey> P256PrivateKey::Generate() {
  const ForgetsErrors scope;
  std::shared_ptr<EVP_PKEY> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  if (key == nullptr) return Annotate(NoRandomNumbers(), "cannot make a key");
  return Of(std::move(key));
}

Result<P256PrivateKey> P256PrivateKey::FromPem(std::string_view pem,
                                               const std::optional<std::string>& pass_phrase) {
  const ForgetsErrors scope;
  const Error wrong{ErrorCode::kInvalidArgument,
                    "this is not a private key on P-256 in PEM form (\"BEGIN PRIVATE KEY\")"};
  if (pem.size() > kPemSizeBytesMax) return wrong;
  const bool is_encrypted = IsEncryptedPem(pem);
  if (is_encrypted && !pass_phrase.has_value()) {
    return Error{ErrorCode::kInvalidArgument, "the key is encrypted, and no pass phrase was given"};
  }
  const auto bio = ReaderOf(pem);
  std::optional<std::string> given = pass_phrase;
  std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, GivePassPhrase, &given),
                                EVP_PKEY_free);
  if (given.has_value()) OPENSSL_cleanse(given->data(), given->size());
  if (key == nullptr) {
    if (!is_encrypted) return wrong;
    return Error{ErrorCode::kInvalidArgument, "the pass phrase is wrong, or the key is damaged"};
  }
  if (!IsOnP256(key.get())) return wrong;
  return Of(std::move(key));
}

Result<std::string> P256PrivateKey::ToPem(const std::optional<std::string>& pass_phrase) const {
  const ForgetsErrors scope;
  const Owned<BIO> bio(BIO_new(BIO_s_secmem()));
  const Owned<PKCS8_PRIV_KEY_INFO> info(EVP_PKEY2PKCS8(key_.get()));
  REPRISE_ASSERT(bio && info);
  if (!pass_phrase.has_value()) {
    REPRISE_ASSERT(PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio.get(), info.get()) == 1);
    return ContentOf(*bio);
  }
  std::array<unsigned char, kSaltBytes> salt{};
  if (RAND_bytes(salt.data(), kSaltBytes) != 1) return NoRandomNumbers();
  Owned<X509_ALGOR> algorithm(PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt.data(), kSaltBytes,
                                                    nullptr, kScryptCost, kScryptBlock,
                                                    kScryptParallel));
  if (algorithm == nullptr) return NoRandomNumbers();
  const Owned<X509_SIG> encrypted(PKCS8_set0_pbe(
      pass_phrase->data(), static_cast<int>(pass_phrase->size()), info.get(), algorithm.get()));
  if (encrypted == nullptr) {
    return Error{ErrorCode::kUnsupported, "cannot encrypt a key with scrypt and AES-256"};
  }
  (void)algorithm.release();  // Part of what was encrypted.
  REPRISE_ASSERT(PEM_write_bio_PKCS8(bio.get(), encrypted.get()) == 1);
  return ContentOf(*bio);
}

Result<std::string> P256PrivateKey::Sign(ByteSpan message) const {
  const ForgetsErrors scope;
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  REPRISE_ASSERT(context != nullptr);
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, Unsigned(message.data()), message.size()) !=
          1) {
    return Annotate(NoRandomNumbers(), "cannot sign");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     Unsigned(message.data()), message.size()) != 1) {
    return Annotate(NoRandomNumbers(), "cannot sign");
  }
  signature.resize(size);
  return signature;
}

}  // namespace reprise::crypto
