// Reads expressions over runs; the grammar is in docs/where.md.

#pragma once

#include <cstdint>
#include <string_view>

#include "lineage/query/expression.h"
#include "storage/base/result.h"

namespace reprise::lineage::query {

// Parentheses and "not" within each other.
inline constexpr std::size_t kNestingMax = 100;

// Relative times count from `now_unix_ms`.  Takes time in proportion to the text, and a bounded
// depth of the stack whatever the text is.  Thread-safety: pure.
// Errors: kInvalidArgument  a sentence, the expression below it, and a caret below the place.
Result<Expression> Parse(std::string_view text, std::int64_t now_unix_ms);

// A field as expressions name it, with quotes where it needs them, and nothing else.
// Errors: as Parse().
Result<Field> ParseFieldName(std::string_view text);

// A time as `started` is compared with: relative, or as ParseTimeOfPerson() reads it.
// Errors: kInvalidArgument.
Result<std::int64_t> ParseTimeOrAgo(std::string_view text, std::int64_t now_unix_ms);

}  // namespace reprise::lineage::query
