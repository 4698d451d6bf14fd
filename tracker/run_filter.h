// Expressions over runs: `reprise runs --where`.
//
//   expression = term {"or" term};  term = factor {"and" factor};
//   factor     = "not" factor | "(" expression ")" | field operator value | field list;
//   operator   = "=" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "~" (contains);
//   list       = ["not"] "in" "(" value {"," value} ")";
//   field      = "metrics."KEY | "params."KEY | "tags."KEY | "id" | "name" | "experiment" |
//                "status" | "started" | "duration" | "exit_code" | "commit" | "actor";
//   value      = a number, a word, or a text in single or double quotes; a KEY may be quoted too.
//
// Numbers compare as numbers when both sides are numbers, else as text; a quoted value is text.
// "started" compares as a time, which is read as ParseTimeOfPerson does (storage/base/clock.h), and
// contains (~) what its RFC 3339 text in UTC does; "duration" is in seconds.  A comparison is false
// for a run without the field.
//
// Thread-safety: as a const std::string.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/result.h"
#include "tracker/listed_run.h"

namespace reprise::tracker {

class RunFilter {
 public:
  // Errors: kInvalidArgument  a sentence, the expression below it, and a caret below the place.
  static Result<RunFilter> Parse(std::string_view text);

  bool Matches(const ListedRun& run) const;

  RunFilter(RunFilter&&) noexcept;
  RunFilter& operator=(RunFilter&&) noexcept;
  ~RunFilter();

  struct Node;

 private:
  explicit RunFilter(std::unique_ptr<Node> root);
  std::unique_ptr<Node> root_;
};

// The value of a field, as text and, where it is one, as a number; nullopt when the run has none.
struct FieldValue {
  std::string text;
  std::optional<double> number;
};
std::optional<FieldValue> FieldOf(const ListedRun& run, std::string_view field);

// Whether `field` is one of those above.
bool IsRunField(std::string_view field);

}  // namespace reprise::tracker
