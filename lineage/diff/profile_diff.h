// How two tables differ by their profiles: for data that is gone.
//
// Thread-safety: pure functions.

#pragma once

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

// Neither profile has a `problem`.  `why` says why the contents were not compared.  The kind is
// "profiles"; the members are in docs/diff.md.
ContentDifference DescribeProfiles(const Profile& before, const Profile& after, std::string why);
// A printable line for each column that differs.
std::vector<std::string> ProfileLines(const Profile& before, const Profile& after);

}  // namespace reprise::lineage
