#include "lineage/compare/table_shape.h"

#include <algorithm>
#include <set>

#include "lineage/compare/delimited_record.h"
#include "lineage/compare/lines.h"

namespace reprise::lineage {
namespace {

using Record = std::vector<std::string>;

// Names that say that a file is a table, so that nothing is guessed.
bool IsNamedTable(std::string_view name) {
  return name.ends_with(".csv") || name.ends_with(".tsv") || name.ends_with(".CSV") ||
         name.ends_with(".TSV");
}

// Whether the fields can be names of columns: none is empty, a number, or there twice.
bool IsHeader(const Record& record) {
  const std::set<std::string> names(record.begin(), record.end());
  return names.size() == record.size() && std::ranges::none_of(record, [](const auto& field) {
           return field.empty() || FieldNumber(field).has_value();
         });
}

// Without a telling name a table has a header of two words or more, and below it records that are
// as long, with a number in each.
bool LooksLikeTable(const std::vector<Record>& records) {
  constexpr std::size_t kRecordsMin = 3;
  if (records.size() < kRecordsMin || records[0].size() < 2 || !IsHeader(records[0])) return false;
  for (const std::string& name : records[0]) {
    if (name.starts_with(' ') || name.find_first_of("{}=:") != name.npos) return false;
  }
  return std::all_of(records.begin() + 1, records.end(), [&](const Record& record) {
    return record.size() == records[0].size() && std::ranges::any_of(record, [](const auto& field) {
             return FieldNumber(field).has_value();
           });
  });
}

}  // namespace

Result<std::optional<TableShape>> FindTableShape(const ContentSource& source,
                                                 std::string_view name) {
  constexpr std::size_t kSampleRecords = 20;
  std::optional<TableShape> shape;
  std::size_t columns_max = 0;
  for (const char delimiter : {',', '\t', ';'}) {
    LineReader reader(source);
    std::vector<Record> records;
    bool is_table = true;
    while (is_table && records.size() < kSampleRecords) {
      REPRISE_ASSIGN_OR_RETURN(const auto text, reader.NextRecord());
      if (!text.has_value()) break;
      auto record = SplitRecord(*text, delimiter);
      is_table = record.has_value();
      if (is_table) records.push_back(*std::move(record));
    }
    if (!is_table || records.empty()) continue;
    if (!IsNamedTable(name) && !LooksLikeTable(records)) continue;
    if (records[0].size() <= columns_max) continue;
    columns_max = records[0].size();
    shape = TableShape{delimiter, IsHeader(records[0]), records[0]};
    if (shape->has_header) continue;
    for (std::size_t i = 0; i < columns_max; ++i) shape->columns[i] = std::to_string(i + 1);
  }
  return shape;
}

}  // namespace reprise::lineage
