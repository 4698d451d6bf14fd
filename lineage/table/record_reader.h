// The records of a table in delimited text (RFC 4180, with one of several delimiters), from bytes
// that arrive in parts.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/table/record_splitter.h"
#include "storage/base/result.h"

namespace reprise::lineage {

class RecordReader {
 public:
  // The fields of one record, without their quotes; borrowed for the call.
  using Visit = std::function<Result<void>(std::span<const std::string_view> fields)>;

  explicit RecordReader(Visit visit) : visit_(std::move(visit)) {}

  // Errors: kInvalidArgument  the bytes are no table, or a record is longer than kRecordBytesMax.
  //         Those of `visit`.  Nothing more may be fed then.
  Result<void> Feed(std::string_view part);
  // The end: a last record may lack its line end.
  Result<void> Finish();

  // Comma, semicolon or tab: which of them divides the first record into most fields.  Absent
  // before that has come.
  std::optional<char> delimiter() const { return splitter_.delimiter(); }

 private:
  Result<std::size_t> Consume(std::string_view text, bool is_last);

  Visit visit_;
  std::string pending_;  // The start of a record whose end has not come.
  RecordSplitter splitter_;
};

}  // namespace reprise::lineage
