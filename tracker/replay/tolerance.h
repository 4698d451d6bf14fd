// How far a metric may lie from the original: "auc=0.01" or "auc=1%".

#pragma once

#include <map>
#include <string>
#include <vector>

#include "storage/base/result.h"

namespace reprise::tracker {

struct Tolerance {
  double absolute = 0;
  double relative = 0;  // Of the original's value.

  // Whether `actual` is near enough to `expected`.  The same bits always are; a NaN is near nothing
  // else.
  bool Allows(double expected, double actual) const;
};

// One tolerance for each metric; given once as a number and once in percent, the wider one holds.
// Errors: kInvalidArgument  no METRIC=NUMBER or METRIC=NUMBER%, or a number below zero.
Result<std::map<std::string, Tolerance>> ParseTolerances(const std::vector<std::string>& texts);

// Whether the doubles are equal to the bit: NaN is itself, and 0 is not -0.
bool SameBits(double a, double b);

}  // namespace reprise::tracker
