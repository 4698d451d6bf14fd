// A recursive-descent parser of I-JSON (RFC 8259 with the limits of RFC 7493).

#include <algorithm>
#include <charconv>
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
    position_ = Utf8PrefixBytes(text_);
    if (position_ != text_.size()) return Fail("the text is not UTF-8");
    position_ = 0;
    REPRISE_ASSIGN_OR_RETURN(Json value, ParseValue(0));
    SkipSpace();
    if (position_ != text_.size()) return Fail("there is more after the value");
    return value;
  }

 private:
  Error Fail(std::string_view what) const {
    return {ErrorCode::kInvalidArgument,
            "not JSON: " + std::string(what) + " at byte " + std::to_string(position_)};
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

  Result<Json> ParseValue(int depth) {
    SkipSpace();
    if (position_ == text_.size()) return Fail("a value is missing");
    if (depth == kDepthMax && (text_[position_] == '{' || text_[position_] == '[')) {
      return Fail("the value is nested too deeply");
    }
    switch (text_[position_]) {
      case '{':
        return ParseObject(depth);
      case '[':
        return ParseArray(depth);
      case '"': {
        REPRISE_ASSIGN_OR_RETURN(std::string text, ParseString());
        return Json(std::move(text));
      }
      case 't':
        if (TakeWord("true")) return Json(true);
        break;
      case 'f':
        if (TakeWord("false")) return Json(false);
        break;
      case 'n':
        if (TakeWord("null")) return Json();
        break;
      default:
        return ParseNumber();
    }
    return Fail("an unknown word");
  }

  Result<Json> ParseArray(int depth) {
    ++position_;
    Json::Array array;
    SkipSpace();
    if (Take(']')) return Json(std::move(array));
    for (;;) {
      REPRISE_ASSIGN_OR_RETURN(Json value, ParseValue(depth + 1));
      array.push_back(std::move(value));
      SkipSpace();
      if (Take(']')) return Json(std::move(array));
      if (!Take(',')) return Fail("',' or ']' is missing");
    }
  }

  Result<Json> ParseObject(int depth) {
    ++position_;
    Json::Object object;
    std::unordered_set<std::string> names;
    SkipSpace();
    if (Take('}')) return Json(std::move(object));
    for (;;) {
      SkipSpace();
      if (position_ == text_.size() || text_[position_] != '"') return Fail("a name is missing");
      REPRISE_ASSIGN_OR_RETURN(std::string name, ParseString());
      if (IsRepeated(object, names, name)) return Fail("a name is repeated");
      SkipSpace();
      if (!Take(':')) return Fail("':' is missing");
      REPRISE_ASSIGN_OR_RETURN(Json value, ParseValue(depth + 1));
      object.emplace_back(std::move(name), std::move(value));
      SkipSpace();
      if (Take('}')) return Json(std::move(object));
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

  Result<Json> ParseNumber() {
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
    return Json(number);
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

  Result<std::string> ParseString() {
    ++position_;
    std::string out;
    for (;;) {
      const std::size_t plain = position_;
      while (position_ < text_.size() && text_[position_] != '"' && text_[position_] != '\\' &&
             static_cast<unsigned char>(text_[position_]) >= 0x20) {
        ++position_;
      }
      out += text_.substr(plain, position_ - plain);
      if (position_ == text_.size()) return Fail("a string does not end");
      if (Take('"')) return out;
      if (!Take('\\')) return Fail("a control character must be escaped");
      REPRISE_TRY(ParseEscape(out));
    }
  }

  Result<void> ParseEscape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (position_ == text_.size()) return Fail("a string does not end");
    const char c = text_[position_++];
    if (const std::size_t index = kNames.find(c); index != std::string_view::npos) {
      out += kMeanings[index];
      return {};
    }
    if (c != 'u') return Fail("an unknown escape");
    REPRISE_ASSIGN_OR_RETURN(std::uint32_t code, ParseHex4());
    if (code >= 0xDC00 && code <= 0xDFFF) return Fail("a lone surrogate");
    if (code >= 0xD800 && code <= 0xDBFF) {
      if (!TakeWord("\\u")) return Fail("a lone surrogate");
      REPRISE_ASSIGN_OR_RETURN(const std::uint32_t low, ParseHex4());
      if (low < 0xDC00 || low > 0xDFFF) return Fail("a lone surrogate");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    AppendUtf8(out, code);
    return {};
  }

  Result<std::uint32_t> ParseHex4() {
    std::uint32_t code = 0;
    if (text_.size() - position_ < 4) return Fail("four hexadecimal digits are missing");
    const char* const begin = text_.data() + position_;
    const auto [end, error] = std::from_chars(begin, begin + 4, code, 16);
    if (error != std::errc() || end != begin + 4)
      return Fail("four hexadecimal digits are missing");
    position_ += 4;
    return code;
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
};

}  // namespace

Result<Json> ParseJson(std::string_view text) { return Parser(text).ParseText(); }

}  // namespace reprise
