#include "lineage/compare/lines.h"

#include "lineage/compare/content_difference.h"

namespace reprise::lineage {

Result<std::size_t> LineReader::FindLineEnd() {
  for (std::size_t from = 0;;) {
    const std::size_t end = window_.find('\n', position_ + from);
    if (end != std::string::npos) return end + 1 - position_;
    from = window_.size() - position_;
    if (is_at_end_ || from > kLineBytesMax) return from;
    window_.erase(0, position_);
    position_ = 0;
    REPRISE_ASSIGN_OR_RETURN(const ByteSpan block, cursor_.Next());
    window_ += AsText(block);
    is_at_end_ = block.empty();
  }
}

Result<std::optional<std::string_view>> LineReader::Next() {
  REPRISE_ASSIGN_OR_RETURN(const std::size_t length, FindLineEnd());
  is_too_long_ |= length > kLineBytesMax;
  if (is_too_long_ || length == 0) return std::optional<std::string_view>();
  const std::string_view line = std::string_view(window_).substr(position_, length);
  position_ += length;
  return std::optional(line);
}

}  // namespace reprise::lineage
