#include "tracker/replay/tolerance.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "storage/base/bytes.h"

namespace reprise::tracker {

bool SameBits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

bool Tolerance::Allows(double expected, double actual) const {
  if (SameBits(expected, actual)) return true;
  // A share of infinity would allow everything.
  if (!std::isfinite(expected) || !std::isfinite(actual)) return false;
  return std::abs(expected - actual) <= std::max(absolute, relative * std::abs(expected));
}

Result<std::map<std::string, Tolerance>> ParseTolerances(const std::vector<std::string>& texts) {
  std::map<std::string, Tolerance> tolerances;
  for (const std::string& text : texts) {
    const Error malformed{
        ErrorCode::kInvalidArgument,
        "--tolerance needs METRIC=ABSOLUTE or METRIC=RELATIVE%, and got '" + Printable(text) + "'"};
    const std::size_t equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0) return malformed;
    std::string_view number_text = std::string_view(text).substr(equals + 1);
    const bool percent = number_text.ends_with('%');
    if (percent) number_text.remove_suffix(1);
    double number = 0;
    const auto [end, error] =
        std::from_chars(number_text.data(), number_text.data() + number_text.size(), number);
    if (error != std::errc() || end != number_text.data() + number_text.size() || !(number >= 0) ||
        std::isinf(number)) {
      return malformed;
    }
    Tolerance& tolerance = tolerances[text.substr(0, equals)];
    (percent ? tolerance.relative : tolerance.absolute) = percent ? number / 100 : number;
  }
  return tolerances;
}

}  // namespace reprise::tracker
