#include "tracker/recorder/process_stat.h"

#include <charconv>
#include <string>
#include <string_view>

namespace reprise::tracker {
namespace {

// The field of that number, counted from 1, of text separated by single spaces.
std::string_view Field(std::string_view text, int number) {
  for (int field = 1; field < number; ++field) {
    const std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return {};
    text.remove_prefix(space + 1);
  }
  return text.substr(0, text.find_first_of(" \n"));
}

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || text.empty() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<ProcessStat> ReadProcessStat(FileSystem& files, std::int64_t pid) {
  const auto text = ReadFile(files, "/proc/" + std::to_string(pid) + "/stat", 1 << 16);
  if (!text.ok()) return std::nullopt;
  // The second field, in parentheses, is the program's name and may hold anything.
  const std::size_t name_end = text->rfind(") ");
  if (name_end == std::string::npos) return std::nullopt;
  const std::string_view rest = std::string_view(*text).substr(name_end + 2);  // From field 3 on.
  const std::string_view state = Field(rest, 1);
  const auto threads = ParseNumber<std::int64_t>(Field(rest, 20 - 2));
  const auto start_ticks = ParseNumber<std::uint64_t>(Field(rest, 22 - 2));
  if (!threads.has_value() || !start_ticks.has_value()) return std::nullopt;
  // A zombie with threads is a program whose first thread has ended and whose others go on.
  return ProcessStat{(state == "Z" && *threads <= 1) || state == "X", *start_ticks};
}

}  // namespace reprise::tracker
