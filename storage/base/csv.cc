#include "storage/base/csv.h"

namespace reprise {

std::string CsvText(std::string_view text) {
  constexpr std::string_view kGuarded = "=+-@'\t\r";
  const bool is_guarded = !text.empty() && kGuarded.find(text[0]) != std::string_view::npos;
  std::string cell = is_guarded ? "'" : "";
  cell += text;
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

}  // namespace reprise
