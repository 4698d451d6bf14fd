// The values that expressions compare: text and, where it is one, a number.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace reprise::lineage::query {

struct Value {
  std::string text;
  std::optional<double> number;  // Of a time milliseconds since the Unix epoch.

  static Value OfText(std::string text);  // With the number that the whole text is, if it is one.
  static Value OfNumber(double number);   // Its text is the shortest that reads back.
  static Value OfTime(std::int64_t unix_ms);
  static Value Quoted(std::string text) { return {std::move(text), std::nullopt}; }

  // NaN equals NaN here: whether two expressions are the same, not whether a comparison holds.
  friend bool operator==(const Value& left, const Value& right);
};

// The decimal number that the whole of `text` is: "0.1", "-1e-3", "inf", "nan".
std::optional<double> NumberIn(std::string_view text);

// "90m", "1h30m" or "250ms" as seconds: whole numbers, each with w, d, h, m, s or ms, in that
// order.
std::optional<double> SecondsIn(std::string_view text);

// A time relative to `now_unix_ms`: "now", "now-7d", or "7d" for the same: that long ago.  Clamped
// to the years that have a text form.
std::optional<std::int64_t> RelativeTime(std::string_view text, std::int64_t now_unix_ms);

// Whether `text` is like `pattern`: % stands for any text, _ for any one character (code point),
// and a backslash takes the meaning from what follows.  Case-sensitive.
bool IsLike(std::string_view text, std::string_view pattern);

// What every text that is like `pattern` begins with.
std::string LiteralPrefix(std::string_view pattern);

}  // namespace reprise::lineage::query
