#include "lineage/render/svg_number.h"

#include <array>
#include <charconv>
#include <cmath>

namespace reprise::lineage {

std::string SvgNumber(double value) {
  std::array<char, 32> buffer{};
  const double tenths = std::round(value * 10) / 10;
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), tenths);
  return error == std::errc() ? std::string(buffer.data(), end) : "0";
}

}  // namespace reprise::lineage
