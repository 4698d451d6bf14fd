// How differences are put into words.  Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/json.h"

namespace reprise::lineage {

// Whatever there may be many of is listed up to so many, and counted.
inline constexpr std::size_t kListedMax = 10;

// Six digits at most: "0.25", "1e-07", "inf".
std::string BriefNumber(double number);

// Seconds since 1970 as a time in UTC: "2024-02-29", or "2024-02-29T12:30:05Z".
std::string BriefTime(double seconds);

// "1 line", "2 lines".
std::string Counted(std::uint64_t count, std::string_view noun);

// "3 of 100 lines differ", "1 of 1 line differs".
std::string CountOf(std::uint64_t count, std::uint64_t total, std::string_view noun);

// `text` in single quotes, printable, and cut to some 60 bytes.
std::string Quoted(std::string_view text);

// The first kListedMax of `texts`, each Quoted(), with commas; "…" if there are more.
std::string ListQuoted(const std::vector<std::string>& texts);

// `text` for programs: printable, and cut to some 200 bytes.
std::string Shown(std::string_view text);

// Two texts that differ, as Quoted(), but each cut to what surrounds the first difference.
std::pair<std::string, std::string> QuotedPair(std::string_view expected, std::string_view actual);

// A number as long as a double holds it exactly, else its digits in a string.
Json CountToJson(std::uint64_t count);

}  // namespace reprise::lineage
