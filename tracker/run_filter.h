// Expressions over runs: `reprise runs --where`.  The language: docs/where.md, lineage/query/.
//
// Thread-safety: as a const std::string.

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lineage/query/expression.h"
#include "storage/base/result.h"
#include "tracker/listed_run.h"

namespace reprise::tracker {

class RunFilter {
 public:
  // Relative times count from now.
  // Errors: kInvalidArgument  a sentence, the expression below it, and a caret below the place.
  static Result<RunFilter> Parse(std::string_view text);

  explicit RunFilter(lineage::query::Expression expression) : expression_(std::move(expression)) {}

  bool Matches(const ListedRun& run) const;

  const lineage::query::Expression& expression() const { return expression_; }
  std::string ToText() const { return lineage::query::ToText(expression_); }

 private:
  lineage::query::Expression expression_;
};

// The value of a field; nullopt when the run has none.
std::optional<lineage::query::Value> FieldOf(const ListedRun& run,
                                             const lineage::query::Field& field);

}  // namespace reprise::tracker
