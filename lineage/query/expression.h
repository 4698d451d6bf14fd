// Expressions over runs as trees (docs/where.md).
//
// "and" and "or" hold any number of parts, so that a long chain is no deep tree; the parser bounds
// the depth, and whatever walks a tree may recurse.
//
// Thread-safety: as a const std::string.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lineage/query/field.h"
#include "lineage/query/value.h"

namespace reprise::lineage::query {

enum class Comparison {
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kContains,
  kIn,
  kNotIn,
  kLike,
  kNotLike,
  kIsNull,
  kIsNotNull,
};

struct Expression {
  enum class Kind { kAnd, kOr, kNot, kCompare };
  Kind kind = Kind::kCompare;
  std::vector<Expression> parts;  // Two or more of kAnd and kOr, one of kNot.
  // Of kCompare:
  Field field;
  Comparison comparison = Comparison::kEqual;
  std::vector<Value> values;  // One; of kIn and kNotIn one or more; of kIsNull and kIsNotNull none.

  friend bool operator==(const Expression&, const Expression&) = default;
};

// The value of a field; nullopt when the run has none.
using FieldLookup = std::function<std::optional<Value>(const Field&)>;

// Whether the expression holds.  A comparison other than "is null" is false for an absent field.
bool Evaluate(const Expression& expression, const FieldLookup& value_of);

// Whether one comparison holds for a value that is there.
bool Holds(const Value& left, const Expression& comparison);

// The expression as text, in which every equal expression is written alike, and which the parser
// reads as an equal one.  Relative times have become absolute.
std::string ToText(const Expression& expression);

}  // namespace reprise::lineage::query
