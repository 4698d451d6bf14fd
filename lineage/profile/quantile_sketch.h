// Quantiles of any number of values in bounded memory, with an error that is known.
//
// Buffers of equal size and weights that double, as in Manku, Rajagopalan and Lindsay, "Approximate
// medians and other quantiles in one pass and with limited memory" (SIGMOD 1998), without chance:
// equal values in equal order give equal sketches.  docs/formats/profile.md states the bound.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace reprise::lineage {

// How many values a buffer holds, and how many points a summary has at most.
inline constexpr std::size_t kSketchBufferValues = 512;
inline constexpr std::size_t kQuantilePointsMax = 128;

// What is kept of a sketch: values with the number of values that each stands for.
struct QuantileSummary {
  std::uint64_t count = 0;  // The sum of all weights.
  // What Rank() is wrong by, at most, in values; 0: it is exact.
  std::uint64_t rank_error = 0;
  std::vector<std::pair<double, std::uint64_t>> points;  // By value, each once; weights from 1 on.

  // How many values are at most `value`, give or take rank_error.
  std::uint64_t Rank(double value) const;
  // A value such that the share `quantile` (0 to 1) of all values is at most it, give or take
  // rank_error / count: of an exact summary, the ceil(quantile * count)th.  `count` is not 0.
  double Quantile(double quantile) const;

  friend bool operator==(const QuantileSummary&, const QuantileSummary&) = default;
};

// The summary of values with the number of times that each occurs, in any order: exact unless there
// are more than kQuantilePointsMax different ones.
QuantileSummary SummarizeQuantiles(std::vector<std::pair<double, std::uint64_t>> values);

class QuantileSketch {
 public:
  // `value` is no NaN.
  void Add(double value) {
    pending_.push_back(value);
    if (pending_.size() == kSketchBufferValues) Flush();
  }

  QuantileSummary Summary() const;

 private:
  struct Level {
    std::vector<double> values;  // Sorted; empty, or a full buffer.
    bool keeps_odd = false;      // Which half the next collapse keeps: they take turns.
    std::uint64_t collapses = 0;
  };

  void Flush();

  std::vector<double> pending_;
  std::vector<Level> levels_;  // The values of level i have the weight 2^i.
};

}  // namespace reprise::lineage
