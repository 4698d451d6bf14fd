// How well a score ranks two classes, from rows that come in the order of their scores.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <cstdint>

#include "lineage/check/interval.h"

namespace reprise::lineage {

// How many rows have the outcome that is asked about, and how many have not.
struct ClassCounts {
  std::uint64_t positives = 0;
  std::uint64_t negatives = 0;

  std::uint64_t rows() const { return positives + negatives; }
  bool has_both() const { return positives > 0 && negatives > 0; }
};

struct Ranking {  // Both absent where one class has no row.
  // The area under the ROC curve: how probable it is that a positive has a higher score than a
  // negative, ties counted by half (Mann and Whitney 1947), by AreaEstimate().
  Estimate area;
  // The largest distance between the distribution functions of the scores of the two classes.  The
  // interval is DifferenceOf() at the score where it is largest, as Raghavachari, "Limiting
  // distributions of Kolmogorov-Smirnov type statistics under the alternative" (Ann. Stat. 1, 1973)
  // has it for large samples; cut to 0 and 1.
  Estimate separation;
};

// A row's place value is the share of the other class that it is on the right side of, ties counted
// by half: their variances are what DeLong's method is made of.
class RankingTally {
 public:
  // `counts` of the rows that will come.
  explicit RankingTally(const ClassCounts& counts) : counts_(counts) {}

  // Of the next score, in ascending order: how many rows have it.
  void Add(const ClassCounts& tied);

  // Once all rows have come.
  Ranking Finish() const;

  // The place values of rows with the score that is added next.
  double PlaceOfPositives(const ClassCounts& tied) const;
  double PlaceOfNegatives(const ClassCounts& tied) const;

 private:
  const ClassCounts counts_;
  ClassCounts below_;
  struct Moments {
    long double sum = 0;
    long double squares = 0;
  };
  Moments positives_;
  Moments negatives_;
  ClassCounts at_largest_;  // `below_` where the distance is largest.
  double distance_ = 0;
};

}  // namespace reprise::lineage
