#include "storage/crypto/hmac.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <string>

#include "storage/base/assert.h"

namespace reprise::crypto {
namespace {

// Fetched once, as the digest in sha256.cc.
EVP_MAC* Algorithm() {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  REPRISE_ASSERT(algorithm != nullptr);
  return algorithm;
}

}  // namespace

struct HmacSha256Stream::Context {
  EVP_MAC_CTX* mac = EVP_MAC_CTX_new(Algorithm());

  explicit Context(ByteSpan key) {
    char digest[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
    // Without bytes OpenSSL would take the key of before, and there is none: zeros that lengthen a
    // key are no part of it (FIPS 198-1, step 3).
    const unsigned char zero = 0;
    const auto* const bytes =
        key.empty() ? &zero : reinterpret_cast<const unsigned char*>(key.data());
    REPRISE_ASSERT(mac != nullptr &&
                   EVP_MAC_init(mac, bytes, std::max<std::size_t>(key.size(), 1), params) == 1);
  }
  ~Context() { EVP_MAC_CTX_free(mac); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void Restart() { REPRISE_ASSERT(EVP_MAC_init(mac, nullptr, 0, nullptr) == 1); }
};

HmacSha256Stream::HmacSha256Stream(ByteSpan key) : context_(std::make_unique<Context>(key)) {}
HmacSha256Stream::~HmacSha256Stream() = default;
HmacSha256Stream::HmacSha256Stream(HmacSha256Stream&&) noexcept = default;
HmacSha256Stream& HmacSha256Stream::operator=(HmacSha256Stream&&) noexcept = default;

void HmacSha256Stream::Update(ByteSpan part) {
  REPRISE_ASSERT(EVP_MAC_update(context_->mac, reinterpret_cast<const unsigned char*>(part.data()),
                                part.size()) == 1);
}

Hmac HmacSha256Stream::Finish() {
  Hmac hmac;
  std::size_t size = 0;
  REPRISE_ASSERT(EVP_MAC_final(context_->mac, reinterpret_cast<unsigned char*>(hmac.data()), &size,
                               hmac.size()) == 1 &&
                 size == hmac.size());
  context_->Restart();
  return hmac;
}

Hmac HmacSha256(ByteSpan key, ByteSpan content) {
  HmacSha256Stream stream(key);
  stream.Update(content);
  return stream.Finish();
}

Result<HmacKey> HmacKey::Generate() {
  HmacKey key;
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(key.bytes_.data()),
                      static_cast<int>(key.bytes_.size())) != 1) {
    return Error{ErrorCode::kUnsupported, "cannot make a key: the system gives no random numbers"};
  }
  return key;
}

Result<HmacKey> HmacKey::FromBytes(ByteSpan bytes) {
  if (bytes.size() != kHmacKeyBytes) {
    return Error{ErrorCode::kInvalidArgument,
                 "a key for keyed digests has 32 bytes, not " + std::to_string(bytes.size())};
  }
  HmacKey key;
  std::ranges::copy(bytes, key.bytes_.begin());
  return key;
}

HmacKey::~HmacKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

}  // namespace reprise::crypto
