#include "lineage/compare/wording.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "storage/base/bytes.h"
#include "storage/base/clock.h"

namespace reprise::lineage {
namespace {

constexpr std::size_t kQuotedBytesMax = 60;
constexpr std::size_t kContextBytes = 24;  // Of what is equal, before a difference.

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

// `text` from about `begin` on, without cutting a character of UTF-8.
std::string QuotedFrom(std::string_view text, std::size_t begin) {
  for (int i = 0; i < 3 && begin > 0 && begin < text.size() && IsContinuation(text[begin]); ++i) {
    --begin;
  }
  const bool is_cut = text.size() - begin > kQuotedBytesMax;
  std::size_t length = is_cut ? kQuotedBytesMax : text.size() - begin;
  for (int i = 0; i < 3 && is_cut && length > 0 && IsContinuation(text[begin + length]); ++i) {
    --length;
  }
  return std::string("'") + (begin > 0 ? "…" : "") + Printable(text.substr(begin, length)) +
         (is_cut ? "…" : "") + "'";
}

}  // namespace

std::string BriefNumber(double number) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", number);
  return buffer;
}

std::string BriefTime(double seconds) {
  // Within what FormatTime() has a text for.
  constexpr double kUnixMsMax = 1e15;
  const double unix_ms = std::clamp(std::round(seconds * 1000), -kUnixMsMax, kUnixMsMax);
  std::string text = FormatTime(static_cast<std::int64_t>(unix_ms));
  constexpr std::string_view kMidnight = "T00:00:00.000Z";
  constexpr std::string_view kWholeSecond = ".000Z";
  if (text.ends_with(kMidnight)) {
    text.resize(text.size() - kMidnight.size());
  } else if (text.ends_with(kWholeSecond)) {
    text.replace(text.size() - kWholeSecond.size(), kWholeSecond.size(), "Z");
  }
  return text;
}

std::string Counted(std::uint64_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::string CountOf(std::uint64_t count, std::uint64_t total, std::string_view noun) {
  return std::to_string(count) + " of " + Counted(total, noun) +
         (count == 1 ? " differs" : " differ");
}

std::string Quoted(std::string_view text) { return QuotedFrom(text, 0); }

std::pair<std::string, std::string> QuotedPair(std::string_view expected, std::string_view actual) {
  std::size_t begin = 0;
  if (std::max(expected.size(), actual.size()) > kQuotedBytesMax) {
    const auto [differing, other] =
        std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
    const auto equal = static_cast<std::size_t>(differing - expected.begin());
    if (equal > kContextBytes) begin = equal - kContextBytes;
  }
  return {QuotedFrom(expected, begin), QuotedFrom(actual, begin)};
}

std::string Shown(std::string_view text) {
  constexpr std::size_t kShownBytesMax = 200;
  if (text.size() <= kShownBytesMax) return Printable(text);
  std::size_t length = kShownBytesMax;
  for (int i = 0; i < 3 && IsContinuation(text[length]); ++i) --length;
  return Printable(text.substr(0, length)) + "…";
}

Json CountToJson(std::uint64_t count) {
  constexpr std::uint64_t kExactMax = std::uint64_t{1} << 53;
  return count <= kExactMax ? Json(count) : Json(std::to_string(count));
}

std::string ListQuoted(const std::vector<std::string>& texts) {
  std::string list;
  for (std::size_t i = 0; i < std::min(texts.size(), kListedMax); ++i) {
    list += (i > 0 ? ", " : "") + Quoted(texts[i]);
  }
  return texts.size() > kListedMax ? list + ", …" : list;
}

}  // namespace reprise::lineage
