// How good a scorecard is: discrimination, calibration and how both hold within groups.
//
// Every function takes `scores`, the predicted probabilities of a bad loan, and `is_bad`, 1 where
// the loan went bad; both of one length.  Throws std::invalid_argument where the lengths differ, a
// score is not a number from 0 to 1, or there is nothing to measure.
//
// Results depend on the order of the rows only where floating-point sums do (Brier, log loss,
// calibration, which add in the order given); AUC and KS are computed in integers.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace credit_risk {

// The probability that a bad loan scores above a good one, ties counting one half: the area under
// the receiver operating characteristic, equal to the Mann-Whitney statistic (Hanley and McNeil,
// Radiology 143, 1982).  Nothing where a class is missing.
std::optional<double> Auc(std::span<const double> scores, std::span<const std::uint8_t> is_bad);

// The largest distance between the cumulative shares of bad and of good loans over all thresholds
// (the two-sample Kolmogorov-Smirnov statistic).  Loans that tie fall on one side together.
// Nothing where a class is missing.
std::optional<double> KolmogorovSmirnov(std::span<const double> scores,
                                        std::span<const std::uint8_t> is_bad);

// The mean squared distance between prediction and outcome (Brier, Monthly Weather Review 78, 1950,
// in its two-class form).  0 is perfect; predicting the base rate p gives p(1-p).
double BrierScore(std::span<const double> scores, std::span<const std::uint8_t> is_bad);

// The mean negative log likelihood in nats.  Scores are kept 1e-15 away from 0 and 1, so that one
// confident mistake does not make it infinite.
double LogLoss(std::span<const double> scores, std::span<const std::uint8_t> is_bad);

inline constexpr std::size_t kCalibrationBins = 10;

// Loans with lower <= score < upper; the last bin has its upper end too.
struct CalibrationBin {
  double lower = 0;
  double upper = 0;
  std::size_t count = 0;
  double mean_score = 0;  // 0 in an empty bin.
  double bad_share = 0;   // Likewise.
};

struct Calibration {
  std::array<CalibrationBin, kCalibrationBins> bins;
  // The distance between mean score and bad share, averaged over the bins by their counts (Naeini,
  // Cooper and Hauskrecht, AAAI 2015).
  double expected_error = 0;
};

// Ten bins of equal width.
Calibration Calibrate(std::span<const double> scores, std::span<const std::uint8_t> is_bad);

}  // namespace credit_risk
