#include "tracker/cli/text.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "storage/base/bytes.h"
#include "storage/base/canonical.h"

namespace reprise::cli {
namespace {

std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// The first `width` code points, the last of them "…" if there are more.
std::string Cut(const std::string& text, std::size_t width) {
  if (width == 0 || Width(text) <= width) return text;
  std::size_t end = 0;
  for (std::size_t seen = 0; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (begins && ++seen == width) break;
  }
  return text.substr(0, end) + "…";
}

std::string Formatted(const char* format, double number, const char* unit) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, number, unit);
  return buffer;
}

}  // namespace

Table::Table(std::vector<std::string> heading) {
  for (std::string& cell : heading) {
    to_the_right_.push_back(cell.starts_with('>'));
    if (to_the_right_.back()) cell.erase(0, 1);
  }
  widths_.resize(heading.size(), 0);
  Add(std::move(heading));
}

void Table::Measure(const std::vector<std::string>& row) {
  for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], Width(row[i]));
}

void Table::Print(std::ostream& out, std::optional<std::size_t> width_max,
                  std::string_view indent) const {
  for (const auto& row : rows_) PrintRow(row, out, width_max, indent);
}

void Table::PrintRow(const std::vector<std::string>& row, std::ostream& out,
                     std::optional<std::size_t> width_max, std::string_view indent) const {
  std::string line(indent);
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (i > 0) line += "  ";
    const std::string padding(widths_[i] - Width(row[i]), ' ');
    line += to_the_right_[i] ? padding + row[i] : row[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out << (width_max.has_value() ? Cut(line, *width_max) : line) << "\n";
}

std::string Counted(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string ShellWords(const std::vector<std::string>& words) {
  constexpr std::string_view kPlain = "%+,-./:=@_^{}";
  std::string text;
  for (const std::string& word : words) {
    const bool plain = !word.empty() && std::ranges::all_of(word, [&](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
             (static_cast<unsigned char>(c) & 0x80) != 0 || kPlain.find(c) != kPlain.npos;
    });
    if (!text.empty()) text += ' ';
    if (plain) {
      text += word;
      continue;
    }
    text += '\'';
    for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    text += '\'';
  }
  const bool prints = IsUtf8(text) && std::ranges::none_of(text, [](char c) {
                        return std::iscntrl(static_cast<unsigned char>(c)) != 0;
                      });
  return prints ? text : Printable(text);  // Which would double every backslash.
}

void PadTo(std::size_t width, std::string& text) {
  const std::size_t used = Width(text);
  text.append(used < width ? width - used : 1, ' ');
}

std::string Wrapped(std::string_view paragraph, std::size_t width) {
  std::string text;
  std::size_t used = 0;
  while (!paragraph.empty()) {
    const std::string_view word = paragraph.substr(0, paragraph.find(' '));
    paragraph.remove_prefix(std::min(word.size() + 1, paragraph.size()));
    const bool fits = used == 0 || used + 1 + Width(word) <= width;
    if (used > 0) text += fits ? ' ' : '\n';
    used = fits && used > 0 ? used + 1 + Width(word) : Width(word);
    text += word;
  }
  return text + "\n";
}

std::string FormatSize(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  double value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (value >= 1023.95 && unit + 1 < std::size(kUnits)) {
    value /= 1024;
    ++unit;
  }
  return Formatted("%.1f %s", value, kUnits[unit]);
}

std::string FormatDuration(std::int64_t duration_ms) {
  if (duration_ms < 1000) return std::to_string(duration_ms) + " ms";
  if (duration_ms < 60'000) {
    const std::int64_t tenths = duration_ms / 100;  // 59.99 s is not yet a minute.
    return Formatted("%.1f %s", static_cast<double>(tenths) / 10, "s");
  }
  const std::int64_t minutes = duration_ms / 60'000;
  if (minutes < 60) {
    return std::to_string(minutes) + " min " + std::to_string(duration_ms / 1000 % 60) + " s";
  }
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

std::string FormatNumber(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  std::string text;
  AppendCanonicalNumber(text, number);
  return text;
}

std::string FormatBrief(double number) {
  if (!std::isfinite(number)) return FormatNumber(number);
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.6g", number);
  return buffer;
}

std::string FormatLocalTime(std::int64_t unix_ms) {
  const std::time_t seconds = unix_ms / 1000;
  std::tm local{};
  localtime_r(&seconds, &local);
  char buffer[32];
  std::strftime(buffer, sizeof buffer, "%Y-%m-%d %H:%M", &local);
  return buffer;
}

std::string ShortDigest(const std::string& digest) { return digest.substr(0, 7 + 12); }

}  // namespace reprise::cli
