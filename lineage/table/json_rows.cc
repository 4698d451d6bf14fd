// A line is parsed to know that it is JSON.  It is then divided as text, as numbers have digits
// that a double has no room for.

#include "lineage/table/json_rows.h"

#include <utility>

#include "lineage/table/record_splitter.h"
#include "storage/base/json.h"

namespace reprise::lineage {
namespace {

// Members of more names than this count together as one, when it is estimated what chance gives.
constexpr std::size_t kCountedMembersMax = 4096;

// A JSON text without the white space between its parts.
std::string Compact(std::string_view text) {
  std::string compact;
  bool is_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!is_string && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) continue;
    compact += c;
    if (is_string && c == '\\') {
      compact += text[++i];  // It is JSON: something follows.
    } else if (c == '"') {
      is_string = !is_string;
    }
  }
  return compact;
}

// The end of the string or value at `begin` of a compact text: where a comma, a colon or a closing
// bracket stands that is not in it.
std::size_t EndOfValue(std::string_view compact, std::size_t begin) {
  std::size_t depth = 0;
  bool is_string = false;
  for (std::size_t i = begin; i < compact.size(); ++i) {
    const char c = compact[i];
    if (is_string) {
      if (c == '\\') ++i;
      is_string = c != '"';
      continue;
    }
    is_string = c == '"';
    if (depth == 0 && (c == ',' || c == ':' || c == '}')) return i;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
  }
  return compact.size();
}

using Members = std::map<std::string, std::string_view>;

// The members of the object that `compact` is, each value as it is written.
Result<Members> MembersOf(std::string_view compact) {
  Members members;
  for (std::size_t at = 1; at + 1 < compact.size();) {
    const std::size_t name_end = EndOfValue(compact, at);
    REPRISE_ASSIGN_OR_RETURN(const Json name, ParseJson(compact.substr(at, name_end - at)));
    const std::size_t value_end = EndOfValue(compact, name_end + 1);
    members[name.as_string()] = compact.substr(name_end + 1, value_end - name_end - 1);
    at = value_end + 1;
  }
  return members;
}

void AppendWithLength(std::string_view value, std::string& out) {
  std::size_t length = value.size();
  for (; length >= 128; length >>= 7) out += static_cast<char>(length | 128);
  out += static_cast<char>(length);
  out += value;
}

}  // namespace

Result<void> JsonRowHasher::Feed(std::string_view part) {
  while (!part.empty()) {
    const std::size_t end = part.find('\n');
    const std::string_view text = part.substr(0, end);
    if (text.size() > kRecordBytesMax - pending_.size()) return RecordTooLong();
    if (end == part.npos) {
      pending_ += text;
      return {};
    }
    part.remove_prefix(end + 1);
    if (pending_.empty()) {
      REPRISE_TRY(AddLine(text));
    } else {
      pending_ += text;
      REPRISE_TRY(AddLine(std::exchange(pending_, {})));
    }
  }
  return {};
}

Result<void> JsonRowHasher::Finish() { return AddLine(std::exchange(pending_, {})); }

Result<void> JsonRowHasher::AddLine(std::string_view line) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (rows_ == 0 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  if (line.find_first_not_of(" \t\r") == line.npos) return {};
  ++rows_;
  const auto parsed = ParseJson(line);
  if (!parsed.ok()) {
    return Error{ErrorCode::kInvalidArgument,
                 "row " + std::to_string(rows_) + " is no JSON: " + parsed.error().message};
  }
  const std::string compact = Compact(line);
  Members members;
  if (parsed->is_object()) {
    REPRISE_ASSIGN_OR_RETURN(members, MembersOf(compact));
  } else {
    members[""] = compact;
  }
  std::string row;
  std::string others;
  for (const auto& [name, value] : members) {
    if (ignored_.contains(name)) {
      found_ignored_.insert(name);
      continue;
    }
    AppendWithLength(name, row);
    AppendWithLength(value, row);
    if (ValueCounts* const counts = CountsOf(name)) {
      counts->Add(HashField(value).low);
    } else {
      AppendWithLength(name, others);
      AppendWithLength(value, others);
    }
  }
  if (row.empty()) return {};
  if (!others.empty()) other_counts_.Add(HashField(others).low);
  ++visited_;
  return visit_(HashField(row), rows_);
}

ValueCounts* JsonRowHasher::CountsOf(const std::string& name) {
  const auto known = counts_.find(name);
  if (known != counts_.end()) return &known->second;
  if (counts_.size() == kCountedMembersMax) return nullptr;
  const std::size_t values_max = CountedValuesMax(counts_.size() + 1);
  for (auto& [other, counts] : counts_) counts.LimitTo(values_max);
  return &counts_.emplace(name, values_max).first->second;
}

RowAgreement JsonRowHasher::Agreement() const {
  const auto agreement_of = [&](ValueCounts counts) {
    constexpr std::uint64_t kAbsent = 0;
    counts.Add(kAbsent, visited_ - counts.count());
    return counts.Agreement();
  };
  RowAgreement agreement{visited_, agreement_of(other_counts_)};
  for (const auto& [name, counts] : counts_) agreement.chance *= agreement_of(counts);
  return agreement;
}

}  // namespace reprise::lineage
