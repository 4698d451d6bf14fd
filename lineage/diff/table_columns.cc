#include "lineage/diff/table_columns.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "lineage/compare/wording.h"
#include "lineage/diff/distribution.h"
#include "lineage/table/field_value.h"
#include "storage/crypto/sha256.h"

namespace reprise::lineage {
namespace {

// A bijection of 64-bit numbers that spreads neighbours (SplitMix64; Steele, Lea & Flood 2014).
std::uint64_t Spread(std::uint64_t value) {
  value += 0x9E3779B97F4A7C15;
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
  return value ^ (value >> 31);
}

// `field` itself, unless it is so long that many of them would take much memory.
std::string CategoryOf(std::string_view field) {
  constexpr std::size_t kWholeBytesMax = 256;
  std::string category(field.substr(0, kWholeBytesMax));
  if (field.size() <= kWholeBytesMax) return category;
  category.resize(kWholeBytesMax / 2);
  return category.append("… ").append(crypto::Sha256(field).ToString());
}

// Without those that are missing, sorted.
std::vector<double> Present(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  std::ranges::sort(values);
  return values;
}

void NoteNumber(ColumnSide& side, double number) {
  ++side.numbers;
  side.min = std::min(side.min.value_or(number), number);
  side.max = std::max(side.max.value_or(number), number);
}

}  // namespace

ColumnCollector::ColumnCollector(const std::vector<std::string>& names, const ColumnLimits& limits)
    : names_(names),
      limits_(limits),
      categories_max_(std::min(
          kCategoriesMax, limits.categories_held_max / std::max<std::size_t>(1, names.size()))),
      columns_(names.size()) {}

void ColumnCollector::Add(Side side, const ComparedRow& row) {
  const bool is_sampled = (Spread(row.row()) & sample_masks_[side]) == 0;
  if (is_sampled) sampled_rows_[side].push_back(row.row());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    AddCell(columns_[i], side, row.field(i), is_sampled);
  }
  const std::size_t before = sampled_rows_[kBefore].size();
  const std::size_t after = sampled_rows_[kAfter].size();
  // One more a row for its number.
  if ((before + after) * (columns_.size() + 1) > limits_.values_held_max) {
    HalveSample(before > after ? kBefore : kAfter);
  }
}

void ColumnCollector::AddCell(Column& column, Side side, std::string_view field, bool is_sampled) {
  ColumnSide& facts = column.sides[side];
  ++facts.rows;
  const bool is_missing = IsMissing(field);
  if (is_missing) {
    ++facts.missing;
  } else if (column.has_categories) {
    CountCategory(column, side, field);
  }
  if (!column.is_number && !column.is_time) return;
  double number = std::numeric_limits<double>::quiet_NaN();
  if (!is_missing) {
    const FieldValue value = ReadFieldValue(field);
    column.is_number = column.is_number && (value.types & kIsReal) != 0;
    column.is_time = column.is_time && (value.types & kIsTime) != 0;
    if (!column.is_number && !column.is_time) {
      column.values = {};
      return;
    }
    number = value.number;
    NoteNumber(facts, number);
    column.sums[side] += static_cast<long double>(number);
  }
  if (is_sampled) column.values[side].push_back(number);
}

void ColumnCollector::CountCategory(Column& column, Side side, std::string_view field) const {
  ++column.categories[CategoryOf(field)][side];
  if (column.categories.size() <= categories_max_) return;
  column.has_categories = false;
  column.categories = {};
}

void ColumnCollector::HalveSample(Side side) {
  std::uint64_t& mask = sample_masks_[side];
  mask = mask << 1 | 1;
  std::vector<std::uint64_t>& rows = sampled_rows_[side];
  const auto is_kept = [&](std::uint64_t row) { return (Spread(row) & mask) == 0; };
  for (Column& column : columns_) {
    std::vector<double>& values = column.values[side];
    std::size_t kept = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (is_kept(rows[i])) values[kept++] = values[i];
    }
    values.resize(kept);
  }
  std::erase_if(rows, [&](std::uint64_t row) { return !is_kept(row); });
}

void ColumnCollector::CompareBins(const std::vector<std::uint64_t>& before,
                                  const std::vector<std::uint64_t>& after, ColumnDiff& diff) {
  diff.population_stability = PopulationStability(before, after);
  diff.stability_by_chance = StabilityByChance(before, after);
}

