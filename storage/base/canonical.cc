#include "storage/base/canonical.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "storage/base/bytes.h"

namespace reprise {
namespace {

// Orders UTF-8 strings by their UTF-16 code units (RFC 8785 §3.2.3).  That is the order of bytes
// except that code points beyond the basic plane (lead bytes F0 and above), which UTF-16 writes
// with surrogates D800 to DFFF, come before U+E000 to U+FFFF (lead bytes EE and EF).
bool Utf16Before(std::string_view a, std::string_view b) {
  const auto [x, y] = std::ranges::mismatch(a, b);
  if (y == b.end()) return false;
  if (x == a.end()) return true;
  const auto p = static_cast<unsigned char>(*x);
  const auto q = static_cast<unsigned char>(*y);
  const auto rank = [](unsigned byte) { return byte >= 0xF0 ? 0xED00 + byte : byte << 8; };
  return rank(p) < rank(q);
}

bool IsPlain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

// Of eight bytes, the highest bits of those that are less than `limit`, at most 128.  The first
// that is marked is right; beyond it, borrowing may mark too much (Hacker's Delight, 6-1).
constexpr std::uint64_t BytesBelow(std::uint64_t bytes, std::uint64_t limit) {
  return (bytes - 0x0101010101010101 * limit) & ~bytes & 0x8080808080808080;
}

// Whether `text` is ASCII that stands in a JSON string as it is, as nearly all is.
bool IsPlainAscii(std::string_view text) {
  std::size_t position = 0;
  for (; text.size() - position >= 8; position += 8) {
    const auto bytes = LoadLe<std::uint64_t>(AsBytes(text), position);
    const std::uint64_t quotes = BytesBelow(bytes ^ 0x0101010101010101 * '"', 1);
    const std::uint64_t escapes = BytesBelow(bytes ^ 0x0101010101010101 * '\\', 1);
    const std::uint64_t not_ascii = bytes & 0x8080808080808080;
    if ((BytesBelow(bytes, 0x20) | quotes | escapes | not_ascii) != 0) return false;
  }
  return std::ranges::all_of(text.substr(position),
                             [](char c) { return IsPlain(c) && static_cast<signed char>(c) >= 0; });
}

// One append instead of three for most strings.
void AppendQuoted(std::string& out, std::string_view plain) {
  std::array<char, 128> quoted;
  if (plain.size() + 2 > quoted.size()) {
    out.append(1, '"').append(plain).append(1, '"');
    return;
  }
  quoted[0] = '"';
  std::ranges::copy(plain, quoted.begin() + 1);
  quoted[plain.size() + 1] = '"';
  out.append(quoted.data(), plain.size() + 2);
}

Result<void> Write(const Json& value, std::string& out);

Result<void> WriteString(std::string_view text, std::string& out) {
  if (IsPlainAscii(text)) {
    AppendQuoted(out, text);
    return {};
  }
  if (!IsUtf8(text)) {
    return Error{ErrorCode::kInvalidArgument, "the string '" + Printable(text) + "' is not UTF-8"};
  }
  AppendCanonicalString(out, text);
  return {};
}

Result<void> WriteObject(const Json::Object& object, std::string& out) {
  std::vector<const Json::Member*> members;
  members.reserve(object.size());
  for (const Json::Member& member : object) members.push_back(&member);
  std::ranges::sort(members, Utf16Before,
                    [](const Json::Member* member) -> std::string_view { return member->first; });
  out += '{';
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i > 0) {
      if (members[i]->first == members[i - 1]->first) {
        return Error{ErrorCode::kInvalidArgument,
                     "the name '" + Printable(members[i]->first) + "' occurs twice in an object"};
      }
      out += ',';
    }
    REPRISE_TRY(WriteString(members[i]->first, out));
    out += ':';
    REPRISE_TRY(Write(members[i]->second, out));
  }
  out += '}';
  return {};
}

Result<void> Write(const Json& value, std::string& out) {
  if (value.is_null()) {
    out += "null";
  } else if (value.is_bool()) {
    out += value.as_bool() ? "true" : "false";
  } else if (value.is_number()) {
    if (!std::isfinite(value.as_number())) {
      return Error{ErrorCode::kInvalidArgument, "NaN and infinities have no canonical JSON form"};
    }
    AppendCanonicalNumber(out, value.as_number());
  } else if (value.is_string()) {
    return WriteString(value.as_string(), out);
  } else if (value.is_array()) {
    out += '[';
    for (std::size_t i = 0; i < value.as_array().size(); ++i) {
      if (i > 0) out += ',';
      REPRISE_TRY(Write(value.as_array()[i], out));
    }
    out += ']';
  } else {
    return WriteObject(value.as_object(), out);
  }
  return {};
}

}  // namespace

Result<std::string> Canonicalize(const Json& value) {
  std::string out;
  REPRISE_TRY(Write(value, out));
  return out;
}

// ECMA-262 Number::toString from the shortest digits that read back to the same double, which
// std::to_chars gives.
void AppendCanonicalNumber(std::string& out, double number) {
  if (number == 0) {
    out += '0';  // Also for negative zero.
    return;
  }
  constexpr double kExactIntegerMax = 9007199254740992;  // 2^53: below, every digit is needed.
  if (std::abs(number) < kExactIntegerMax && number == std::trunc(number)) {
    char digits[24];
    const auto written =
        std::to_chars(digits, digits + sizeof digits, static_cast<std::int64_t>(number));
    out.append(digits, written.ptr);
    return;
  }
  char buffer[32];
  const auto [end, error] =
      std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific);
  REPRISE_ASSERT(error == std::errc());
  std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  if (text.starts_with('-')) {
    out += '-';
    text.remove_prefix(1);
  }
  const std::size_t e = text.find('e');
  int exponent = 0;
  std::string_view exponent_text = text.substr(e + 1);
  if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  std::string digits(text.substr(0, 1));
  if (e > 2) digits += text.substr(2, e - 2);
  const int count = static_cast<int>(digits.size());
  const int point = exponent + 1;  // Position of the decimal point after the first digit.
  if (count <= point && point <= 21) {
    out += digits;
    out.append(static_cast<std::size_t>(point - count), '0');
  } else if (0 < point && point <= 21) {
    out.append(digits, 0, static_cast<std::size_t>(point));
    out += '.';
    out.append(digits, static_cast<std::size_t>(point));
  } else if (-6 < point && point <= 0) {
    out += "0.";
    out.append(static_cast<std::size_t>(-point), '0');
    out += digits;
  } else {
    out += digits[0];
    if (count > 1) out.append(".").append(digits, 1);
    out += 'e';
    out += point - 1 < 0 ? '-' : '+';
    out += std::to_string(std::abs(point - 1));
  }
}

void AppendCanonicalString(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kSpecial = "\"\\\b\f\n\r\t";
  constexpr std::string_view kNames = "\"\\bfnrt";
  if (IsPlainAscii(text)) return AppendQuoted(out, text);
  out += '"';
  while (!text.empty()) {
    const auto end = std::ranges::find_if_not(text, IsPlain);
    const auto plain = static_cast<std::size_t>(end - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto byte = static_cast<unsigned char>(text[0]);
    out += '\\';
    if (const std::size_t index = kSpecial.find(text[0]); index != std::string_view::npos) {
      out += kNames[index];
    } else {
      out += "u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
    text.remove_prefix(1);
  }
  out += '"';
}

}  // namespace reprise
