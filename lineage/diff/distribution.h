// How far two samples are apart: the two-sample Kolmogorov–Smirnov statistic and the population
// stability index.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace reprise::lineage {

// The largest distance between the two empirical distribution functions, from 0 to 1, with ties
// counted on both sides (Smirnov 1939; as scipy.stats.ks_2samp has it).  Both are sorted, not empty
// and without NaN; infinities have their place.
double KolmogorovSmirnov(std::span<const double> before, std::span<const double> after);

// Up to nine increasing edges of bins with about a tenth of `sorted` each: its quantiles 0.1 to 0.9
// without interpolation (definition 1 of Hyndman & Fan 1996; NumPy's method "inverted_cdf"), each
// value once.  `sorted` is not empty and has no NaN.
std::vector<double> DecileEdges(std::span<const double> sorted);

// How many of `sorted` are at most the first edge, then above that and at most the next, …, above
// the last.
std::vector<std::uint64_t> CountInBins(std::span<const double> sorted,
                                       std::span<const double> edges);

// The population stability index over bins: the sum of (a - b) ln(a / b), where b and a are a
// bin's shares before and after (Siddiqi, "Credit Risk Scorecards", 2006; the same number is
// Jeffreys' divergence).  So that an empty bin does not make it infinite, half an observation is
// added to each bin: the share is (count + 0.5) / (total + 0.5 bins), the estimate of Krichevsky
// and Trofimov (1981).  Both have one count for each bin; 0 where there are no bins.
double PopulationStability(std::span<const std::uint64_t> before,
                           std::span<const std::uint64_t> after);

// The population stability index that samples of one distribution stay below in 19 cases of 20: it
// is (1/n + 1/m) times a chi-square variable with one degree of freedom less than there are bins
// (Yurdakul, "Statistical Properties of Population Stability Index", 2018), here by the normal
// approximation of its mean and variance.  0 with fewer than two bins or without observations.
double StabilityByChance(std::span<const std::uint64_t> before,
                         std::span<const std::uint64_t> after);

}  // namespace reprise::lineage
