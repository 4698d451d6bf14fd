#include "storage/base/clock.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>

#include "storage/base/bytes.h"

namespace reprise {
namespace {

// Whether `text` begins as `shape` does, in which "d" is any digit.
bool HasShape(std::string_view text, std::string_view shape) {
  if (text.size() < shape.size()) return false;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (shape[i] == 'd' ? !digit : text[i] != shape[i]) return false;
  }
  return true;
}

int NumberAt(std::string_view text, std::size_t position, std::size_t length) {
  int value = 0;
  std::from_chars(text.data() + position, text.data() + position + length, value);
  return value;
}

// "+01:00" as milliseconds.
std::optional<std::int64_t> ParseOffset(std::string_view text) {
  constexpr std::string_view kShape = "+dd:dd";
  const bool is_behind = text.starts_with('-');
  if (text.size() != kShape.size() || !HasShape(text.substr(1), kShape.substr(1))) {
    return std::nullopt;
  }
  const int hours = NumberAt(text, 1, 2);
  const int minutes = NumberAt(text, 4, 2);
  if (hours > 23 || minutes > 59) return std::nullopt;
  return (is_behind ? -1 : 1) * (std::int64_t{hours} * 60 + minutes) * 60'000;
}

// The time at which the local clock shows what the clock of UTC shows at `unix_ms`.
std::int64_t FromLocal(std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000 - (unix_ms % 1000 < 0 ? 1 : 0);
  std::tm clock{};
  gmtime_r(&seconds, &clock);
  clock.tm_isdst = -1;
  return unix_ms + (std::int64_t{std::mktime(&clock)} - std::int64_t{seconds}) * 1000;
}

}  // namespace

namespace chrono = std::chrono;

std::int64_t NowUnixMs() {
  return chrono::duration_cast<chrono::milliseconds>(chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string FormatTime(std::int64_t unix_ms) {
  constexpr std::int64_t kYear0 = -62167219200000;
  constexpr std::int64_t kYear9999End = 253402300799999;
  const chrono::sys_time<chrono::milliseconds> time(
      chrono::milliseconds(std::clamp(unix_ms, kYear0, kYear9999End)));
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date(day);
  const chrono::hh_mm_ss clock(time - day);
  std::string text = "0000-00-00T00:00:00.000Z";
  // Ends before `end`.
  const auto put = [&](std::size_t end, std::int64_t number) {
    for (; number > 0; number /= 10) text[--end] = static_cast<char>('0' + number % 10);
  };
  put(4, static_cast<int>(date.year()));
  put(7, static_cast<unsigned>(date.month()));
  put(10, static_cast<unsigned>(date.day()));
  put(13, clock.hours().count());
  put(16, clock.minutes().count());
  put(19, clock.seconds().count());
  put(23, clock.subseconds().count());
  return text;
}

Result<std::int64_t> ParseTime(std::string_view text) {
  const Error malformed{ErrorCode::kInvalidArgument,
                        "'" + Printable(text) + "' is not a time such as 2026-11-23T06:11:11.042Z"};
  constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd";
  if (!HasShape(text, kShape) || text.back() != 'Z') return malformed;
  const auto number = [&](std::size_t position, std::size_t length) {
    return NumberAt(text, position, length);
  };
  std::string_view fraction = text.substr(kShape.size(), text.size() - kShape.size() - 1);
  int milliseconds = 0;
  if (!fraction.empty()) {
    if (fraction[0] != '.' || fraction.size() < 2) return malformed;
    fraction.remove_prefix(1);
    for (std::size_t i = 0; i < fraction.size(); ++i) {
      if (fraction[i] < '0' || fraction[i] > '9') return malformed;
    }
    for (std::size_t i = 0; i < 3; ++i) {
      milliseconds = milliseconds * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    }
  }
  const chrono::year_month_day date(chrono::year(number(0, 4)), chrono::month(number(5, 2)),
                                    chrono::day(number(8, 2)));
  if (!date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) {
    return malformed;
  }
  const auto time = chrono::sys_days(date) + chrono::hours(number(11, 2)) +
                    chrono::minutes(number(14, 2)) + chrono::seconds(number(17, 2)) +
                    chrono::milliseconds(milliseconds);
  return chrono::duration_cast<chrono::milliseconds>(time.time_since_epoch()).count();
}

Result<std::int64_t> ParseTimeOfPerson(std::string_view text) {
  constexpr std::size_t kDateSize = 10;
  std::string_view clock = text.size() > kDateSize ? text.substr(kDateSize) : "T00:00";
  if (clock[0] != 'T' && clock[0] != ' ') clock = "";  // Refused below.
  std::optional<std::int64_t> offset_ms;
  if (clock.ends_with('Z')) {
    offset_ms = 0;
    clock.remove_suffix(1);
  } else if (const std::size_t sign = clock.find_first_of("+-"); sign != clock.npos) {
    offset_ms = ParseOffset(clock.substr(sign));
    if (!offset_ms.has_value()) clock = "";
    clock = clock.substr(0, sign);
  }
  std::string whole(text.substr(0, kDateSize));
  if (!clock.empty()) whole += "T" + std::string(clock.substr(1));
  if (clock.size() == std::string_view("T00:00").size()) whole += ":00";
  const auto as_utc = ParseTime(whole + "Z");
  if (!as_utc.ok()) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(text) +
                     "' is not a time such as 2026-11-23, '2026-11-23 18:00' (local) or "
                     "2026-11-23T17:00:00Z"};
  }
  return offset_ms.has_value() ? *as_utc - *offset_ms : FromLocal(*as_utc);
}

}  // namespace reprise
