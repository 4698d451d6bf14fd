// Views of bytes and text, and integers in byte strings.
//
// All stored integers of Reprise are little-endian, but those in keys of the catalog, which are
// big-endian so that they sort, and those of other people's formats.  Nothing here allocates except
// the functions that return std::string.  Thread-safety: pure functions.

#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "storage/base/result.h"

namespace reprise {

using ByteSpan = std::span<const std::byte>;
using MutableByteSpan = std::span<std::byte>;

inline ByteSpan AsBytes(std::string_view text) {
  return std::as_bytes(std::span<const char>(text.data(), text.size()));
}

inline std::string_view AsText(ByteSpan bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

static_assert(std::endian::native == std::endian::little, "byte swapping is not written yet");

// Reads an integer at `position`, which must lie wholly inside `bytes`.
template <std::unsigned_integral T>
T LoadLe(ByteSpan bytes, std::size_t position = 0) {
  REPRISE_ASSERT(position <= bytes.size() && bytes.size() - position >= sizeof(T));
  T value;
  std::memcpy(&value, bytes.data() + position, sizeof(T));
  return value;
}

template <std::unsigned_integral T>
void AppendLe(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

// The same, with the most significant byte first.
template <std::unsigned_integral T>
T SwapBytes(T value) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
  return sizeof(T) == 4 ? static_cast<T>(__builtin_bswap32(static_cast<std::uint32_t>(value)))
                        : static_cast<T>(__builtin_bswap64(value));
}

template <std::unsigned_integral T>
T LoadBe(ByteSpan bytes, std::size_t position = 0) {
  return SwapBytes(LoadLe<T>(bytes, position));
}

template <std::unsigned_integral T>
void AppendBe(std::string& out, T value) {
  AppendLe(out, SwapBytes(value));
}

// Lower-case hexadecimal, two characters a byte.
std::string ToHex(ByteSpan bytes);

// The inverse of ToHex; upper case is accepted too.
// Errors: kInvalidArgument  odd length, or a character that is not hexadecimal.
Result<std::string> FromHex(std::string_view hex);

// Base64 with padding (RFC 4648 §4).
std::string ToBase64(ByteSpan bytes);

// The inverse of ToBase64; strict: padding is required and unused bits must be zero.
// Errors: kInvalidArgument  not canonical base64.
Result<std::string> FromBase64(std::string_view base64);

// Whether `text` is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool IsUtf8(std::string_view text);

// The number of bytes at the start of `text` that are well-formed UTF-8.
std::size_t Utf8PrefixBytes(std::string_view text);

// `text` with every byte that is a control character, turns the direction of text, or is not part
// of well-formed UTF-8 written as \xHH, for messages and terminals; a backslash becomes \\.
std::string Printable(std::string_view text);

}  // namespace reprise
