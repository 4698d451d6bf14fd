// Text for people: tables, sizes, times, numbers.

#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace reprise::cli {

// A table whose columns are as wide as their widest cell; the first row is the heading.  A heading
// that begins with '>' is without it, and its column stands to the right.  Widths are counted in
// code points.
class Table {
 public:
  explicit Table(std::vector<std::string> heading);
  void Add(std::vector<std::string> row) {
    Measure(row);
    rows_.push_back(std::move(row));
  }
  bool empty() const { return rows_.size() == 1; }
  // Longer lines are cut, with "…" in place of the rest, when `width_max` is given.
  void Print(std::ostream& out, std::optional<std::size_t> width_max = std::nullopt,
             std::string_view indent = "") const;

  // For a table of more rows than should be held: makes the columns as wide as `row` needs; then
  // Print() gives the heading, and PrintRow() a row.
  void Measure(const std::vector<std::string>& row);
  void PrintRow(const std::vector<std::string>& row, std::ostream& out,
                std::optional<std::size_t> width_max = std::nullopt,
                std::string_view indent = "") const;

 private:
  std::vector<bool> to_the_right_;
  std::vector<std::size_t> widths_;
  std::vector<std::vector<std::string>> rows_;  // The heading first.
};

// "1 output", "2 outputs".
std::string Counted(std::uint64_t count, const std::string& noun);

// As somebody would type it into a shell: words with anything but plain characters are quoted, and
// what cannot be printed is escaped.
std::string ShellWords(const std::vector<std::string>& words);

// Appends spaces until `text` is `width` code points wide, and at least one.
void PadTo(std::size_t width, std::string& text);

// The paragraph in lines of at most `width` code points (a longer word has its own), each with a
// newline.
std::string Wrapped(std::string_view paragraph, std::size_t width);

std::string FormatSize(std::uint64_t bytes);           // "1.4 MiB"
std::string FormatDuration(std::int64_t duration_ms);  // "850 ms", "3.2 s", "2 h 05 min"
std::string FormatNumber(double number);             // Shortest that reads back, or NaN, Infinity.
std::string FormatBrief(double number);              // Six digits: "0.761905".
std::string FormatLocalTime(std::int64_t unix_ms);   // "2026-11-23 06:54"
std::string ShortDigest(const std::string& digest);  // "sha256:ab12cd34ef56"

}  // namespace reprise::cli
