// A recursive-descent parser of I-JSON (RFC 8259 with the limits of RFC 7493).
//
// Values are built where they stay, and the one error is kept aside: passing a Result through each
// level takes longer than parsing does.

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>

#include "storage/base/bytes.h"
#include "storage/base/json.h"

namespace reprise {
namespace {

constexpr int kDepthMax = 200;
// Up to here a linear look for a repeated name is faster than a hash set.
constexpr std::size_t kSmallObject = 8;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Json> ParseText() {
    Json value;
    position_ = Utf8PrefixBytes(text_);
    if (position_ != text_.size()) {
      Fail("the text is not UTF-8");
    } else {
      position_ = 0;
      if (ParseValue(0, value)) {
        SkipSpace();
        if (position_ != text_.size()) Fail("there is more after the value");
      }
    }
    if (error_.has_value()) return *std::move(error_);
    return value;
  }

 private:
  // Keeps the error and returns false, which every caller passes on.
  bool Fail(std::string_view what) {
    error_ = Error{ErrorCode::kInvalidArgument,
                   "not JSON: " + std::string(what) + " at byte " + std::to_string(position_)};
    return false;
  }

  void SkipSpace() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\t' ||
                                        text_[position_] == '\n' || text_[position_] == '\r')) {
      ++position_;
    }
  }

  bool Take(char c) {
    if (position_ == text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  bool TakeWord(std::string_view word) {
    if (text_.substr(position_, word.size()) != word) return false;
    position_ += word.size();
    return true;
  }

  bool ParseValue(int depth, Json& value) {
    SkipSpace();
    if (position_ == text_.size()) return Fail("a value is missing");
    const char first = text_[position_];
    if (depth == kDepthMax && (first == '{' || first == '[')) {
      return Fail("the value is nested too deeply");
    }
    switch (first) {
      case '{':
        value = Json(Json::Object());
        return ParseObject(depth, value.as_object());
      case '[':
        value = Json(Json::Array());
        return ParseArray(depth, value.as_array());
      case '"': {
        std::string text;
        if (!ParseString(text)) return false;
        value = Json(std::move(text));
        return true;
      }
      case 't':
        value = true;
        return TakeWord("true") || Fail("an unknown word");
      case 'f':
        value = false;
        return TakeWord("false") || Fail("an unknown word");
      case 'n':
        return TakeWord("null") || Fail("an unknown word");
      default:
        return ParseNumber(value);
    }
  }

  bool ParseArray(int depth, Json::Array& array) {
    ++position_;
    SkipSpace();
    if (Take(']')) return true;
    for (;;) {
      if (!ParseValue(depth + 1, array.emplace_back())) return false;
      SkipSpace();
      if (Take(']')) return true;
      if (!Take(',')) return Fail("',' or ']' is missing");
    }
  }

  bool ParseObject(int depth, Json::Object& object) {
    ++position_;
    std::unordered_set<std::string> names;
    SkipSpace();
    if (Take('}')) return true;
    object.reserve(4);
    for (;;) {
      SkipSpace();
      if (position_ == text_.size() || text_[position_] != '"') return Fail("a name is missing");
      std::string name;
      if (!ParseString(name)) return false;
      if (IsRepeated(object, names, name)) return Fail("a name is repeated");
      SkipSpace();
      if (!Take(':')) return Fail("':' is missing");
      Json::Member& member = object.emplace_back();
      member.first = std::move(name);
      if (!ParseValue(depth + 1, member.second)) return false;
      SkipSpace();
      if (Take('}')) return true;
      if (!Take(',')) return Fail("',' or '}' is missing");
    }
  }

  static bool IsRepeated(const Json::Object& object, std::unordered_set<std::string>& names,
                         const std::string& name) {
    if (object.size() < kSmallObject) {
      return std::ranges::find(object, name, &Json::Member::first) != object.end();
    }
    if (names.empty()) {
      for (const Json::Member& member : object) names.insert(member.first);
    }
    return !names.insert(name).second;
  }

  bool ParseNumber(Json& value) {
    const std::size_t start = position_;
    const auto digits = [&] {
      const std::size_t first = position_;
      while (position_ < text_.size() && text_[position_] >= '0' && text_[position_] <= '9') {
        ++position_;
      }
      return position_ - first;
    };
    Take('-');
    const bool leading_zero = position_ < text_.size() && text_[position_] == '0';
    const std::size_t integer_digits = digits();
    if (integer_digits == 0) return Fail("a value is missing");
    if (leading_zero && integer_digits > 1) return Fail("a number has a leading zero");
    if (Take('.') && digits() == 0) return Fail("a digit is missing");
    if (position_ < text_.size() && (text_[position_] == 'e' || text_[position_] == 'E')) {
      ++position_;
      if (!Take('+')) Take('-');
      if (digits() == 0) return Fail("a digit is missing");
    }
    double number = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + start, text_.data() + position_, number);
    if (error == std::errc::result_out_of_range) {
      // Too small becomes zero, as everywhere; too large has no double.
      if (IsHuge(text_.substr(start, position_ - start))) return Fail("a number is too large");
      number = text_[start] == '-' ? -0.0 : 0.0;
    } else if (error != std::errc() || end != text_.data() + position_) {
      return Fail("a number is malformed");
    }
    value = number;
    return true;
  }

  // Which way a number that no double holds lies outside their range.
  static bool IsHuge(std::string_view number) {
    const std::size_t e = number.find_first_of("eE");
    std::int64_t exponent = 0;
    if (e != std::string_view::npos) {
      std::string_view digits = number.substr(e + 1);
      if (digits[0] == '+') digits.remove_prefix(1);
      const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
      if (parsed.ec != std::errc()) return digits[0] != '-';
    }
    const std::string_view mantissa = number.substr(0, e);
    const auto point = static_cast<std::int64_t>(std::min(mantissa.find('.'), mantissa.size()));
    const auto first = static_cast<std::int64_t>(mantissa.find_first_of("123456789"));
    return exponent > first - point;
  }

  bool ParseString(std::string& out) {
    ++position_;
    for (;;) {
      const std::size_t plain = position_;
      while (position_ < text_.size() && text_[position_] != '"' && text_[position_] != '\\' &&
             static_cast<unsigned char>(text_[position_]) >= 0x20) {
        ++position_;
      }
      out.append(text_, plain, position_ - plain);
      if (position_ == text_.size()) return Fail("a string does not end");
      if (Take('"')) return true;
      if (!Take('\\')) return Fail("a control character must be escaped");
      if (!ParseEscape(out)) return false;
    }
  }

  bool ParseEscape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (position_ == text_.size()) return Fail("a string does not end");
    const char c = text_[position_++];
    if (const std::size_t index = kNames.find(c); index != std::string_view::npos) {
      out += kMeanings[index];
      return true;
    }
    if (c != 'u') return Fail("an unknown escape");
    std::uint32_t code = 0;
    if (!ParseHex4(code)) return false;
    if (code >= 0xDC00 && code <= 0xDFFF) return Fail("a lone surrogate");
    if (code >= 0xD800 && code <= 0xDBFF) {
      std::uint32_t low = 0;
      if (!TakeWord("\\u")) return Fail("a lone surrogate");
      if (!ParseHex4(low)) return false;
      if (low < 0xDC00 || low > 0xDFFF) return Fail("a lone surrogate");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    AppendUtf8(out, code);
    return true;
  }

  bool ParseHex4(std::uint32_t& code) {
    if (text_.size() - position_ < 4) return Fail("four hexadecimal digits are missing");
    const char* const begin = text_.data() + position_;
    const auto [end, error] = std::from_chars(begin, begin + 4, code, 16);
    if (error != std::errc() || end != begin + 4) {
      return Fail("four hexadecimal digits are missing");
    }
    position_ += 4;
    return true;
  }

  static void AppendUtf8(std::string& out, std::uint32_t code) {
    const auto continuation = [&](int shift) {
      out += static_cast<char>(0x80 | (code >> shift & 0x3F));
    };
    if (code < 0x80) {
      out += static_cast<char>(code);
    } else if (code < 0x800) {
      out += static_cast<char>(0xC0 | code >> 6);
      continuation(0);
    } else if (code < 0x10000) {
      out += static_cast<char>(0xE0 | code >> 12);
      continuation(6);
      continuation(0);
    } else {
      out += static_cast<char>(0xF0 | code >> 18);
      continuation(12);
      continuation(6);
      continuation(0);
    }
  }

  std::string_view text_;
  std::size_t position_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<Json> ParseJson(std::string_view text) { return Parser(text).ParseText(); }

}  // namespace reprise