void ColumnCollector::FinishNumbers(Column& column, ColumnDiff& diff) {
  std::array<std::vector<double>, 2> values;
  std::array<std::uint64_t, 2> missing{};
  for (const Side side : {kBefore, kAfter}) {
    const std::size_t cells = column.values[side].size();
    values[side] = Present(std::move(column.values[side]));
    missing[side] = cells - values[side].size();
  }
  if (values[kBefore].empty() && values[kAfter].empty()) return;
  const bool has_both = !values[kBefore].empty() && !values[kAfter].empty();
  if (has_both) diff.kolmogorov_smirnov = KolmogorovSmirnov(values[kBefore], values[kAfter]);
  // A column that is all missing on one side has moved into the bin of what is missing.
  const std::vector<double> edges =
      DecileEdges(values[kBefore].empty() ? values[kAfter] : values[kBefore]);
  auto before = CountInBins(values[kBefore], edges);
  auto after = CountInBins(values[kAfter], edges);
  if (missing[kBefore] + missing[kAfter] > 0) {
    before.push_back(missing[kBefore]);
    after.push_back(missing[kAfter]);
  }
  CompareBins(before, after, diff);
}

void ColumnCollector::FinishCategories(const Column& column, ColumnDiff& diff) {
  if (!column.has_categories) return;
  std::vector<std::uint64_t> before;
  std::vector<std::uint64_t> after;
  std::set<std::string> added;
  std::set<std::string> removed;
  // In one order, so that one question has one answer to the last digit.
  const std::map<std::string, std::array<std::uint64_t, 2>> sorted(column.categories.begin(),
                                                                   column.categories.end());
  for (const auto& [value, counts] : sorted) {
    before.push_back(counts[kBefore]);
    after.push_back(counts[kAfter]);
    if (counts[kBefore] == 0) added.insert(value);
    if (counts[kAfter] == 0) removed.insert(value);
  }
  if (diff.before.missing + diff.after.missing > 0) {
    before.push_back(diff.before.missing);
    after.push_back(diff.after.missing);
  }
  CompareBins(before, after, diff);
  const auto list = [](const std::set<std::string>& values) {
    std::vector<std::string> first;
    for (const std::string& value : values) {
      if (first.size() < kListedMax) first.push_back(value);
    }
    return first;
  };
  diff.values_added = added.size();
  diff.values_removed = removed.size();
  diff.added = list(added);
  diff.removed = list(removed);
}

std::vector<ColumnDiff> ColumnCollector::Finish() {
  std::vector<ColumnDiff> diffs;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    ColumnDiff diff{.name = names_[i]};
    const bool has_numbers = column.sides[kBefore].numbers + column.sides[kAfter].numbers > 0;
    diff.is_number = column.is_number && has_numbers;
    diff.is_time = column.is_time && has_numbers;
    const bool is_measured = diff.is_number || diff.is_time;
    for (const Side side : {kBefore, kAfter}) {
      ColumnSide facts = column.sides[side];
      if (!is_measured) {
        facts = {.rows = facts.rows, .missing = facts.missing};
      } else if (facts.numbers > 0) {
        facts.mean =
            static_cast<double>(column.sums[side] / static_cast<long double>(facts.numbers));
      }
      (side == kBefore ? diff.before : diff.after) = facts;
    }
    if (diff.before.rows > 0 && diff.after.rows > 0) {
      is_measured ? FinishNumbers(column, diff) : FinishCategories(column, diff);
    }
    diffs.push_back(std::move(diff));
  }
  return diffs;
}

double ColumnCollector::sampled_share() const {
  return 1.0 / (static_cast<double>(std::max(sample_masks_[kBefore], sample_masks_[kAfter])) + 1.0);
}

double ColumnCollector::sampling_error() const {
  double error = 0;
  for (const Side side : {kBefore, kAfter}) {
    const std::size_t rows = sampled_rows_[side].size();
    if (sample_masks_[side] == 0 || rows == 0) continue;
    error += std::sqrt(std::log(2 / 0.025) / (2 * static_cast<double>(rows)));
  }
  return error;
}

}  // namespace reprise::lineage
