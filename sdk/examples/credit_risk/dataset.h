// Applicants as numbers: what a booster trains on.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "csv.h"

namespace credit_risk {

// One row per applicant, in the order of the file.
struct Dataset {
  std::vector<std::string> feature_names;
  std::vector<float> values;             // Row-major: row_count() rows of feature_names.size().
  std::vector<std::uint8_t> is_bad;      // 1 where the loan went bad, which is what we predict.
  std::vector<std::size_t> row_numbers;  // In the file, from 1, the header not counted.

  std::size_t row_count() const { return is_bad.size(); }
  float value(std::size_t row, std::size_t feature) const {
    return values[row * feature_names.size() + feature];
  }

  // The position of a feature.  Throws InputError if there is none of that name.
  std::size_t FeatureIndex(std::string_view name) const;

  // The given rows, in the given order.
  Dataset Rows(const std::vector<std::size_t>& rows) const;
};

// Reads every column but `Class` as a finite number, and `Class` as "Good" or "Bad".
// Throws InputError, naming line, column and cell.
Dataset ToDataset(const CsvFile& file);

}  // namespace credit_risk
