// What the columns of a table hold ("reprise/profile/v1"): docs/formats/profile.md.
//
// A profile is computed from the content of one file, and belongs to that content's digest.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/profile/frequent_values.h"
#include "lineage/profile/quantile_sketch.h"
#include "storage/base/digest.h"
#include "storage/base/json.h"
#include "storage/base/result.h"

namespace reprise::lineage {

enum class ColumnType {
  kEmpty,    // Every value is missing.
  kInteger,  // Every value that is not missing is an integer of 64 bits; and so on.
  kReal,
  kBoolean,
  kTime,
  kText,
};
std::string_view ColumnTypeName(ColumnType type);

// Of the finite values of a column of numbers, of which there is one or more.
struct NumberSummary {
  double min = 0;
  double max = 0;
  double mean = 0;
  std::optional<double> standard_deviation;  // Of a sample, with n - 1; absent for one value.
  QuantileSummary quantiles;

  friend bool operator==(const NumberSummary&, const NumberSummary&) = default;
};

struct ColumnProfile {
  std::string name;  // Raw bytes; its number from 1 on where the table has no header.
  ColumnType type = ColumnType::kEmpty;
  std::uint64_t missing = 0;
  std::uint64_t infinite = 0;  // Of a column of reals.
  std::uint64_t distinct = 0;  // Of values that are not missing.
  bool distinct_is_exact = true;
  std::optional<Digest> digest;             // Of all values in their order.
  std::string values;                       // 32 hexadecimal digits: of all values in any order.
  std::optional<NumberSummary> numbers;     // Integers and reals.
  std::optional<std::int64_t> integer_min;  // Exactly, where a double may not be.
  std::optional<std::int64_t> integer_max;
  std::optional<std::string> time_min;  // As text, whose order is that of bytes.
  std::optional<std::string> time_max;
  // Of seconds since 1970; absent in profiles of earlier releases.
  std::optional<QuantileSummary> time_quantiles;
  std::vector<FrequentValue> frequent;  // Booleans, times and text; most frequent first.
  std::uint64_t frequent_error = 0;
  // Single values are left out: the column is tagged as personal data.  So are `digest` and
  // `values` if the column has so few different values that these could be guessed.
  bool is_withheld = false;

  friend bool operator==(const ColumnProfile&, const ColumnProfile&) = default;
};

struct Profile {
  Digest content;  // Of the file.
  std::uint64_t size_bytes = 0;
  std::optional<std::string> problem;  // Why there are no columns: a sentence.
  char delimiter = ',';
  bool has_header = false;
  bool has_repeated_names = false;  // In the header: they were numbered (lineage/table/header.h).
  std::uint64_t rows = 0;           // Without the header.
  std::vector<ColumnProfile> columns;

  const ColumnProfile* FindColumn(std::string_view name) const;

  friend bool operator==(const Profile&, const Profile&) = default;
};

Result<std::string> EncodeProfile(const Profile& profile);
// Errors: kCorruption.
Result<Profile> DecodeProfile(std::string_view document);

// The members of one column, as they stand in the document.
Json ColumnToJson(const ColumnProfile& column);

// Takes single values out of `column`: frequent values, extremes, quantiles; and, unless it has
// more than kExactValuesMax different ones, the hashes of all, by which anybody could test a guess.
void Withhold(ColumnProfile& column);

}  // namespace reprise::lineage
