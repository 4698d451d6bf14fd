// Expressions over runs: `reprise runs --where`.
//
//   expression = term {"or" term};  term = factor {"and" factor};
//   factor     = "not" factor | "(" expression ")" | field operator value;
//   operator   = "=" | "!=" | "<" | "<=" | ">" | ">=" | "~" (contains);
//   field      = "metrics."KEY | "params."KEY | "tags."KEY | "id" | "name" | "experiment" |
//   "status"
//              | "started" | "duration" | "exit_code" | "commit" | "actor";
//   value      = a number, a word, or a text in single or double quotes.
//
// Numbers compare as numbers when both sides are numbers, else as text; "started" compares RFC 3339
// text; "duration" is in seconds.  A field that a run does not have makes its comparison false.
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
  // Errors: kInvalidArgument  with the position of what is wrong.
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
