// The values of each column of two tables, and how far their distributions are apart.
//
// Thread-safety: one thread at a time.

#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "lineage/diff/row_counts.h"

namespace reprise::lineage {

// Of one column of one table.
struct ColumnSide {
  std::uint64_t rows = 0;
  std::uint64_t missing = 0;  // Cells that IsMissing() (lineage/table/field_value.h).
  std::uint64_t numbers = 0;  // Or times.
  // Of the numbers, or of the times in seconds since 1970; absent where there are none.
  std::optional<double> min;
  std::optional<double> max;
  std::optional<double> mean;
};

struct ColumnDiff {
  std::string name;
  bool is_number = false;    // Every cell that is not missing is a number, in both.
  bool is_time = false;      // Likewise a time.
  bool is_withheld = false;  // Single values are left out: it is tagged as personal data.
  ColumnSide before;
  ColumnSide after;
  // Of numbers and times; absent where one has none.
  std::optional<double> kolmogorov_smirnov;
  // Absent where one has no rows, or there are more values than kCategoriesMax.
  std::optional<double> population_stability;
  double stability_by_chance = 0;  // StabilityByChance() of the same bins.
  // Of what is text: how many values only one of them has, and the first of them.
  std::uint64_t values_added = 0;
  std::uint64_t values_removed = 0;
  std::vector<std::string> added;
  std::vector<std::string> removed;
};

// Columns of text with more values than that are names of things, and have no stability.
inline constexpr std::size_t kCategoriesMax = 1024;

struct ColumnLimits {
  std::size_t values_held_max = 8U << 20;      // Numbers of both tables together, 8 bytes each.
  std::size_t categories_held_max = 1U << 18;  // Of all columns.
};

class ColumnCollector {
 public:
  ColumnCollector(const std::vector<std::string>& names, const ColumnLimits& limits);

  enum Side : std::size_t { kBefore = 0, kAfter = 1 };
  // Adds a row that was split.
  void Add(Side side, const ComparedRow& row);

  // Call once, after the last row.
  std::vector<ColumnDiff> Finish();

  // The share of rows, 1/2^n chosen by a hash of their number, whose numbers were held, of the
  // table of which fewer were: 1 unless they are more than the limit.  Distances are those of this
  // sample then.  The table with more rows is sampled first, so that a short one stays whole beside
  // it.
  double sampled_share() const;
  // By how much a Kolmogorov–Smirnov statistic may be off at most, with 95 % confidence, because of
  // that (Massart 1990: each distribution function that is sampled by sqrt(ln(2 / 0.025) / 2n));
  // 0 without sampling.
  double sampling_error() const;

 private:
  struct Column {
    bool is_number = true;  // As far as it was read; and so on.
    bool is_time = true;
    bool has_categories = true;
    std::array<ColumnSide, 2> sides;
    std::array<long double, 2> sums{};
    std::array<std::vector<double>, 2> values;  // Of the sampled rows; NaN where one is missing.
    std::unordered_map<std::string, std::array<std::uint64_t, 2>> categories;
  };

  void AddCell(Column& column, Side side, std::string_view field, bool is_sampled);
  void CountCategory(Column& column, Side side, std::string_view field) const;
  void HalveSample(Side side);
  // Compares the counts of bins.
  static void CompareBins(const std::vector<std::uint64_t>& before,
                          const std::vector<std::uint64_t>& after, ColumnDiff& diff);
  static void FinishNumbers(Column& column, ColumnDiff& diff);
  static void FinishCategories(const Column& column, ColumnDiff& diff);

  const std::vector<std::string>& names_;
  const ColumnLimits limits_;
  const std::size_t categories_max_;
  std::vector<Column> columns_;
  std::array<std::uint64_t, 2> sample_masks_{};
  std::array<std::vector<std::uint64_t>, 2> sampled_rows_;  // Their numbers.
};

}  // namespace reprise::lineage
