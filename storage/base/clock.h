// Wall-clock time and its text form.
//
// Times are milliseconds since the Unix epoch, UTC, without leap seconds.  Text is RFC 3339 with
// millisecond precision and "Z": "2026-11-23T06:11:11.042Z".  Thread-safety: pure, but for
// NowUnixMs() and for the local zone, which ParseTimeOfPerson() reads.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/base/result.h"

namespace reprise {

std::int64_t NowUnixMs();

// `unix_ms` must lie in the years 0000 to 9999; others are clamped.
std::string FormatTime(std::int64_t unix_ms);

// The inverse of FormatTime; fewer or more fractional digits are accepted, offsets are not.
// Errors: kInvalidArgument  not a time of that form.
Result<std::int64_t> ParseTime(std::string_view text);

// A time as people write one: "2026-11-23", "2026-11-23 07:11", "2026-11-23T07:11:11.042"; local
// time (TZ), unless "Z" or an offset such as "+01:00" follows the time of day.
// Errors: kInvalidArgument  not a time of that form.
Result<std::int64_t> ParseTimeOfPerson(std::string_view text);

}  // namespace reprise
