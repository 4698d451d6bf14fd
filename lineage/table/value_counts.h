// How often two rows of tables are equal by chance, by how often the values of their columns are.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

namespace reprise::lineage {

// Of how many different values in each of so many columns are counted: at most 1024, and together
// at most 2^18, however wide a table is.
std::size_t CountedValuesMax(std::size_t columns);

// The values of one column, by their hashes.
class ValueCounts {
 public:
  explicit ValueCounts(std::size_t values_max = CountedValuesMax(1)) : values_max_(values_max) {}

  // From now on, where more columns have come.
  void LimitTo(std::size_t values_max);
  void Add(std::uint64_t hash, std::uint64_t count = 1);
  std::uint64_t count() const { return count_; }

  // The chance that two different rows have the same value here, estimated without bias: the sum of
  // n (n - 1) over all values, each there n times, by N (N - 1) (Simpson, "Measurement of
  // diversity", 1949).  0 with fewer than two rows, or with more than `values_max` values: a column
  // that tells rows apart.
  double Agreement() const;

 private:
  std::size_t values_max_;
  std::unordered_map<std::uint64_t, std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  bool has_too_many_ = false;
};

// What is known of the rows of one table.
struct RowAgreement {
  std::uint64_t rows = 0;
  // The chance that two of them are equal, if its columns have nothing to do with each other: the
  // product of their Agreement().  It is less than it really is where columns go together, and
  // more where they exclude each other (BoundedByRows()).
  double chance = 0;
};

// `agreement` with a chance no greater than the rows of the table themselves bear out, of which
// `equal_pairs` pairs are equal: columns that exclude each other, as those of categories or the
// names of records do, agree far more often than their rows.  Leaves room for tables of few rows.
RowAgreement BoundedByRows(RowAgreement agreement, double equal_pairs);

// How many rows of b equal some row of a, at most, if the two have nothing in common but what their
// columns hold: the rows of b times 1 - (1 - p)^(rows of a), with p the geometric mean of both
// chances.  Where one has fewer than two rows, p is the chance of the other.
double ExpectedByChance(const RowAgreement& a, const RowAgreement& b);

// Whether so many rows that are shared are no more than chance gives: `expected`, and three times
// its root.
bool IsWithinChance(std::uint64_t shared, double expected);

}  // namespace reprise::lineage
