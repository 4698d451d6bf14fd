#include "lineage/compare/table_reader.h"

#include <algorithm>

#include "lineage/compare/wording.h"
#include "lineage/table/field_value.h"
#include "lineage/table/header.h"

namespace reprise::lineage {
namespace {

bool IsNumber(std::string_view field) {
  return !IsMissing(field) && (ReadFieldValue(field).types & kIsReal) != 0;
}

// Whether the names are those of a table whose file does not say that it is one: there are two or
// more, and they look like no other kind of text.
bool AreTellingNames(const TableShape& shape) {
  return shape.has_header && shape.columns.size() > 1 &&
         std::ranges::none_of(shape.columns, [](const std::string& name) {
           return name.starts_with(' ') || name.find_first_of("{}=:") != name.npos;
         });
}

}  // namespace

Result<bool> TableReader::Begin() {
  do {
    REPRISE_ASSIGN_OR_RETURN(const bool has_record, ReadRecord());
    if (!has_record) return false;
  } while (IsBlankRecord(fields()));
  ColumnNames columns = ReadColumnNames(fields());
  shape_ = {*splitter_.delimiter(), columns.has_header, columns.has_repeated,
            std::move(columns.names)};
  is_first_pending_ = !shape_.has_header;
  return true;
}

Result<bool> TableReader::Next() {
  do {
    if (is_first_pending_) {
      is_first_pending_ = false;
      break;
    }
    REPRISE_ASSIGN_OR_RETURN(const bool has_record, ReadRecord());
    if (!has_record) return false;
  } while (IsBlankRecord(fields()) && shape_.columns.size() > 1);
  ++row_;
  if (fields().size() == shape_.columns.size()) return true;
  why_not_ = "not as a table: row " + std::to_string(row_) + " has " +
             Counted(fields().size(), "field") + " and the table " +
             std::to_string(shape_.columns.size());
  return false;
}

Result<bool> TableReader::ReadRecord() {
  if (!why_not_.empty()) return false;
  for (;;) {
    bool is_whole = false;
    if (!SplitNext(is_whole)) return false;
    if (is_whole) return true;
    if (is_at_end_) return false;
    if (window_.size() - position_ > kRecordBytesMax) {
      why_not_ = "not as a table: " + RecordTooLong().message;
      return false;
    }
    window_.erase(0, position_);
    position_ = 0;
    REPRISE_ASSIGN_OR_RETURN(const ByteSpan block, cursor_.Next());
    window_ += AsText(block);
    is_at_end_ = block.empty();
  }
}

// Splits what is in the window; false if that is no record of a table.
bool TableReader::SplitNext(bool& is_whole) {
  if (!splitter_.delimiter().has_value() && !splitter_.Begin(window_, is_at_end_, position_)) {
    return true;
  }
  if (position_ == window_.size()) return true;
  std::size_t end = position_;
  const auto split = splitter_.Split(window_, end, is_at_end_);
  if (!split.ok()) {
    why_not_ =
        "not as a table: row " + std::to_string(row_ + 1) + " is none: " + split.error().message;
    return false;
  }
  is_whole = *split;
  if (is_whole) {
    text_ = std::string_view(window_).substr(position_, end - position_);
    position_ = end;
  }
  return true;
}

Result<std::optional<TableShape>> FindTableShape(const ContentSource& source,
                                                 std::string_view name) {
  constexpr std::size_t kSampleRows = 19;
  constexpr std::size_t kRowsMin = 2;
  TableReader reader(source);
  REPRISE_ASSIGN_OR_RETURN(const bool has_begun, reader.Begin());
  if (!has_begun) return std::optional<TableShape>();
  if (IsTableName(name)) return std::optional(reader.shape());
  // Without a telling name a table has a header of two words or more, and below it rows that are
  // as long, with a number in each.
  if (!AreTellingNames(reader.shape())) return std::optional<TableShape>();
  while (reader.row() < kSampleRows) {
    REPRISE_ASSIGN_OR_RETURN(const bool has_row, reader.Next());
    if (!has_row && !reader.why_not().empty()) return std::optional<TableShape>();
    if (!has_row) break;
    if (std::ranges::none_of(reader.fields(), IsNumber)) return std::optional<TableShape>();
  }
  if (reader.row() < kRowsMin) return std::optional<TableShape>();
  return std::optional(reader.shape());
}

}  // namespace reprise::lineage
