// One record after the other of a table in delimited text that lies in a buffer: RFC 4180, with
// one of several delimiters.
//
// Every reader of tables is made of it, so that all agree on what a record and a field are.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/result.h"

namespace reprise::lineage {

// A longer record is no record of a table.
inline constexpr std::size_t kRecordBytesMax = 4U << 20;

class RecordSplitter {
 public:
  // Chooses the delimiter by the first record of a table that begins with `text`; false if that has
  // not ended.  Moves `position`, which is 0, behind a byte order mark.  `is_last`: nothing follows
  // `text`, as below.
  bool Begin(std::string_view text, bool is_last, std::size_t& position);

  // Splits the record at `position`, where there is at least one byte, and moves `position` behind
  // it; false if its end has not come.  Call Begin() first.
  // Errors: kInvalidArgument  it is no record of a table; the message says why.
  Result<bool> Split(std::string_view text, std::size_t& position, bool is_last);

  // The fields of the record that was split, without their quotes; of `text` and of this object,
  // valid as long as neither changes.
  std::span<const std::string_view> fields() const { return fields_; }

  // Comma, semicolon or tab: which of them divides the first record into most fields.  Absent
  // before Begin().
  std::optional<char> delimiter() const { return delimiter_; }

 private:
  Result<bool> SplitQuoted(std::string_view text, std::size_t& position, bool is_last);
  bool EndsLine(std::string_view text, std::size_t position) const;

  std::optional<char> delimiter_;
  bool return_ends_line_ = false;  // A carriage return does, without a line feed.
  bool is_special_[256] = {};      // The delimiter and line ends.
  std::vector<std::string_view> fields_;
  std::string unquoted_;  // Fields whose doubled quotes were made single, one after the other.
};

// What is wrong with a record that is longer than kRecordBytesMax.
Error RecordTooLong();

}  // namespace reprise::lineage
