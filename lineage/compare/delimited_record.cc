#include "lineage/compare/delimited_record.h"

#include <charconv>

namespace reprise::lineage {

std::optional<std::vector<std::string>> SplitRecord(std::string_view record, char delimiter) {
  if (record.ends_with('\n')) record.remove_suffix(1);
  if (record.ends_with('\r')) record.remove_suffix(1);
  std::vector<std::string> fields;
  for (std::size_t i = 0;;) {
    std::string field;
    if (i < record.size() && record[i] == '"') {
      for (++i;; ++i) {
        if (i == record.size()) return std::nullopt;
        if (record[i] == '"') {
          if (i + 1 == record.size() || record[i + 1] != '"') break;
          ++i;  // A doubled quote is one.
        }
        field += record[i];
      }
      ++i;
      if (i < record.size() && record[i] != delimiter) return std::nullopt;
    } else {
      const std::size_t end = std::min(record.find(delimiter, i), record.size());
      field = record.substr(i, end - i);
      i = end;
    }
    fields.push_back(std::move(field));
    if (i == record.size()) return fields;
    ++i;
  }
}

std::optional<double> FieldNumber(std::string_view field) {
  while (field.starts_with(' ')) field.remove_prefix(1);
  while (field.ends_with(' ')) field.remove_suffix(1);
  if (field.starts_with('+')) field.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  if (error != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return number;
}

}  // namespace reprise::lineage
