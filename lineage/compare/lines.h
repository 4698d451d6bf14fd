// Lines of a content, read from front to back.
//
// Thread-safety: one thread at a time.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lineage/compare/content_source.h"

namespace reprise::lineage {

class LineReader {
 public:
  explicit LineReader(const ContentSource& source, std::uint64_t offset = 0)
      : cursor_(source, offset) {}

  // The next line with its newline, if it has one; absent at the end, and where a line is longer
  // than kLineBytesMax.  Valid until the next call.
  Result<std::optional<std::string_view>> Next();

  bool is_too_long() const { return is_too_long_; }

 private:
  // The length of the line that begins at `position_`, or of the rest of the content.
  Result<std::size_t> FindLineEnd();

  ContentCursor cursor_;
  std::string window_;
  std::size_t position_ = 0;
  bool is_at_end_ = false;
  bool is_too_long_ = false;
};

}  // namespace reprise::lineage
