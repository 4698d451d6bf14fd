#include "lineage/check/check_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "lineage/compare/wording.h"
#include "lineage/table/field_value.h"
#include "storage/base/nearest.h"

namespace reprise::lineage {
namespace {

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

std::string_view Trimmed(std::string_view value) {
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ')) value.remove_suffix(1);
  return value;
}

}  // namespace

Error CheckedRows::Wrong(const std::string& why) const {
  return {ErrorCode::kInvalidArgument, "cannot check " + Quoted(table_.name) + ": " + why};
}

Error CheckedRows::WrongRow(const std::string& why) const {
  return Wrong("row " + std::to_string(row()) + ": " + why);
}

Result<void> CheckedRows::Begin() {
  REPRISE_ASSIGN_OR_RETURN(const bool has_begun, reader_.Begin());
  if (!reader_.why_not().empty()) return Wrong("it is read " + reader_.why_not());
  if (!has_begun) return Wrong("it is empty");
  if (!reader_.shape().has_header) return Wrong("its first line does not name the columns");
  return {};
}

Result<std::size_t> CheckedRows::PlaceOf(const std::string& name) const {
  const auto found = std::ranges::find(columns(), name);
  if (found != columns().end()) return static_cast<std::size_t>(found - columns().begin());
  std::string why = "there is no column " + Quoted(name);
  if (const auto meant = Nearest(name, columns())) {
    why += "; did you mean " + Quoted(*meant) + "?";
  } else {
    why += " (columns: " + ListQuoted(columns()) + ")";
  }
  return Wrong(why);
}

Result<bool> CheckedRows::Next() {
  REPRISE_ASSIGN_OR_RETURN(const bool has_row, reader_.Next());
  if (!reader_.why_not().empty()) return Wrong("it is read " + reader_.why_not());
  return has_row;
}

Result<std::optional<double>> CheckedRows::Number(std::size_t place) const {
  if (IsMissing(field(place))) return std::optional<double>();
  const FieldValue value = ReadFieldValue(field(place));
  if ((value.types & kIsReal) == 0 || !std::isfinite(value.number)) {
    return WrongRow(Quoted(field(place)) + " in the column " + Quoted(columns()[place]) +
                    " is no finite number");
  }
  return std::optional(value.number);
}

Result<bool> Outcome::Learn(const CheckedRows& rows, std::string_view value) {
  constexpr std::array<std::array<std::string_view, 2>, 5> kKnown = {
      {{"0", "1"}, {"false", "true"}, {"False", "True"}, {"FALSE", "TRUE"}, {"no", "yes"}}};
  for (const auto& [negative, positive] : kKnown) {
    if (value != negative && value != positive) continue;
    positive_ = positive;
    negative_ = negative;
    return value == positive;
  }
  return rows.WrongRow("which outcome is asked about? The target is " + Quoted(value) +
                       "; name it with --positive VALUE");
}

Result<std::optional<bool>> Outcome::Read(const CheckedRows& rows, std::size_t place) {
  if (IsMissing(rows.field(place))) return std::optional<bool>();
  const std::string_view value = Trimmed(rows.field(place));
  if (!positive_.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(const bool is_positive, Learn(rows, value));
    return std::optional(is_positive);
  }
  if (value == *positive_) return std::optional(true);
  if (!negative_.has_value()) negative_ = value;
  if (value == *negative_) return std::optional(false);
  return rows.WrongRow("the target has a third value, " + Quoted(value) + ", beside " +
                       Quoted(*positive_) + " and " + Quoted(*negative_));
}

std::uint64_t OrderOf(double number) {
  if (number == 0) number = 0;  // And not the negative zero.
  const auto bits = std::bit_cast<std::uint64_t>(number);
  return (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
}

double NumberOf(std::uint64_t order) {
  return std::bit_cast<double>((order & kSignBit) != 0 ? order & ~kSignBit : ~order);
}

}  // namespace reprise::lineage
