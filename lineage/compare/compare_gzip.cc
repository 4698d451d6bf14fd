// Files of gzip (RFC 1952): what the header says, and what they hold.

#include "lineage/compare/inflate.h"
#include "lineage/compare/kinds.h"
#include "lineage/compare/wording.h"
#include "storage/base/clock.h"

namespace reprise::lineage {
namespace {

constexpr std::size_t kHeaderBytes = 10;

struct GzipHeader {
  unsigned flags = 0;
  std::uint32_t time_unix_s = 0;  // 0: none.
  std::string name;               // Of the file that was compressed; "" where there is none.
};

std::optional<GzipHeader> ReadHeader(std::string_view head) {
  constexpr unsigned kExtra = 4;
  constexpr unsigned kName = 8;
  if (head.size() < kHeaderBytes) return std::nullopt;
  const ByteSpan bytes = AsBytes(head);
  GzipHeader header{.flags = std::to_integer<unsigned>(bytes[3]),
                    .time_unix_s = LoadLe<std::uint32_t>(bytes, 4),
                    .name = ""};
  std::size_t position = kHeaderBytes;
  if ((header.flags & kExtra) != 0) {
    if (head.size() < position + 2) return std::nullopt;
    position += 2 + std::size_t{LoadLe<std::uint16_t>(bytes, position)};
  }
  if ((header.flags & kName) != 0) {
    if (position > head.size()) return std::nullopt;
    const std::size_t end = head.find('\0', position);
    if (end == head.npos) return std::nullopt;
    header.name = head.substr(position, end - position);
  }
  return header;
}

std::string TimeText(std::uint32_t time_unix_s) {
  return time_unix_s == 0 ? "none" : FormatTime(std::int64_t{time_unix_s} * 1000);
}

// Whether nothing differs but the four bytes of the time.
Result<bool> OnlyTimeDiffers(const ContentPair& pair) {
  constexpr std::size_t kTimeOffset = 4;
  constexpr std::size_t kTimeEnd = 8;
  if (pair.expected.size_bytes() != pair.actual.size_bytes()) return false;
  REPRISE_ASSIGN_OR_RETURN(const std::string e, ReadText(pair.expected, 0, kTimeOffset));
  REPRISE_ASSIGN_OR_RETURN(const std::string a, ReadText(pair.actual, 0, kTimeOffset));
  if (e != a) return false;
  REPRISE_ASSIGN_OR_RETURN(const auto other,
                           FindFirstDifference(pair.expected, pair.actual, kTimeEnd));
  return !other.has_value();
}

// The comparison of what is in them; absent: it is the same.
Result<std::optional<ContentDifference>> CompareExpanded(const ContentPair& pair,
                                                         std::uint64_t expected_bytes,
                                                         std::uint64_t actual_bytes) {
  const StreamContent expected(expected_bytes,
                               [&] { return OpenDeflated(pair.expected, DeflateForm::kGzip); });
  const StreamContent actual(actual_bytes,
                             [&] { return OpenDeflated(pair.actual, DeflateForm::kGzip); });
  REPRISE_ASSIGN_OR_RETURN(const auto first, FindFirstDifference(expected, actual));
  if (!first.has_value() && expected_bytes == actual_bytes) {
    return std::optional<ContentDifference>();
  }
  std::string_view name = pair.name;
  if (name.ends_with(".gz")) name.remove_suffix(3);
  REPRISE_ASSIGN_OR_RETURN(
      ContentDifference inner,
      ComparePair({.expected = expected, .actual = actual, .name = name, .depth = pair.depth + 1}));
  return std::optional(std::move(inner));
}

}  // namespace

Result<std::string> ReadGzipTime(const ContentSource& source) {
  constexpr std::size_t kTimeOffset = 4;
  REPRISE_ASSIGN_OR_RETURN(const std::string head, ReadText(source, 0, kHeaderBytes));
  if (head.size() < kHeaderBytes) return std::string("none");
  return TimeText(LoadLe<std::uint32_t>(AsBytes(head), kTimeOffset));
}

Result<std::optional<ContentDifference>> CompareGzip(const ContentPair& pair,
                                                     std::string& why_not) {
  constexpr std::size_t kHeadBytes = 70'000;
  REPRISE_ASSIGN_OR_RETURN(const bool begin_alike, BothBegin(pair, "\x1F\x8B\x08"));
  if (!begin_alike) return std::optional<ContentDifference>();
  REPRISE_ASSIGN_OR_RETURN(const std::string expected_head, ReadText(pair.expected, 0, kHeadBytes));
  REPRISE_ASSIGN_OR_RETURN(const std::string actual_head, ReadText(pair.actual, 0, kHeadBytes));
  const auto before = ReadHeader(expected_head);
  const auto after = ReadHeader(actual_head);
  REPRISE_ASSIGN_OR_RETURN(const auto expected_bytes,
                           MeasureExpanded(pair.expected, DeflateForm::kGzip));
  REPRISE_ASSIGN_OR_RETURN(const auto actual_bytes,
                           MeasureExpanded(pair.actual, DeflateForm::kGzip));
  if (!before.has_value() || !after.has_value() || !expected_bytes.has_value() ||
      !actual_bytes.has_value() || pair.depth >= kDepthMax) {
    why_not = pair.depth >= kDepthMax ? "archives are nested too deeply"
                                      : "not as gzip: damaged, cut short or too long";
    return std::optional<ContentDifference>();
  }
  REPRISE_ASSIGN_OR_RETURN(const bool only_time, OnlyTimeDiffers(pair));
  std::optional<ContentDifference> inner;
  if (!only_time) {
    REPRISE_ASSIGN_OR_RETURN(inner, CompareExpanded(pair, *expected_bytes, *actual_bytes));
  }
  std::string sentence;
  const std::string times =
      TimeText(before->time_unix_s) + " became " + TimeText(after->time_unix_s);
  if (only_time) {
    sentence = "the same content; only the time stamp that gzip writes differs, " + times;
  } else if (inner.has_value()) {
    sentence = "when expanded: " + inner->kind + ", " + inner->sentence;
  } else {
    sentence = "the same content when expanded";
    if (before->time_unix_s != after->time_unix_s) sentence += "; the time stamp " + times;
    if (before->name != after->name) {
      sentence += "; the name " + Quoted(before->name) + " became " + Quoted(after->name);
    }
    if (before->time_unix_s == after->time_unix_s && before->name == after->name) {
      sentence += "; it is compressed differently";
    }
  }
  Json details = Json()
                     .Set("same_content", !inner.has_value())
                     .Set("only_time", only_time)
                     .Set("expected_time", TimeText(before->time_unix_s))
                     .Set("actual_time", TimeText(after->time_unix_s))
                     .Set("content", inner.has_value() ? ContentDifferenceToJson(*inner) : Json());
  return std::optional(ContentDifference{
      .kind = "gzip", .sentence = std::move(sentence), .details = std::move(details)});
}

}  // namespace reprise::lineage
