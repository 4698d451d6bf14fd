#include "lineage/query/value.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>

#include "storage/base/canonical.h"
#include "storage/base/clock.h"

namespace reprise::lineage::query {
namespace {

// Of FormatTime(): the years 0000 to 9999.
constexpr std::int64_t kTimeMin = -62'167'219'200'000;
constexpr std::int64_t kTimeMax = 253'402'300'799'999;

std::size_t CharacterBytes(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) ++size;
  return size;
}

}  // namespace

bool operator==(const Value& left, const Value& right) {
  if (left.text != right.text || left.number.has_value() != right.number.has_value()) return false;
  if (!left.number.has_value()) return true;
  return *left.number == *right.number || (std::isnan(*left.number) && std::isnan(*right.number));
}

Value Value::OfText(std::string text) {
  const auto number = NumberIn(text);
  return {std::move(text), number};
}

Value Value::OfNumber(double number) {
  Value value{"", number};
  if (std::isfinite(number)) {
    AppendCanonicalNumber(value.text, number);
  } else {
    value.text = std::isnan(number) ? "NaN" : number > 0 ? "Infinity" : "-Infinity";
  }
  return value;
}

Value Value::OfTime(std::int64_t unix_ms) {
  return {FormatTime(unix_ms), static_cast<double>(unix_ms)};
}

std::optional<double> NumberIn(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<double> SecondsIn(std::string_view text) {
  constexpr std::size_t kDigitsMax = 9;  // Centuries, and no overflow.
  constexpr std::pair<std::string_view, double> kUnits[] = {
      {"w", 604'800}, {"d", 86'400}, {"h", 3600}, {"m", 60}, {"s", 1}, {"ms", 0.001}};
  double seconds = 0;
  std::size_t unit = 0;  // Those from here on may follow.
  do {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > kDigitsMax) return std::nullopt;
    std::uint32_t count = 0;
    std::from_chars(text.data(), text.data() + digits, count);
    text.remove_prefix(digits);
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    while (unit < std::size(kUnits) && kUnits[unit].first != name) ++unit;
    if (unit == std::size(kUnits)) return std::nullopt;
    // A quotient is nearer to what was written than a product with 0.001.
    seconds += name == "ms" ? count / 1000.0 : count * kUnits[unit].second;
    ++unit;
    text.remove_prefix(name.size());
  } while (!text.empty());
  return seconds;
}

std::optional<std::int64_t> RelativeTime(std::string_view text, std::int64_t now_unix_ms) {
  double seconds = 0;
  if (text != "now") {
    constexpr std::string_view kNowMinus = "now-";
    if (text.starts_with(kNowMinus)) text.remove_prefix(kNowMinus.size());
    const auto ago = SecondsIn(text);
    if (!ago.has_value()) return std::nullopt;
    seconds = *ago;
  }
  return std::clamp<std::int64_t>(now_unix_ms - std::int64_t{std::llround(seconds * 1000)},
                                  kTimeMin, kTimeMax);
}

// The usual greedy match: after a failure the last % takes one character more.  Earlier ones need
// never be tried again, so the time is at most the product of the lengths.
bool IsLike(std::string_view text, std::string_view pattern) {
  constexpr std::size_t kNone = std::string_view::npos;
  std::size_t at = 0;
  std::size_t in_pattern = 0;
  std::size_t after_percent = kNone;
  std::size_t resume_at = 0;
  while (true) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '%') {
      after_percent = ++in_pattern;
      resume_at = at;
      continue;
    }
    if (in_pattern == pattern.size() && at == text.size()) return true;
    if (in_pattern < pattern.size() && at < text.size()) {
      if (pattern[in_pattern] == '_') {
        ++in_pattern;
        at += CharacterBytes(text.substr(at));
        continue;
      }
      const bool escapes = pattern[in_pattern] == '\\' && in_pattern + 1 < pattern.size();
      if (pattern[in_pattern + (escapes ? 1 : 0)] == text[at]) {
        in_pattern += escapes ? 2 : 1;
        ++at;
        continue;
      }
    }
    if (after_percent == kNone || resume_at == text.size()) return false;
    resume_at += CharacterBytes(text.substr(resume_at));
    at = resume_at;
    in_pattern = after_percent;
  }
}

std::string LiteralPrefix(std::string_view pattern) {
  std::string prefix;
  for (std::size_t i = 0; i < pattern.size() && pattern[i] != '%' && pattern[i] != '_'; ++i) {
    if (pattern[i] == '\\' && i + 1 < pattern.size()) ++i;
    prefix += pattern[i];
  }
  return prefix;
}

}  // namespace reprise::lineage::query
