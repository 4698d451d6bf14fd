#include "dataset.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace credit_risk {
namespace {

constexpr std::string_view kTargetColumn = "Class";

[[noreturn]] void FailAt(const CsvFile& file, const CsvRecord& record, std::size_t column,
                         const std::string& wanted) {
  throw InputError(file.name + ":" + std::to_string(record.line) + ": column '" +
                   file.columns[column] + "' holds '" + record.fields[column].substr(0, 40) +
                   "' where " + wanted + " is needed");
}

// std::from_chars reads the same in every locale, unlike strtof().
float ToFloat(const CsvFile& file, const CsvRecord& record, std::size_t column) {
  const std::string& text = record.fields[column];
  float value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    FailAt(file, record, column, "a number");
  }
  return value;
}

std::uint8_t ToIsBad(const CsvFile& file, const CsvRecord& record, std::size_t column) {
  const std::string& text = record.fields[column];
  if (text == "Good") return 0;
  if (text == "Bad") return 1;
  FailAt(file, record, column, "Good or Bad");
}

}  // namespace

std::size_t Dataset::FeatureIndex(std::string_view name) const {
  const auto found = std::find(feature_names.begin(), feature_names.end(), name);
  if (found == feature_names.end()) {
    throw InputError("the data has no column '" + std::string(name) + "'");
  }
  return static_cast<std::size_t>(found - feature_names.begin());
}

Dataset Dataset::Rows(const std::vector<std::size_t>& rows) const {
  Dataset chosen{.feature_names = feature_names, .values = {}, .is_bad = {}, .row_numbers = {}};
  const std::size_t width = feature_names.size();
  chosen.values.reserve(rows.size() * width);
  for (const std::size_t row : rows) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row * width);
    chosen.values.insert(chosen.values.end(), begin, begin + static_cast<std::ptrdiff_t>(width));
    chosen.is_bad.push_back(is_bad[row]);
    chosen.row_numbers.push_back(row_numbers[row]);
  }
  return chosen;
}

Dataset ToDataset(const CsvFile& file) {
  const auto target = std::find(file.columns.begin(), file.columns.end(), kTargetColumn);
  if (target == file.columns.end()) {
    throw InputError(file.name + ":1: no column is named '" + std::string(kTargetColumn) + "'");
  }
  const auto target_column = static_cast<std::size_t>(target - file.columns.begin());

  Dataset data;
  for (std::size_t column = 0; column < file.columns.size(); ++column) {
    if (column != target_column) data.feature_names.push_back(file.columns[column]);
  }
  data.values.reserve(file.records.size() * data.feature_names.size());
  for (const CsvRecord& record : file.records) {
    for (std::size_t column = 0; column < file.columns.size(); ++column) {
      if (column != target_column) data.values.push_back(ToFloat(file, record, column));
    }
    data.is_bad.push_back(ToIsBad(file, record, target_column));
    data.row_numbers.push_back(data.is_bad.size());
  }
  return data;
}

}  // namespace credit_risk
