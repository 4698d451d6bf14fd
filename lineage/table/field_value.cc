#include "lineage/table/field_value.h"

#include <charconv>
#include <chrono>
#include <cmath>

namespace reprise::lineage {
namespace {

namespace chrono = std::chrono;

std::string_view Trimmed(std::string_view value) {
  while (value.starts_with(' ')) value.remove_prefix(1);
  while (value.ends_with(' ')) value.remove_suffix(1);
  return value;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Decimals of at most 15 digits are exact as doubles, and so are the powers of ten by which they
// are divided: one division gives the nearest double (Clinger, PLDI 1990), without the library.
bool ReadShortDecimal(std::string_view value, FieldValue& out) {
  static constexpr double kPowers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool negative = value.front() == '-';
  const std::size_t start = negative || value.front() == '+' ? 1 : 0;
  if (value.size() - start > 16) return false;
  std::int64_t digits = 0;
  std::size_t count = 0;
  std::size_t point = value.size();
  for (std::size_t i = start; i < value.size(); ++i) {
    if (IsDigit(value[i])) {
      digits = digits * 10 + (value[i] - '0');
      ++count;
    } else if (value[i] == '.' && point == value.size()) {
      point = i;
    } else {
      return false;
    }
  }
  if (count == 0 || count > 15) return false;
  out.number = static_cast<double>(digits);
  if (point != value.size()) out.number /= kPowers[value.size() - point - 1];
  if (negative) out.number = -out.number;
  out.types = kIsReal;
  if (point == value.size()) {
    out.types |= kIsInteger;
    out.integer = negative ? -digits : digits;
  }
  return true;
}

bool ReadNumber(std::string_view value, FieldValue& out) {
  if (ReadShortDecimal(value, out)) return true;
  const bool has_plus = value.front() == '+';
  if (has_plus) value.remove_prefix(1);
  if (value.empty() || value.front() == '+' || (has_plus && value.front() == '-')) return false;
  const char* const end = value.data() + value.size();
  const auto [read, error] = std::from_chars(value.data(), end, out.number);
  if (read != end || std::isnan(out.number)) return false;
  if (error == std::errc::result_out_of_range) {
    return false;  // What no double is near to stays text.
  }
  if (error != std::errc()) return false;
  out.types = kIsReal;
  const auto [read_integer, integer_error] = std::from_chars(value.data(), end, out.integer);
  if (read_integer == end && integer_error == std::errc()) out.types |= kIsInteger;
  return true;
}

bool IsBoolean(std::string_view value) {
  return value == "true" || value == "false" || value == "True" || value == "False" ||
         value == "TRUE" || value == "FALSE";
}

// Takes `count` digits off the front of `rest`, of which the number is at most `max`.
bool TakeDigits(std::string_view& rest, std::size_t count, int min, int max, int& number) {
  if (rest.size() < count) return false;
  number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!IsDigit(rest[i])) return false;
    number = number * 10 + (rest[i] - '0');
  }
  rest.remove_prefix(count);
  return number >= min && number <= max;
}

bool Take(std::string_view& rest, char c) {
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

// "12:30", "12:30:05.25", and then nothing, "Z" or "+01:00"; adds them to `seconds`.
bool ReadTimeOfDay(std::string_view rest, double& seconds) {
  int hour = 0;
  int minute = 0;
  if (!TakeDigits(rest, 2, 0, 23, hour) || !Take(rest, ':') ||
      !TakeDigits(rest, 2, 0, 59, minute)) {
    return false;
  }
  seconds += hour * 3600 + minute * 60;
  if (Take(rest, ':')) {
    int second = 0;
    if (!TakeDigits(rest, 2, 0, 60, second)) return false;
    seconds += second;
    if (Take(rest, '.')) {
      if (rest.empty() || !IsDigit(rest.front())) return false;
      for (double unit = 0.1; !rest.empty() && IsDigit(rest.front()); unit /= 10) {
        seconds += unit * (rest.front() - '0');
        rest.remove_prefix(1);
      }
    }
  }
  if (rest.empty() || rest == "Z") return true;
  const bool is_east = rest.front() == '+';
  if (!Take(rest, '+') && !Take(rest, '-')) return false;
  if (!TakeDigits(rest, 2, 0, 23, hour)) return false;
  Take(rest, ':');
  if (!TakeDigits(rest, 2, 0, 59, minute) || !rest.empty()) return false;
  const int offset = hour * 3600 + minute * 60;
  seconds += is_east ? -offset : offset;
  return true;
}

bool ReadTime(std::string_view rest, FieldValue& out) {
  if (rest.size() < 10 || rest[4] != '-') return false;
  int year = 0;
  int month = 0;
  int day = 0;
  if (!TakeDigits(rest, 4, 0, 9999, year) || !Take(rest, '-') ||
      !TakeDigits(rest, 2, 1, 12, month) || !Take(rest, '-') || !TakeDigits(rest, 2, 1, 31, day)) {
    return false;
  }
  // A day that the month does not have counts on into the next.
  const chrono::sys_seconds date =
      chrono::sys_days(chrono::year(year) / month / 1) + chrono::days(day - 1);
  auto seconds = static_cast<double>(date.time_since_epoch().count());
  if (!rest.empty() && ((!Take(rest, 'T') && !Take(rest, ' ')) || !ReadTimeOfDay(rest, seconds))) {
    return false;
  }
  out.number = seconds;
  out.types = kIsTime;
  return true;
}

}  // namespace

bool IsMissing(std::string_view value) {
  value = Trimmed(value);
  if (value.size() > 4) return false;
  return value.empty() || value == "NA" || value == "N/A" || value == "NaN" || value == "nan" ||
         value == "null" || value == "NULL" || value == "None";
}

FieldValue ReadFieldValue(std::string_view value) {
  FieldValue result;
  value = Trimmed(value);
  const char first = value.front();
  if (IsDigit(first) || first == '-' || first == '+' || first == '.' || first == 'i' ||
      first == 'I') {
    if (ReadNumber(value, result)) return result;
    result = {};
    ReadTime(value, result);
  } else if (IsBoolean(value)) {
    result.types = kIsBoolean;
  }
  return result;
}

}  // namespace reprise::lineage
