// The rows of a table in delimited text, one after the other.
//
// Thread-safety: one thread at a time, with a source that one thread uses.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/compare/content_source.h"
#include "lineage/table/record_splitter.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// How a table in delimited text is written.
struct TableShape {
  char delimiter = ',';
  bool has_header = false;
  bool has_repeated_names = false;   // In the header: they are numbered.
  std::vector<std::string> columns;  // Their names, or their numbers from 1 on.
};

class TableReader {
 public:
  // `source` must outlive it.
  explicit TableReader(const ContentSource& source) : cursor_(source) {}

  // Reads the first record and finds the shape(); call it once, before Next().  False: the content
  // is no table, as why_not() says, or empty.
  // Errors: those of the source.
  Result<bool> Begin();
  const TableShape& shape() const { return shape_; }

  // Reads the next row; false at the end, and where it is none (why_not() says why then).  Blank
  // lines are none where there are several columns.
  // Errors: those of the source.
  Result<bool> Next();

  std::uint64_t row() const { return row_; }  // From 1 on, without the header.
  // As it is written, with its line end; valid until Next().
  std::string_view text() const { return text_; }
  // Of the row, without quotes; as many as there are columns.  Valid until Next().
  std::span<const std::string_view> fields() const { return splitter_.fields(); }
  // A sentence, empty while nothing is wrong.
  const std::string& why_not() const { return why_not_; }

 private:
  Result<bool> ReadRecord();
  bool SplitNext(bool& is_whole);

  ContentCursor cursor_;
  std::string window_;
  std::size_t position_ = 0;
  bool is_at_end_ = false;
  bool is_first_pending_ = false;  // The first record is a row, and was not given yet.
  RecordSplitter splitter_;
  TableShape shape_;
  std::uint64_t row_ = 0;
  std::string_view text_;
  std::string why_not_;
};

// How the table in `source` is written; absent: it is none.  `name` is that of the file: one that
// ends with .csv or .tsv is a table, others if they look like one.
// Errors: those of `source`.
Result<std::optional<TableShape>> FindTableShape(const ContentSource& source,
                                                 std::string_view name);

}  // namespace reprise::lineage
