// The rows of a file of JSON texts, one on each line (jsonlines.org), hashed so that they can be
// compared with those of others.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/table/field_hash.h"
#include "lineage/table/value_counts.h"
#include "storage/base/result.h"

namespace reprise::lineage {

// A row is the members of the object on its line, without those to ignore; their order and white
// space between them do not count, and values are compared as they are written: 1.0 is not 1.
// What is no object is a row as a whole.
class JsonRowHasher {
 public:
  // `row` counts lines that are not blank, from 1 on.  Rows without members are not visited.
  using Visit = std::function<Result<void>(const FieldHash& hash, std::uint64_t row)>;
  JsonRowHasher(std::vector<std::string> ignored, Visit visit)
      : ignored_(ignored.begin(), ignored.end()), visit_(std::move(visit)) {}

  // Errors: kInvalidArgument  a line is no JSON, or longer than kRecordBytesMax.  Those of `visit`.
  //         Nothing more may be fed then.
  Result<void> Feed(std::string_view part);
  // The end: a last line may lack its line end.
  Result<void> Finish();

  std::uint64_t rows() const { return rows_; }
  // Of those that were visited.  A member that a row lacks is a value like others.
  RowAgreement Agreement() const;
  // Which of the members to ignore were there.
  const std::set<std::string>& found_ignored() const { return found_ignored_; }

 private:
  Result<void> AddLine(std::string_view line);
  // Of a member that is counted by itself; nullptr: there are too many of them.
  ValueCounts* CountsOf(const std::string& name);

  const std::set<std::string> ignored_;
  const Visit visit_;
  std::string pending_;  // The start of a line whose end has not come.
  std::uint64_t rows_ = 0;
  std::uint64_t visited_ = 0;
  std::set<std::string> found_ignored_;
  std::map<std::string, ValueCounts, std::less<>> counts_;  // By the name of the member.
  ValueCounts other_counts_;  // Of the members that are not among them, together as one value.
};

}  // namespace reprise::lineage
