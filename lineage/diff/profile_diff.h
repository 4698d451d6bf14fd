// How two tables differ by their profiles: for data that is gone.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lineage/compare/content_difference.h"
#include "lineage/profile/profile.h"

namespace reprise::lineage {

// A distance, and by how much it may be off at most.
struct BoundedDistance {
  double value = 0;
  double error = 0;
};

// The two-sample Kolmogorov–Smirnov statistic of the values that two summaries stand for: neither
// is without values.  Every rank is off by rank_error at most, so that the statistic is by the sum
// of both errors, each as a share of its values.
BoundedDistance KolmogorovSmirnov(const QuantileSummary& before, const QuantileSummary& after);

// A population stability index, the value that it stays below by chance
// (lineage/diff/distribution.h) and whether it is that of the values, or near to it.
struct EstimatedStability {
  double value = 0;
  double by_chance = 0;
  bool is_exact = false;
};

// Of two columns that were profiled.  Of numbers and times the bins are the tenths of the first
// one's quantiles, of whatever else its and the other's frequent values and one for all others, as
// far as both tell how often a value is there; missing and infinite ones have bins of their own.
// Absent: one has no values, they are not of one kind, or their values are withheld.
std::optional<EstimatedStability> StabilityOf(const ColumnProfile& before,
                                              const ColumnProfile& after, std::uint64_t rows_before,
                                              std::uint64_t rows_after);

// Neither profile has a `problem`.  `why` says why the contents were not compared.  The kind is
// "profiles"; the members are in docs/diff.md.
ContentDifference DescribeProfiles(const Profile& before, const Profile& after, std::string why);
// A printable line for each column that differs.
std::vector<std::string> ProfileLines(const Profile& before, const Profile& after);

}  // namespace reprise::lineage
