#include "lineage/capture/text_fields.h"

#include <charconv>

#include "lineage/capture/system_view.h"

namespace reprise::capture {

std::string_view TrimField(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\"");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\"") - start + 1);
}

std::optional<std::string> FindField(std::string_view text, std::string_view key, char separator) {
  for (const std::string& line : Split(text, '\n')) {
    const std::size_t end = line.find(separator);
    if (end == std::string::npos || TrimField(std::string_view(line).substr(0, end)) != key) {
      continue;
    }
    return std::string(TrimField(std::string_view(line).substr(end + 1)));
  }
  return std::nullopt;
}

std::optional<std::uint64_t> ParseUnsigned(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace reprise::capture
