#include "storage/base/canonical.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>
#include <utility>

#include "storage/base/bytes.h"
#include "storage/base/canonical_writer.h"
#include "storage/base/text_value.h"

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

}  // namespace

Result<std::string> Canonicalize(const Json& value) {
  CanonicalWriter writer;
  writer.Value(value);
  return writer.Finish();
}

void CanonicalWriter::BeginValue() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

void CanonicalWriter::AppendPlain(std::string_view text) {
  BeginValue();
  out_ += text;
}

void CanonicalWriter::BeginObject() {
  AppendPlain("{");
  needs_comma_ = false;
  last_names_.emplace_back();
}

void CanonicalWriter::EndObject() {
  out_ += '}';
  needs_comma_ = true;
  last_names_.pop_back();
}

void CanonicalWriter::BeginArray() {
  AppendPlain("[");
  needs_comma_ = false;
}

void CanonicalWriter::EndArray() {
  out_ += ']';
  needs_comma_ = true;
}

CanonicalWriter& CanonicalWriter::Name(std::string_view name) {
  REPRISE_ASSERT(last_names_.back() < name && IsPlainAscii(name));
  last_names_.back() = name;
  BeginValue();
  AppendQuoted(out_, name);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

void CanonicalWriter::Number(double number) {
  BeginValue();
  AppendCanonicalNumber(out_, number);
}

void CanonicalWriter::Text(std::string_view text) {
  BeginValue();
  if (auto written = WriteText(text); !written.ok() && !failure_.has_value()) {
    failure_ = written.error();
  }
}

void CanonicalWriter::Bytes(std::string_view bytes) {
  if (IsPlainAscii(bytes)) {
    BeginValue();
    AppendQuoted(out_, bytes);
  } else {
    Value(BytesToJson(bytes));
  }
}

void CanonicalWriter::DigestText(const Digest& digest) {
  BeginValue();
  AppendQuoted(out_, digest.ToString());
}

void CanonicalWriter::Value(const Json& value) {
  BeginValue();
  if (auto written = Write(value); !written.ok() && !failure_.has_value()) {
    failure_ = written.error();
  }
}

Result<std::string> CanonicalWriter::Finish() {
  if (failure_.has_value()) return *failure_;
  return std::move(out_);
}

Result<void> CanonicalWriter::WriteText(std::string_view text) {
  if (IsPlainAscii(text)) {
    AppendQuoted(out_, text);
    return {};
  }
  if (!IsUtf8(text)) {
    return Error{ErrorCode::kInvalidArgument, "the string '" + Printable(text) + "' is not UTF-8"};
  }
  AppendCanonicalString(out_, text);
  return {};
}

Result<void> CanonicalWriter::Write(const Json& value) {
  if (value.is_null()) {
    out_ += "null";
  } else if (value.is_bool()) {
    out_ += value.as_bool() ? "true" : "false";
  } else if (value.is_number()) {
    if (!std::isfinite(value.as_number())) {
      return Error{ErrorCode::kInvalidArgument, "NaN and infinities have no canonical JSON form"};
    }
    AppendCanonicalNumber(out_, value.as_number());
  } else if (value.is_string()) {
    return WriteText(value.as_string());
  } else if (value.is_array()) {
    out_ += '[';
    for (std::size_t i = 0; i < value.as_array().size(); ++i) {
      if (i > 0) out_ += ',';
      REPRISE_TRY(Write(value.as_array()[i]));
    }
    out_ += ']';
  } else {
    return WriteObject(value.as_object());
  }
  return {};
}

Result<void> CanonicalWriter::WriteObject(const Json::Object& object) {
  const std::size_t begin = members_.size();
  for (const Json::Member& member : object) members_.push_back(&member);
  std::ranges::sort(std::span(members_).subspan(begin), Utf16Before,
                    [](const Json::Member* member) -> std::string_view { return member->first; });
  out_ += '{';
  for (std::size_t i = begin; i < begin + object.size(); ++i) {
    const auto& [name, value] = *members_[i];
    if (i > begin) {
      if (name == members_[i - 1]->first) {
        return Error{ErrorCode::kInvalidArgument,
                     "the name '" + Printable(name) + "' occurs twice in an object"};
      }
      out_ += ',';
    }
    REPRISE_TRY(WriteText(name));
    out_ += ':';
    REPRISE_TRY(Write(value));
  }
  members_.resize(begin);
  out_ += '}';
  return {};
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
