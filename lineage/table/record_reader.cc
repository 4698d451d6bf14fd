#include "lineage/table/record_reader.h"

namespace reprise::lineage {

Result<void> RecordReader::Feed(std::string_view part) {
  // Most records lie whole in a part: only what is cut off is copied.
  if (!pending_.empty()) {
    pending_.append(part);
    REPRISE_ASSIGN_OR_RETURN(const std::size_t consumed, Consume(pending_, false));
    pending_.erase(0, consumed);
  } else {
    REPRISE_ASSIGN_OR_RETURN(const std::size_t consumed, Consume(part, false));
    pending_.assign(part.substr(consumed));
  }
  if (pending_.size() > kRecordBytesMax) {
    return RecordTooLong();
  }
  return {};
}

Result<void> RecordReader::Finish() {
  REPRISE_TRY(Consume(pending_, true));
  pending_.clear();
  return {};
}

Result<std::size_t> RecordReader::Consume(std::string_view text, bool is_last) {
  std::size_t consumed = 0;
  if (!splitter_.delimiter().has_value() && !splitter_.Begin(text, is_last, consumed)) {
    return std::size_t{0};
  }
  while (consumed < text.size()) {
    std::size_t position = consumed;
    REPRISE_ASSIGN_OR_RETURN(const bool whole, splitter_.Split(text, position, is_last));
    if (!whole) break;
    REPRISE_TRY(visit_(splitter_.fields()));
    consumed = position;
  }
  return consumed;
}

}  // namespace reprise::lineage
