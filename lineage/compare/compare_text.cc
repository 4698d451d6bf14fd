// What both have in common at the start is passed over as bytes.  From the first line that differs
// on, lines are compared place by place, and a hash of each is kept for Myers' algorithm ("An
// O(ND) Difference Algorithm and Its Variations", 1986), which tells how few lines added and
// removed explain the rest.

#include <algorithm>
#include <functional>
#include <vector>

#include "lineage/compare/kinds.h"
#include "lineage/compare/lines.h"
#include "lineage/compare/text_content.h"
#include "lineage/compare/wording.h"

namespace reprise::lineage {
namespace {

// Beyond so many lines after the first difference, or changes, only places are compared.
constexpr std::size_t kHashedLinesMax = 1U << 20;
constexpr std::size_t kChangesMax = 2000;

bool IsText(std::string_view text) {
  std::size_t beyond_ascii = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) ++beyond_ascii;
    if (byte < 0x20 && !(c >= '\b' && c <= '\r') && c != '\x1b') return false;
  }
  constexpr std::size_t kCutCharacterBytesMax = 3;
  return Utf8PrefixBytes(text) + kCutCharacterBytesMax >= text.size() ||
         beyond_ascii * 10 < text.size();
}

struct LinePlace {
  std::uint64_t offset = 0;  // Of the start of the line.
  std::uint64_t lines_before = 0;
};

// The line in which the byte at `offset` stands.
Result<LinePlace> FindLine(const ContentSource& source, std::uint64_t offset) {
  LinePlace place;
  const ContentRange before(source, 0, offset);
  ContentCursor cursor(before);
  for (std::uint64_t begin = 0;;) {
    REPRISE_ASSIGN_OR_RETURN(const ByteSpan block, cursor.Next());
    if (block.empty()) return place;
    const std::string_view text = AsText(block);
    place.lines_before += static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
    if (const auto last = text.rfind('\n'); last != text.npos) place.offset = begin + last + 1;
    begin += text.size();
  }
}

struct Edits {
  std::uint64_t added = 0;
  std::uint64_t removed = 0;
};

// The fewest lines that are added and removed; absent where they are more than kChangesMax.
std::optional<Edits> CountEdits(std::vector<std::uint64_t> a, std::vector<std::uint64_t> b) {
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a.pop_back();
    b.pop_back();
  }
  const auto n = static_cast<std::ptrdiff_t>(a.size());
  const auto m = static_cast<std::ptrdiff_t>(b.size());
  const auto most = std::min<std::ptrdiff_t>(n + m, kChangesMax);
  // furthest[k]: how far into `a` one can come on diagonal k with so many changes.
  std::vector<std::ptrdiff_t> furthest(static_cast<std::size_t>(2 * most + 3), 0);
  const auto at = [&](std::ptrdiff_t k) -> std::ptrdiff_t& {
    return furthest[static_cast<std::size_t>(k + most + 1)];
  };
  for (std::ptrdiff_t changes = 0; changes <= most; ++changes) {
    for (std::ptrdiff_t k = -changes; k <= changes; k += 2) {
      const bool down = k == -changes || (k != changes && at(k - 1) < at(k + 1));
      std::ptrdiff_t x = down ? at(k + 1) : at(k - 1) + 1;
      std::ptrdiff_t y = x - k;
      while (x < n && y < m && y >= 0 &&
             a[static_cast<std::size_t>(x)] == b[static_cast<std::size_t>(y)]) {
        ++x;
        ++y;
      }
      at(k) = x;
      if (x >= n && y >= m) {
        return Edits{static_cast<std::uint64_t>((changes + m - n) / 2),
                     static_cast<std::uint64_t>((changes - m + n) / 2)};
      }
    }
  }
  return std::nullopt;
}

