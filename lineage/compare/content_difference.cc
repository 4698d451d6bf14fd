// Kinds are tried from the one with the most telling answer to the one that always has one.

#include "lineage/compare/content_difference.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "lineage/compare/kinds.h"
#include "lineage/compare/wording.h"

namespace reprise::lineage {
namespace {

// How many of `count` bytes differ.
std::uint64_t CountDiffering(const std::byte* a, const std::byte* b, std::size_t count) {
  std::uint64_t differing = 0;
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    std::uint64_t x;
    std::uint64_t y;
    std::memcpy(&x, a + i, 8);
    std::memcpy(&y, b + i, 8);
    // The highest bit of each byte that is not zero: adding carries into it from any lower bit.
    constexpr std::uint64_t kLow = 0x7F7F7F7F7F7F7F7F;
    x ^= y;
    differing += static_cast<std::uint64_t>(std::popcount((((x & kLow) + kLow) | x) & ~kLow));
  }
  for (; i < count; ++i) differing += a[i] != b[i] ? 1 : 0;
  return differing;
}

Result<std::uint64_t> CountDifferingFrom(const ContentPair& pair, std::uint64_t offset) {
  constexpr std::size_t kEqualBlockBytes = 4096;
  ContentCursor before(pair.expected, offset);
  ContentCursor after(pair.actual, offset);
  std::uint64_t differing = 0;
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const ByteSpan e, before.Next());
    REPRISE_ASSIGN_OR_RETURN(const ByteSpan a, after.Next());
    const std::size_t count = std::min(e.size(), a.size());
    if (count == 0) return differing;
    for (std::size_t i = 0; i < count; i += kEqualBlockBytes) {
      const std::size_t length = std::min(kEqualBlockBytes, count - i);
      if (std::memcmp(e.data() + i, a.data() + i, length) == 0) continue;
      differing += CountDiffering(e.data() + i, a.data() + i, length);
    }
  }
}

std::string HexByte(const std::string& text) { return "0x" + ToHex(AsBytes(text)); }

}  // namespace

Result<bool> BothBegin(const ContentPair& pair, std::string_view magic) {
  for (const ContentSource* const source : {&pair.expected, &pair.actual}) {
    REPRISE_ASSIGN_OR_RETURN(const std::string begin, ReadText(*source, 0, magic.size()));
    if (begin != magic) return false;
  }
  return true;
}

Result<ContentDifference> CompareBytes(const ContentPair& pair) {
  const std::uint64_t expected_bytes = pair.expected.size_bytes();
  const std::uint64_t actual_bytes = pair.actual.size_bytes();
  const std::uint64_t common = std::min(expected_bytes, actual_bytes);
  ContentDifference difference{.kind = "bytes", .sentence = "", .details = {}};
  REPRISE_ASSIGN_OR_RETURN(const auto first, FindFirstDifference(pair.expected, pair.actual));
  std::uint64_t differing = 0;
  std::string& sentence = difference.sentence;
  if (first.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(const std::string e, ReadText(pair.expected, *first, 1));
    REPRISE_ASSIGN_OR_RETURN(const std::string a, ReadText(pair.actual, *first, 1));
    REPRISE_ASSIGN_OR_RETURN(differing, CountDifferingFrom(pair, *first));
    sentence = "byte " + std::to_string(*first) + ": " + HexByte(e) + " became " + HexByte(a) +
               "; " + CountOf(differing, common, "byte");
  } else if (expected_bytes == actual_bytes) {
    sentence = "the same bytes";
  }
  if (expected_bytes != actual_bytes) {
    if (first.has_value()) sentence += "; ";
    sentence += Counted(expected_bytes, "byte") + " became " + std::to_string(actual_bytes);
    if (!first.has_value()) sentence += ", and all that both have is the same";
  }
  difference.details = Json()
                           .Set("expected_bytes", CountToJson(expected_bytes))
                           .Set("actual_bytes", CountToJson(actual_bytes))
                           .Set("first", first.has_value() ? CountToJson(*first) : Json())
                           .Set("differing", CountToJson(differing));
  return difference;
}

Result<ContentDifference> ComparePair(const ContentPair& pair) {
  std::string why_not;
  for (CompareKind* const compare : {CompareNpy, CompareSafetensors, CompareZip, CompareGzip,
                                     ComparePng, CompareJson, CompareTables, CompareText}) {
    std::string reason;
    REPRISE_ASSIGN_OR_RETURN(std::optional<ContentDifference> difference, compare(pair, reason));
    if (!reason.empty()) why_not += (why_not.empty() ? "" : "; ") + reason;
    if (!difference.has_value()) continue;
    if (!why_not.empty()) difference->sentence += " (" + why_not + ")";
    difference->details.Set("fell_back", why_not.empty() ? Json() : Json(why_not));
    return *std::move(difference);
  }
  REPRISE_ASSIGN_OR_RETURN(ContentDifference difference, CompareBytes(pair));
  if (!why_not.empty()) difference.sentence += " (" + why_not + ")";
  difference.details.Set("fell_back", why_not.empty() ? Json() : Json(why_not));
  return difference;
}

Result<ContentDifference> CompareContent(const ContentSource& expected, const ContentSource& actual,
                                         std::string_view name) {
  return ComparePair({.expected = expected, .actual = actual, .name = name});
}

Json ContentDifferenceToJson(const ContentDifference& difference) {
  Json json = Json().Set("kind", difference.kind).Set("sentence", difference.sentence);
  if (difference.details.is_object()) {
    for (const auto& [name, member] : difference.details.as_object()) json.Set(name, member);
  }
  return json;
}

}  // namespace reprise::lineage
