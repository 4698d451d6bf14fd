// The small texts in which MLflow's files and columns say things.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "tracker/import/mlflow_store.h"

namespace reprise::tracker {
namespace {

Error Malformed(std::string_view line) {
  constexpr std::size_t kShownBytesMax = 80;
  return {ErrorCode::kCorruption,
          "'" + Printable(line.substr(0, kShownBytesMax)) + "' is no point of a metric"};
}

template <typename T>
bool Parse(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

// As Python's float() reads what its repr() writes.
bool ParseReal(std::string_view text, double& value) {
  if (!text.empty() && text[0] == '+') text.remove_prefix(1);
  if (Parse(text, value)) return true;
  // Out of range: from_chars() leaves it to us which way.
  double mantissa = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), mantissa, std::chars_format::fixed);
  if (error != std::errc() || end == text.data()) return false;
  int exponent = 0;
  std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (rest.size() < 2 || (rest[0] != 'e' && rest[0] != 'E')) return false;
  rest.remove_prefix(rest[1] == '+' ? 2 : 1);
  if (!Parse(rest, exponent)) return false;
  value = std::copysign(exponent < 0 ? 0 : std::numeric_limits<double>::infinity(), mantissa);
  return true;
}

}  // namespace

bool IsMlflowId(std::string_view id) {
  constexpr std::size_t kSizeMax = 128;
  return !id.empty() && id.size() <= kSizeMax && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

Result<MlflowStatus> ParseMlflowStatus(std::string_view text) {
  // mlflow/protos/service.proto, enum RunStatus.
  if (text == "RUNNING" || text == "1") return MlflowStatus::kRunning;
  if (text == "SCHEDULED" || text == "2") return MlflowStatus::kScheduled;
  if (text == "FINISHED" || text == "3") return MlflowStatus::kFinished;
  if (text == "FAILED" || text == "4") return MlflowStatus::kFailed;
  if (text == "KILLED" || text == "5") return MlflowStatus::kKilled;
  return Error{ErrorCode::kCorruption, "'" + Printable(text) + "' is no status of a run"};
}

Result<lineage::MetricPoint> ParseMlflowPoint(std::string_view line) {
  // What follows the third names a dataset, whose name may hold spaces.
  std::string_view fields[3];
  std::size_t count = 0;
  for (std::string_view rest = line; count < std::size(fields);) {
    const std::size_t space = rest.find(' ');
    fields[count++] = rest.substr(0, space);
    if (space == std::string_view::npos) break;
    rest.remove_prefix(space + 1);
  }
  lineage::MetricPoint point;
  if (count < 2 || !Parse(fields[0], point.time_unix_ms) || !ParseReal(fields[1], point.value) ||
      (count > 2 && !Parse(fields[2], point.step))) {
    return Malformed(line);
  }
  return point;
}

}  // namespace reprise::tracker
