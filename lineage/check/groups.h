// The groups that the values of a column make: each value is one, or a stretch of numbers.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/profile/quantile_sketch.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// A column with more values has none that are groups.
inline constexpr std::size_t kGroupsMax = 100;
// A column of numbers with more different ones is parted at its quartiles.
inline constexpr std::size_t kNumericGroupsMax = 10;
inline constexpr std::string_view kMissingGroup = "(missing)";

class ColumnGroups {
 public:
  // Call it for each value of the column; then Finish(), once.
  void Learn(std::string_view value);
  // Errors: kInvalidArgument  it is text with more than kGroupsMax values: a sentence without the
  //                           column.
  Result<void> Finish();

  // The group of a value that was learnt: a place in names().
  std::size_t GroupOf(std::string_view value) const;
  // In order: numbers by size, text by bytes, at last kMissingGroup, which is always there.
  // Stretches are "≤ 31", "> 31, ≤ 45" and "> 45".
  const std::vector<std::string>& names() const { return names_; }

 private:
  void NameStretches(const std::vector<double>& edges);

  // The values without spaces around them, with their group; more than kGroupsMax are not held.
  std::map<std::string, std::size_t, std::less<>> values_;
  bool has_more_ = false;
  bool is_number_ = true;
  QuantileSketch quantiles_;
  std::vector<double> edges_;  // Of stretches; empty: each value is a group.
  std::vector<std::string> names_;
};

}  // namespace reprise::lineage
