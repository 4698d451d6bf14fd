// A table as text, RFC 4180.
//
// Thread-safety: as a std::string.

#pragma once

#include <string>
#include <utility>
#include <vector>

namespace reprise::tracker {

// One table as it grows.
class Table {
 public:
  explicit Table(const std::vector<std::string>& columns) { Add(columns); }

  void Add(const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (i > 0) text_ += ',';
      const std::string& cell = cells[i];
      if (cell.find_first_of(",\"\r\n") == std::string::npos) {
        text_ += cell;
        continue;
      }
      text_ += '"';
      for (const char c : cell) text_.append(c == '"' ? 2 : 1, c);
      text_ += '"';
    }
    text_ += "\r\n";
  }

  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
};

}  // namespace reprise::tracker
