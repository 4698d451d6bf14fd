// The records of a table in delimited text (RFC 4180, with one of several delimiters), from bytes
// that arrive in parts.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/result.h"

namespace reprise::lineage {

// A longer record is no record of a table.
inline constexpr std::size_t kRecordBytesMax = 4U << 20;

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
  std::optional<char> delimiter() const { return delimiter_; }

 private:
  Result<std::size_t> Consume(std::string_view text, bool is_last);
  Result<bool> ReadRecord(std::string_view text, std::size_t& position, bool is_last);
  Result<bool> ReadQuoted(std::string_view text, std::size_t& position, bool is_last);
  Result<bool> ChooseDelimiter(std::string_view text, bool is_last);

  Visit visit_;
  std::string pending_;  // The start of a record whose end has not come.
  std::optional<char> delimiter_;
  bool is_special_[256] = {};  // The delimiter and line ends.
  std::vector<std::string_view> fields_;
  std::string unquoted_;  // Fields whose doubled quotes were made single, one after the other.
};

}  // namespace reprise::lineage