std::string_view WithoutEnd(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// What is learned of two texts line by line from the first that differs on.
struct TextScan {
  std::uint64_t lines_before = 0;
  std::uint64_t expected_lines = 0;  // All of them.
  std::uint64_t actual_lines = 0;
  std::uint64_t differing = 0;  // Place by place, as far as both reach.
  bool only_ends_differ = true;
  std::optional<std::string> expected;  // The first line that differs.
  std::optional<std::string> actual;
  std::vector<std::uint64_t> expected_hashes;
  std::vector<std::uint64_t> actual_hashes;
  // Over all lines that differ: equal where the same lines stand in another order.
  std::uint64_t expected_sum = 0;
  std::uint64_t actual_sum = 0;

  bool has_all_hashes() const {
    return std::max(expected_lines, actual_lines) - lines_before <= kHashedLinesMax;
  }
};

std::uint64_t HashLine(std::string_view line) { return std::hash<std::string_view>()(line); }

// Absent: a line is too long.
Result<std::optional<TextScan>> ScanLines(const ContentPair& pair, std::uint64_t first) {
  REPRISE_ASSIGN_OR_RETURN(const LinePlace place, FindLine(pair.expected, first));
  TextScan scan{.lines_before = place.lines_before,
                .expected_lines = place.lines_before,
                .actual_lines = place.lines_before};
  LineReader before(pair.expected, place.offset);
  LineReader after(pair.actual, place.offset);
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(const auto e, before.Next());
    REPRISE_ASSIGN_OR_RETURN(const auto a, after.Next());
    if (before.is_too_long() || after.is_too_long()) return std::optional<TextScan>();
    if (!e.has_value() && !a.has_value()) return std::optional(std::move(scan));
    const std::uint64_t e_hash = e.has_value() ? HashLine(*e) : 0;
    const std::uint64_t a_hash = a.has_value() ? HashLine(*a) : 0;
    if (e.has_value()) {
      ++scan.expected_lines;
      if (scan.expected_hashes.size() < kHashedLinesMax) scan.expected_hashes.push_back(e_hash);
    }
    if (a.has_value()) {
      ++scan.actual_lines;
      if (scan.actual_hashes.size() < kHashedLinesMax) scan.actual_hashes.push_back(a_hash);
    }
    if (e == a) continue;
    if (e.has_value() && a.has_value()) ++scan.differing;
    scan.only_ends_differ &= e.has_value() && a.has_value() && WithoutEnd(*e) == WithoutEnd(*a);
    scan.expected_sum += e_hash;
    scan.actual_sum += a_hash;
    if (scan.expected.has_value() || scan.actual.has_value()) continue;
    if (e.has_value()) scan.expected = std::string(*e);
    if (a.has_value()) scan.actual = std::string(*a);
  }
}

// What happened at the first line that differs: "changed", "added" or "removed".
std::string_view FirstChange(const TextScan& scan) {
  if (!scan.expected.has_value()) return "added";
  if (!scan.actual.has_value()) return "removed";
  const auto& e = scan.expected_hashes;
  const auto& a = scan.actual_hashes;
  if (a.size() > e.size() && a.size() > 1 && a[1] == e[0]) return "added";
  if (e.size() > a.size() && e.size() > 1 && e[1] == a[0]) return "removed";
  return "changed";
}

std::string DescribeFirst(const TextScan& scan, std::string_view change) {
  const std::string line = "line " + std::to_string(scan.lines_before + 1);
  if (change == "added") return line + ", " + Quoted(WithoutEnd(*scan.actual)) + ", was added";
  if (change == "removed") {
    return line + ", " + Quoted(WithoutEnd(*scan.expected)) + ", was removed";
  }
  if (WithoutEnd(*scan.expected) == WithoutEnd(*scan.actual)) return line + " ends differently";
  const auto [e, a] = QuotedPair(WithoutEnd(*scan.expected), WithoutEnd(*scan.actual));
  return line + ": " + e + " became " + a;
}

