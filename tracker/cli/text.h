// Text for people: tables, sizes, times, numbers.

#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace reprise::cli {

// A table whose columns are as wide as their widest cell; the first row is the heading.  Widths are
// counted in code points.
class Table {
 public:
  explicit Table(std::vector<std::string> heading) : rows_{std::move(heading)} {}
  void Add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  void Print(std::ostream& out) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

std::string FormatSize(std::uint64_t bytes);           // "1.4 MiB"
std::string FormatDuration(std::int64_t duration_ms);  // "850 ms", "3.2 s", "2 h 05 min"
std::string FormatNumber(double number);             // Shortest that reads back, or NaN, Infinity.
std::string FormatLocalTime(std::int64_t unix_ms);   // "2026-11-23 06:54"
std::string ShortDigest(const std::string& digest);  // "sha256:ab12cd34ef56"

}  // namespace reprise::cli
