// Drawings of evidence as inline SVG, each with a title and a description in words, so that nothing
// is told by colour or shape alone.  The numbers stand in a table beside a drawing.
//
// Equal input gives equal bytes.  What is not finite is not drawn; a drawing without anything is
// "".  Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace reprise::tracker {

struct CalibrationBin {
  double predicted = 0;
  double observed = 0;
};
// Observed against predicted shares, with the diagonal of a perfect model.
std::string CalibrationSvg(const std::vector<CalibrationBin>& bins);

struct LabelledValue {
  std::string label;
  double value = 0;
};
inline constexpr std::size_t kBarsMax = 30;
// Horizontal bars, of the greatest absolute values, at most kBarsMax.
std::string BarsSvg(const std::string& title, std::vector<LabelledValue> values);

struct LabelledInterval {
  std::string label;
  double value = 0;
  double low = 0;
  double high = 0;
};
inline constexpr std::size_t kIntervalsMax = 40;
// Values with their intervals, one below the other, the first kIntervalsMax.
std::string IntervalsSvg(const std::string& title, const std::vector<LabelledInterval>& intervals);

struct SharedBin {
  std::string label;
  double expected = 0;
  double actual = 0;
};
// Two distributions over the same bins, as pairs of columns.
std::string DistributionsSvg(const std::string& title, const std::vector<SharedBin>& bins);

}  // namespace reprise::tracker