std::string DescribeText(const TextScan& scan, std::string_view change,
                         const std::optional<Edits>& edits) {
  if (scan.only_ends_differ) {
    return "only the ends of lines differ, first of line " + std::to_string(scan.lines_before + 1) +
           "; " + CountOf(scan.differing, scan.expected_lines, "line");
  }
  std::string text = DescribeFirst(scan, change) + "; ";
  if (scan.expected_lines == scan.actual_lines) {
    if (scan.differing > 1 && scan.expected_sum == scan.actual_sum) {
      return text + "the same lines in another order, " + std::to_string(scan.differing) + " of " +
             std::to_string(scan.expected_lines) + " elsewhere";
    }
    text += CountOf(scan.differing, scan.expected_lines, "line");
    const bool is_shift =
        edits.has_value() && std::max(edits->added, edits->removed) < scan.differing;
    if (!is_shift) return text;
    text += " by place: ";
  }
  if (edits.has_value()) {
    return text + Counted(edits->added, "line") + " added and " + std::to_string(edits->removed) +
           " removed, of " + std::to_string(scan.expected_lines);
  }
  return text + Counted(scan.expected_lines, "line") + " became " +
         std::to_string(scan.actual_lines);
}

Json LineToJson(const std::optional<std::string>& line, const std::string& quoted) {
  return line.has_value() ? Json(quoted.substr(1, quoted.size() - 2)) : Json();
}

}  // namespace

Result<bool> AreText(const ContentPair& pair) {
  for (const ContentSource* const source : {&pair.expected, &pair.actual}) {
    REPRISE_ASSIGN_OR_RETURN(const std::string begin, ReadText(*source, 0, kCompareBlockBytes));
    if (!IsText(begin)) return false;
  }
  return true;
}

Result<std::optional<ContentDifference>> CompareText(const ContentPair& pair,
                                                     std::string& why_not) {
  REPRISE_ASSIGN_OR_RETURN(const bool are_text, AreText(pair));
  if (!are_text) return std::optional<ContentDifference>();
  REPRISE_ASSIGN_OR_RETURN(const auto first, FindFirstDifference(pair.expected, pair.actual));
  const std::uint64_t common = std::min(pair.expected.size_bytes(), pair.actual.size_bytes());
  if (!first.has_value() && pair.expected.size_bytes() == pair.actual.size_bytes()) {
    return std::optional<ContentDifference>();  // The same bytes.
  }
  REPRISE_ASSIGN_OR_RETURN(const auto scan, ScanLines(pair, first.value_or(common)));
  if (!scan.has_value()) {
    why_not = "not as text: a line is longer than " + std::to_string(kLineBytesMax) + " bytes";
    return std::optional<ContentDifference>();
  }
  std::optional<Edits> edits;
  if (scan->has_all_hashes()) edits = CountEdits(scan->expected_hashes, scan->actual_hashes);
  const std::string_view change = FirstChange(*scan);
  const auto [e, a] =
      QuotedPair(WithoutEnd(scan->expected.value_or("")), WithoutEnd(scan->actual.value_or("")));
  ContentDifference difference{
      .kind = "text", .sentence = DescribeText(*scan, change, edits), .details = {}};
  difference.details =
      Json()
          .Set("first_line", CountToJson(scan->lines_before + 1))
          .Set("change", change)
          .Set("expected", LineToJson(scan->expected, e))
          .Set("actual", LineToJson(scan->actual, a))
          .Set("expected_lines", CountToJson(scan->expected_lines))
          .Set("actual_lines", CountToJson(scan->actual_lines))
          .Set("differing", CountToJson(scan->differing))
          .Set("added", edits.has_value() ? CountToJson(edits->added) : Json())
          .Set("removed", edits.has_value() ? CountToJson(edits->removed) : Json())
          .Set("only_line_ends", scan->only_ends_differ)
          .Set("only_order", scan->differing > 1 && scan->expected_lines == scan->actual_lines &&
                                 scan->expected_sum == scan->actual_sum);
  return std::optional(std::move(difference));
}

}  // namespace reprise::lineage
