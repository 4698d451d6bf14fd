#include "lineage/table/record_splitter.h"

#include <algorithm>

namespace reprise::lineage {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Error NoTable(std::string what) { return Error{ErrorCode::kInvalidArgument, std::move(what)}; }

}  // namespace

Error RecordTooLong() {
  return NoTable("a record is longer than " + std::to_string(kRecordBytesMax >> 20) + " MiB");
}

// What stands in quotes divides nothing; nor does a byte order mark, which is none of the three.
//
// A carriage return ends a line by itself, as on the Macintosh before 2001, if the first one
// outside of quotes has no line feed within the kLineEndBytesSeen bytes behind it.
bool RecordSplitter::Begin(std::string_view text, bool is_last, std::size_t& position) {
  if (text.size() < kByteOrderMark.size() && !is_last) return false;
  constexpr std::string_view kDelimiters = ",\t;";
  constexpr std::size_t kLineEndBytesSeen = 64U << 10;
  std::size_t counts[3] = {};
  std::size_t counts_to_return[3] = {};  // As far as the first carriage return.
  std::optional<std::size_t> first_return;
  bool quoted = false;
  bool ended = is_last;
  bool blank = true;  // Blank lines before the first record are none.
  std::size_t i = 0;
  for (; i < text.size(); ++i) {
    if (first_return.has_value() && i - *first_return > kLineEndBytesSeen) break;
    const char c = text[i];
    if (c == '"') {
      quoted = !quoted;
      blank = false;
    }
    if (quoted) continue;
    if (c == '\n' && !blank) {
      ended = true;
      first_return.reset();
      break;
    }
    if (c == '\n') first_return.reset();
    if (c == '\r' && !blank && !first_return.has_value()) {
      first_return = i;
      std::ranges::copy(counts, counts_to_return);
    }
    blank = blank && (c == '\n' || c == '\r');
    if (const std::size_t which = kDelimiters.find(c); which != kDelimiters.npos) ++counts[which];
  }
  const bool is_seen = is_last || (first_return.has_value() && i < text.size());
  if (first_return.has_value() && is_seen && *first_return + 1 < text.size()) {
    ended = true;
    return_ends_line_ = true;
    std::ranges::copy(counts_to_return, counts);
  }
  if (!ended) return false;
  delimiter_ = kDelimiters[static_cast<std::size_t>(std::ranges::max_element(counts) - counts)];
  is_special_[static_cast<unsigned char>(*delimiter_)] = true;
  is_special_[static_cast<unsigned char>('\n')] = true;
  is_special_[static_cast<unsigned char>('\r')] = true;
  if (text.starts_with(kByteOrderMark)) position = kByteOrderMark.size();
  return true;
}

// Whether the carriage return at `position` ends a line there: with a line feed behind it, where
// the text ends, or by itself.
bool RecordSplitter::EndsLine(std::string_view text, std::size_t position) const {
  return return_ends_line_ || position + 1 == text.size() || text[position + 1] == '\n';
}

Result<bool> RecordSplitter::Split(std::string_view text, std::size_t& position, bool is_last) {
  fields_.clear();
  unquoted_.clear();
  for (;;) {
    if (position < text.size() && text[position] == '"') {
      REPRISE_ASSIGN_OR_RETURN(const bool whole, SplitQuoted(text, position, is_last));
      if (!whole) return false;
    } else {
      const std::size_t start = position;
      while (position < text.size()) {
        if (!is_special_[static_cast<unsigned char>(text[position])]) {
          ++position;
        } else if (text[position] == '\r' && !EndsLine(text, position)) {
          ++position;
        } else {
          break;
        }
      }
      fields_.push_back(text.substr(start, position - start));
    }
    if (position == text.size()) return is_last;
    if (text[position] == *delimiter_) {
      ++position;
      continue;
    }
    if (text[position] == '\r') {
      ++position;
      if (position == text.size()) return is_last;
      if (text[position] != '\n') return true;
    }
    ++position;  // The line feed.
    return true;
  }
}

// A field that begins with a quote; `position` moves to what follows it.
Result<bool> RecordSplitter::SplitQuoted(std::string_view text, std::size_t& position,
                                         bool is_last) {
  const std::size_t start = position + 1;
  bool is_doubled = false;
  std::size_t end = start;
  for (;; end += 2) {
    end = text.find('"', end);
    if (end == text.npos) {
      if (!is_last) return false;
      return NoTable("a field in quotes does not end");
    }
    if (end + 1 == text.size() && !is_last) return false;  // Is it one of two?
    if (end + 1 == text.size() || text[end + 1] != '"') break;
    is_doubled = true;
  }
  position = end + 1;
  std::string_view field = text.substr(start, end - start);
  if (field.size() > kRecordBytesMax - unquoted_.size()) {
    return RecordTooLong();
  }
  if (is_doubled) {
    unquoted_.reserve(kRecordBytesMax);  // Fields point into it: it must not move.
    const std::size_t at = unquoted_.size();
    for (std::size_t i = 0; i < field.size(); ++i) {
      unquoted_ += field[i];
      if (field[i] == '"') ++i;
    }
    field = std::string_view(unquoted_).substr(at);
  }
  fields_.push_back(field);
  if (position == text.size()) return true;
  const char next = text[position];
  if (next == *delimiter_ || next == '\n') return true;
  if (next == '\r' && EndsLine(text, position)) return true;
  return NoTable("something follows a field in quotes");
}

}  // namespace reprise::lineage
