#include "storage/base/bytes.h"

#include <array>

namespace reprise {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Length in bytes of the well-formed UTF-8 sequence at the start of `text`, 0 if there is none
// (Unicode Standard, table 3-7).
std::size_t Utf8SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto in = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  if (text.empty()) return 0;
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return in(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;
    return in(1, low, high) && in(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;
    return in(1, low, high) && in(2, 0x80, 0xBF) && in(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

// Whether the UTF-8 sequence turns the direction of text or ends a line, with which a name can show
// as another: U+061C, U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069.
bool MovesText(std::string_view sequence) {
  if (sequence == "\u061C" || sequence == "\u200E" || sequence == "\u200F") return true;
  return (sequence >= "\u2028" && sequence <= "\u202E") ||
         (sequence >= "\u2066" && sequence <= "\u2069");
}

}  // namespace

std::string ToHex(ByteSpan bytes) {
  std::string hex(bytes.size() * 2, '\0');
  char* out = hex.data();
  for (const std::byte b : bytes) {
    *out++ = kHexDigits[std::to_integer<unsigned>(b) >> 4];
    *out++ = kHexDigits[std::to_integer<unsigned>(b) & 15];
  }
  return hex;
}

Result<std::string> FromHex(std::string_view hex) {
  if (hex.size() % 2 != 0) {
    return Error{ErrorCode::kInvalidArgument, "a hexadecimal string has an odd length"};
  }
  std::string bytes;
  bytes.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const int high = HexValue(hex[i]);
    const int low = HexValue(hex[i + 1]);
    if (high < 0 || low < 0) {
      return Error{ErrorCode::kInvalidArgument, "'" + Printable(hex) + "' is not hexadecimal"};
    }
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string ToBase64(ByteSpan bytes) {
  std::string base64;
  base64.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      base64 += k <= count ? kBase64Digits[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return base64;
}

Result<std::string> FromBase64(std::string_view base64) {
  const Error malformed{ErrorCode::kInvalidArgument, "a base64 string is malformed"};
  if (base64.size() % 4 != 0) return malformed;
  std::string bytes;
  bytes.reserve(base64.size() / 4 * 3);
  for (std::size_t i = 0; i < base64.size(); i += 4) {
    std::uint32_t group = 0;
    std::size_t digits = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const char c = base64[i + k];
      const std::size_t value = kBase64Digits.find(c);
      if (value != std::string_view::npos && digits == k) {
        group |= static_cast<std::uint32_t>(value) << (18 - 6 * k);
        ++digits;
      } else if (c != '=' || k < 2 || i + 4 != base64.size()) {
        return malformed;
      }
    }
    const std::size_t count = digits - 1;
    if ((group & ((1U << (8 * (3 - count))) - 1)) != 0) return malformed;
    for (std::size_t k = 0; k < count; ++k) {
      bytes += static_cast<char>(group >> (16 - 8 * k) & 255);
    }
  }
  return bytes;
}

bool IsUtf8(std::string_view text) { return Utf8PrefixBytes(text) == text.size(); }

std::size_t Utf8PrefixBytes(std::string_view text) {
  std::size_t position = 0;
  while (position < text.size()) {
    if (text.size() - position >= 8) {  // Most text is ASCII; eight bytes of it at once.
      constexpr std::uint64_t kHighBits = 0x8080808080808080;
      if ((LoadLe<std::uint64_t>(AsBytes(text), position) & kHighBits) == 0) {
        position += 8;
        continue;
      }
    }
    const std::size_t length = Utf8SequenceLength(text.substr(position));
    if (length == 0) break;
    position += length;
  }
  return position;
}

std::string Printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = Utf8SequenceLength(text);
    const auto lead = static_cast<unsigned char>(text[0]);
    // Above ASCII there are more controls, U+0080 to U+009F, which terminals obey too.
    const bool is_control =
        lead < 0x20 || lead == 0x7F ||
        (lead == 0xC2 && length == 2 && static_cast<unsigned char>(text[1]) < 0xA0);
    if (length == 0 || is_control || MovesText(text.substr(0, length))) {
      out += "\\x";
      out += kHexDigits[lead >> 4];
      out += kHexDigits[lead & 15];
      text.remove_prefix(1);
    } else {
      if (lead == '\\') out += '\\';
      out += text.substr(0, length);
      text.remove_prefix(length);
    }
  }
  return out;
}

}  // namespace reprise
