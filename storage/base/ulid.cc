#include "storage/base/ulid.h"

#include <sys/random.h>

#include <algorithm>
#include <mutex>

#include "storage/base/clock.h"

namespace reprise {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

int ValueOf(char c) {
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'I' || c == 'L') c = '1';
  if (c == 'O') c = '0';
  const std::size_t position = kAlphabet.find(c);
  return position == std::string_view::npos ? -1 : static_cast<int>(position);
}

void FillRandom(MutableByteSpan bytes) {
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
}

}  // namespace

Ulid Ulid::FromParts(std::uint64_t unix_ms, ByteSpan random_10_bytes) {
  REPRISE_ASSERT(random_10_bytes.size() == 10);
  Ulid ulid;
  for (std::size_t i = 0; i < 6; ++i) {
    ulid.bytes_[i] = static_cast<std::byte>(unix_ms >> (8 * (5 - i)));
  }
  std::ranges::copy(random_10_bytes, ulid.bytes_.begin() + 6);
  return ulid;
}

Ulid Ulid::Generate() {
  static std::mutex mutex;
  static Ulid last;
  std::array<std::byte, 10> random;
  FillRandom(random);
  const std::lock_guard lock(mutex);
  Ulid next = FromParts(static_cast<std::uint64_t>(NowUnixMs()), random);
  if (next <= last) {  // The same millisecond, or the clock stepped back: count up.
    next = last;
    for (std::size_t i = kSizeBytes; i-- > 0;) {
      next.bytes_[i] = static_cast<std::byte>(std::to_integer<unsigned>(next.bytes_[i]) + 1);
      if (next.bytes_[i] != std::byte{0}) break;
    }
  }
  last = next;
  return next;
}

Result<Ulid> Ulid::Parse(std::string_view text) {
  const Error malformed{ErrorCode::kInvalidArgument,
                        "'" + Printable(text) + "' is not an identifier of 26 characters"};
  if (text.size() != kTextSize || ValueOf(text[0]) > 7) return malformed;
  Ulid ulid;
  unsigned __int128 bits = 0;
  for (const char c : text) {
    const int value = ValueOf(c);
    if (value < 0) return malformed;
    bits = bits << 5 | static_cast<unsigned>(value);
  }
  for (std::size_t i = kSizeBytes; i-- > 0; bits >>= 8) {
    ulid.bytes_[i] = static_cast<std::byte>(static_cast<unsigned char>(bits));
  }
  return ulid;
}

Ulid Ulid::FromBytes(ByteSpan bytes) {
  REPRISE_ASSERT(bytes.size() == kSizeBytes);
  Ulid ulid;
  std::ranges::copy(bytes, ulid.bytes_.begin());
  return ulid;
}

std::string Ulid::ToString() const {
  unsigned __int128 bits = 0;
  for (const std::byte b : bytes_) bits = bits << 8 | std::to_integer<unsigned>(b);
  std::string text(kTextSize, '0');
  for (std::size_t i = kTextSize; i-- > 0; bits >>= 5) {
    text[i] = kAlphabet[static_cast<std::size_t>(bits & 31)];
  }
  return text;
}

std::uint64_t Ulid::unix_ms() const {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 6; ++i)
    value = value << 8 | std::to_integer<std::uint64_t>(bytes_[i]);
  return value;
}

Result<std::string> CanonicalUlidPrefix(std::string_view text) {
  std::string canonical;
  for (const char c : text) {
    const int value = ValueOf(c);
    if (value < 0) {
      return Error{ErrorCode::kInvalidArgument,
                   "'" + Printable(text) + "' cannot be part of an identifier"};
    }
    canonical += kAlphabet[static_cast<std::size_t>(value)];
  }
  return canonical;
}

}  // namespace reprise
