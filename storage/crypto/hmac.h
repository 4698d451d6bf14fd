// HMAC-SHA-256 (FIPS 198-1) of content, through OpenSSL's EVP_MAC interface.
//
// A keyed digest says to whoever has the key whether content is the same again, and to nobody else
// anything: without the key a guess at the content cannot be tried.
//
// Errors: none but those of HmacKey; OpenSSL fails only when it cannot allocate, which ends the
// process as any failed allocation does.

#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/result.h"

namespace reprise::crypto {

inline constexpr std::size_t kHmacSizeBytes = 32;
inline constexpr std::size_t kHmacKeyBytes = 32;

using Hmac = std::array<std::byte, kHmacSizeBytes>;

// The HMAC of `content`; a key of any length will do.  Thread-safety: any thread.
Hmac HmacSha256(ByteSpan key, ByteSpan content);

// The HMAC of content that arrives in parts.
// Thread-safety: one thread at a time for each object.
class HmacSha256Stream {
 public:
  explicit HmacSha256Stream(ByteSpan key);
  ~HmacSha256Stream();
  HmacSha256Stream(HmacSha256Stream&&) noexcept;
  HmacSha256Stream& operator=(HmacSha256Stream&&) noexcept;

  void Update(ByteSpan part);

  // The HMAC of everything given so far; the stream then starts anew, with the same key.
  Hmac Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// A key as long as the digest, as FIPS 198-1 recommends; its bytes are wiped when the object ends.
// Thread-safety: a value.
class HmacKey {
 public:
  // A new key from the system's random numbers.
  // Errors: kUnsupported  the system has none to give.
  static Result<HmacKey> Generate();
  // Errors: kInvalidArgument  not kHmacKeyBytes bytes.
  static Result<HmacKey> FromBytes(ByteSpan bytes);

  HmacKey(const HmacKey&) = default;
  HmacKey& operator=(const HmacKey&) = default;
  ~HmacKey();

  ByteSpan bytes() const { return bytes_; }

 private:
  HmacKey() = default;
  std::array<std::byte, kHmacKeyBytes> bytes_{};
};

}  // namespace reprise::crypto
