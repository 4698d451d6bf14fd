// The name of content: an algorithm and its checksum of the content's bytes.
//
// A file's digest is the SHA-256 of its raw bytes, which is what sha256sum prints.  This header
// only holds the value; computing one needs storage/crypto/sha256.h.
//
// Text form:   "sha256:" and 64 lower-case hexadecimal digits.
// Stored form: one algorithm byte (1 = SHA-256), then 32 bytes.

#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/result.h"

namespace reprise {

class Digest {
 public:
  static constexpr std::size_t kSizeBytes = 32;
  static constexpr std::size_t kStoredSizeBytes = 33;
  static constexpr std::byte kSha256{1};

  // All zero bytes: not the digest of any content that is known; for containers and buffers.
  Digest() = default;

  // `checksum` must hold kSizeBytes bytes.
  static Digest FromSha256(ByteSpan checksum);

  // The inverse of ToString().
  // Errors: kInvalidArgument  not "sha256:" and 64 hexadecimal digits.
  static Result<Digest> Parse(std::string_view text);

  // The inverse of ToStored().
  // Errors: kCorruption  a wrong length or an unknown algorithm byte.
  static Result<Digest> FromStored(ByteSpan stored);

  ByteSpan bytes() const { return bytes_; }
  std::string ToHex() const { return reprise::ToHex(bytes_); }
  std::string ToString() const { return "sha256:" + ToHex(); }
  std::string ToStored() const;

  friend bool operator==(const Digest&, const Digest&) = default;
  friend auto operator<=>(const Digest&, const Digest&) = default;

 private:
  std::array<std::byte, kSizeBytes> bytes_{};
};

}  // namespace reprise

template <>
struct std::hash<reprise::Digest> {
  std::size_t operator()(const reprise::Digest& digest) const noexcept {
    std::size_t value;  // The bytes are uniformly distributed already.
    std::memcpy(&value, digest.bytes().data(), sizeof value);
    return value;
  }
};
