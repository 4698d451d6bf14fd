#include "tracker/cli/text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>

#include "storage/base/canonical.h"

namespace reprise::cli {
namespace {

std::size_t Width(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string Formatted(const char* format, double number, const char* unit) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, number, unit);
  return buffer;
}

}  // namespace

void Table::Print(std::ostream& out) const {
  std::vector<std::size_t> widths(rows_[0].size(), 0);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Width(row[i]));
  }
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out << row[i];
      if (i + 1 < row.size()) out << std::string(widths[i] - Width(row[i]) + 2, ' ');
    }
    out << "\n";
  }
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
  if (duration_ms < 60'000)
    return Formatted("%.1f %s", static_cast<double>(duration_ms) / 1000, "s");
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
