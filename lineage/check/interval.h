// Values that were estimated from a sample, with the intervals that hold the true ones in 19 cases
// of 20.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>

namespace reprise::lineage {

// The quantile 0.975 of the standard normal distribution.
inline constexpr double kNormalQuantile975 = 1.959963984540054;

struct Estimate {  // Absent: the sample does not tell.
  std::optional<double> value;
  std::optional<double> low;
  std::optional<double> high;

  friend bool operator==(const Estimate&, const Estimate&) = default;
};

// The share `count` of `total`, by the score interval of Wilson, "Probable inference, the law of
// succession, and statistical inference" (J. Am. Stat. Assoc. 22, 1927), without correction for
// continuity.  Absent where `total` is 0.
Estimate ShareOf(std::uint64_t count, std::uint64_t total);

// The area `area` under the ROC curve of `positives` and `negatives`, whose variance by DeLong,
// DeLong and Clarke-Pearson (Biometrics 44, 1988) is `variance`: plus and minus kNormalQuantile975
// standard errors, cut to 0 and 1.  Where that variance says nothing, because it is 0 or one class
// has fewer than two rows, by method 5 of Newcombe, "Confidence intervals for an effect size
// measure based on the Mann-Whitney statistic. Part 2" (Stat. Med. 25, 2006): the variance of
// Hanley and McNeil (Radiology 143, 1982) at the interval's own ends.  Both counts are positive.
Estimate AreaEstimate(double area, double variance, std::uint64_t positives,
                      std::uint64_t negatives);

struct Share {
  std::uint64_t count = 0;
  std::uint64_t total = 0;  // Not 0.
};

// How much larger the first share is than the second, by method 10 of Newcombe, "Interval
// estimation for the difference between independent proportions" (Stat. Med. 17, 1998), which is
// made of the two score intervals.
Estimate DifferenceOf(const Share& larger, const Share& smaller);

}  // namespace reprise::lineage
