// Time-ordered unique identifiers: 48 bits of milliseconds, 80 random bits.
//
// Text form: 26 characters of Crockford's base 32, upper case, which sort as the times do
// (github.com/ulid/spec).  Names of runs, packs and stores.

#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/bytes.h"
#include "storage/base/result.h"

namespace reprise {

class Ulid {
 public:
  static constexpr std::size_t kSizeBytes = 16;
  static constexpr std::size_t kTextSize = 26;

  Ulid() = default;

  // A new identifier, later than every one that this process made before, and different from those
  // of every other process with overwhelming probability.  Thread-safety: any thread.
  static Ulid Generate();

  // For tests and golden bytes: exactly these bits.
  static Ulid FromParts(std::uint64_t unix_ms, ByteSpan random_10_bytes);

  // The inverse of ToString(); lower case and Crockford's I, L (1) and O (0) are accepted.
  // Errors: kInvalidArgument  not 26 characters of that alphabet, or beyond 128 bits.
  static Result<Ulid> Parse(std::string_view text);

  // `bytes` must hold kSizeBytes bytes, most significant first.
  static Ulid FromBytes(ByteSpan bytes);

  ByteSpan bytes() const { return bytes_; }
  std::string ToString() const;
  std::uint64_t unix_ms() const;

  friend bool operator==(const Ulid&, const Ulid&) = default;
  friend auto operator<=>(const Ulid&, const Ulid&) = default;

 private:
  std::array<std::byte, kSizeBytes> bytes_{};
};

// `text` in the canonical alphabet (upper case, I and L as 1, O as 0), or nothing if a character
// does not belong to it; used to match unique prefixes of identifiers.
Result<std::string> CanonicalUlidPrefix(std::string_view text);

}  // namespace reprise
