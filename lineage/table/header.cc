#include "lineage/table/header.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "lineage/table/field_value.h"
#include "lineage/table/record_reader.h"

namespace reprise::lineage {
namespace {

bool CanBeName(std::string_view field) {
  while (field.starts_with(' ')) field.remove_prefix(1);
  while (field.ends_with(' ')) field.remove_suffix(1);
  return !field.empty() && (ReadFieldValue(field).types & kIsReal) == 0;
}

// What pandas calls a column at the first place that has no name.
std::string NameOfUnnamed(const std::set<std::string_view>& taken) {
  const std::string name = "Unnamed: 0";
  if (!taken.contains(name)) return name;
  for (std::size_t i = 1;; ++i) {
    std::string numbered = name + "." + std::to_string(i);
    if (!taken.contains(numbered)) return numbered;
  }
}

// Gives every name that stands before it a number, from 2 on, with which it is no other's.
void NumberRepeated(std::vector<std::string>& names) {
  std::set<std::string> taken(names.begin(), names.end());
  std::map<std::string, std::size_t> counts;
  for (std::string& name : names) {
    std::size_t& count = counts[name];
    if (++count == 1) continue;
    std::string numbered;
    for (;; ++count) {
      numbered = name + "." + std::to_string(count);
      if (taken.insert(numbered).second) break;
    }
    name = std::move(numbered);
  }
}

}  // namespace

bool IsTableName(std::string_view path) {
  if (path.size() < 4) return false;
  std::string suffix(path.substr(path.size() - 4));
  for (char& c : suffix) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return suffix == ".csv" || suffix == ".tsv";
}

bool IsBlankRecord(std::span<const std::string_view> fields) {
  return fields.size() == 1 && fields[0].empty();
}

ColumnNames ReadColumnNames(std::span<const std::string_view> fields) {
  ColumnNames columns;
  const bool is_first_unnamed = fields.size() > 1 && fields.front().empty();
  const auto named = fields.subspan(is_first_unnamed ? 1 : 0);
  const std::set<std::string_view> names(named.begin(), named.end());
  columns.has_header = std::ranges::all_of(named, CanBeName);
  columns.has_repeated = columns.has_header && names.size() < named.size();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    columns.names.push_back(columns.has_header ? std::string(fields[i]) : std::to_string(i + 1));
  }
  if (columns.has_header && is_first_unnamed) columns.names.front() = NameOfUnnamed(names);
  if (columns.has_repeated) NumberRepeated(columns.names);
  return columns;
}

std::optional<ColumnNames> ReadColumnNames(std::string_view start, bool is_whole) {
  std::optional<ColumnNames> columns;
  RecordReader reader([&](std::span<const std::string_view> fields) -> Result<void> {
    if (IsBlankRecord(fields)) return {};
    columns = ReadColumnNames(fields);
    return Error{ErrorCode::kInterrupted, "that is enough"};
  });
  const auto fed = reader.Feed(start);
  if (fed.ok() && is_whole) (void)reader.Finish();  // What is no table has no names.
  return columns;
}

std::optional<std::string_view> RepeatedName(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == name.npos || dot == 0 || dot + 1 == name.size()) return std::nullopt;
  const std::string_view number = name.substr(dot + 1);
  const bool is_number = std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; });
  if (!is_number || number.front() == '0' || number == "1") return std::nullopt;
  return name.substr(0, dot);
}

}  // namespace reprise::lineage
