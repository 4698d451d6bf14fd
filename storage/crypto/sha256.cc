#include "storage/crypto/sha256.h"

#include <openssl/evp.h>

#include <array>

#include "storage/base/assert.h"

namespace reprise::crypto {
namespace {

// Fetched once: an implicit fetch at every call costs more than hashing a small document.
const EVP_MD* Algorithm() {
  static EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  REPRISE_ASSERT(algorithm != nullptr);
  return algorithm;
}

}  // namespace

struct Sha256Stream::Context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  Context() { REPRISE_ASSERT(md != nullptr); }
  ~Context() { EVP_MD_CTX_free(md); }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void Start() { REPRISE_ASSERT(EVP_DigestInit_ex2(md, Algorithm(), nullptr) == 1); }
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) { context_->Start(); }
Sha256Stream::~Sha256Stream() = default;
Sha256Stream::Sha256Stream(Sha256Stream&&) noexcept = default;
Sha256Stream& Sha256Stream::operator=(Sha256Stream&&) noexcept = default;

void Sha256Stream::Update(ByteSpan part) {
  REPRISE_ASSERT(EVP_DigestUpdate(context_->md, part.data(), part.size()) == 1);
}

Digest Sha256Stream::Finish() {
  std::array<std::byte, Digest::kSizeBytes> checksum;
  REPRISE_ASSERT(EVP_DigestFinal_ex(context_->md, reinterpret_cast<unsigned char*>(checksum.data()),
                                    nullptr) == 1);
  context_->Start();
  return Digest::FromSha256(checksum);
}

Digest Sha256(ByteSpan content) {
  thread_local Sha256Stream stream;
  stream.Update(content);
  return stream.Finish();
}

}  // namespace reprise::crypto
