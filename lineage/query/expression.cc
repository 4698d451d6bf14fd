#include "lineage/query/expression.h"

#include <algorithm>
#include <compare>

#include "lineage/query/lexer.h"

namespace reprise::lineage::query {
namespace {

bool Compare(const Value& left, Comparison comparison, const Value& right) {
  std::partial_ordering order = std::partial_ordering::equivalent;
  if (left.number.has_value() && right.number.has_value()) {
    order = *left.number <=> *right.number;
  } else {
    order = left.text <=> right.text;
  }
  switch (comparison) {
    case Comparison::kNotEqual:
      return order != 0;
    case Comparison::kLess:
      return order < 0;
    case Comparison::kLessEqual:
      return order <= 0;
    case Comparison::kGreater:
      return order > 0;
    case Comparison::kGreaterEqual:
      return order >= 0;
    default:
      return order == 0;
  }
}

std::string_view SymbolOf(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      return "=";
    case Comparison::kNotEqual:
      return "!=";
    case Comparison::kLess:
      return "<";
    case Comparison::kLessEqual:
      return "<=";
    case Comparison::kGreater:
      return ">";
    case Comparison::kGreaterEqual:
      return ">=";
    case Comparison::kContains:
      return "~";
    case Comparison::kIn:
      return "in";
    case Comparison::kNotIn:
      return "not in";
    case Comparison::kLike:
      return "like";
    case Comparison::kNotLike:
      return "not like";
    case Comparison::kIsNull:
      return "is null";
    case Comparison::kIsNotNull:
      return "is not null";
  }
  return "";
}

std::string Quote(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

void AppendField(const Field& field, std::string& text) {
  if (field.key.empty() || IsWord(field.key)) {
    text += NameOf(field);
    return;
  }
  text += NameOf({field.kind, ""}) + Quote(field.key);
}

// A number stands as it was written, anything else as quoted text, which means the same as a word.
void AppendValue(const Expression& comparison, const Value& value, std::string& text) {
  const bool is_word =
      value.number.has_value() && !IsTime(comparison.field.kind) && IsWord(value.text);
  text += is_word ? value.text : Quote(value.text);
}

void AppendComparison(const Expression& expression, std::string& text) {
  AppendField(expression.field, text);
  text += ' ';
  text += SymbolOf(expression.comparison);
  if (expression.values.empty()) return;
  text += ' ';
  const bool is_list =
      expression.comparison == Comparison::kIn || expression.comparison == Comparison::kNotIn;
  if (is_list) text += '(';
  for (std::size_t i = 0; i < expression.values.size(); ++i) {
    if (i > 0) text += ", ";
    AppendValue(expression, expression.values[i], text);
  }
  if (is_list) text += ')';
}

void AppendExpression(const Expression& expression, std::string& text);

// In parentheses if it binds no tighter than `outer`.
void AppendPart(const Expression& part, Expression::Kind outer, std::string& text) {
  const bool is_loose = part.kind == Expression::Kind::kOr ||
                        (part.kind == Expression::Kind::kAnd && outer != Expression::Kind::kOr);
  if (is_loose) text += '(';
  AppendExpression(part, text);
  if (is_loose) text += ')';
}

void AppendExpression(const Expression& expression, std::string& text) {
  switch (expression.kind) {
    case Expression::Kind::kCompare:
      return AppendComparison(expression, text);
    case Expression::Kind::kNot:
      text += "not ";
      return AppendPart(expression.parts[0], expression.kind, text);
    case Expression::Kind::kAnd:
    case Expression::Kind::kOr:
      break;
  }
  for (std::size_t i = 0; i < expression.parts.size(); ++i) {
    if (i > 0) text += expression.kind == Expression::Kind::kAnd ? " and " : " or ";
    AppendPart(expression.parts[i], expression.kind, text);
  }
}

}  // namespace

bool Holds(const Value& left, const Expression& comparison) {
  const auto equals = [&](const Value& right) { return Compare(left, Comparison::kEqual, right); };
  switch (comparison.comparison) {
    case Comparison::kIsNull:
      return false;
    case Comparison::kIsNotNull:
      return true;
    case Comparison::kIn:
      return std::ranges::any_of(comparison.values, equals);
    case Comparison::kNotIn:
      return std::ranges::none_of(comparison.values, equals);
    case Comparison::kContains:
      return left.text.find(comparison.values[0].text) != std::string::npos;
    case Comparison::kLike:
      return IsLike(left.text, comparison.values[0].text);
    case Comparison::kNotLike:
      return !IsLike(left.text, comparison.values[0].text);
    default:
      return Compare(left, comparison.comparison, comparison.values[0]);
  }
}

bool Evaluate(const Expression& expression, const FieldLookup& value_of) {
  const auto evaluate = [&](const Expression& part) { return Evaluate(part, value_of); };
  switch (expression.kind) {
    case Expression::Kind::kAnd:
      return std::ranges::all_of(expression.parts, evaluate);
    case Expression::Kind::kOr:
      return std::ranges::any_of(expression.parts, evaluate);
    case Expression::Kind::kNot:
      return !evaluate(expression.parts[0]);
    case Expression::Kind::kCompare:
      break;
  }
  const auto value = value_of(expression.field);
  if (!value.has_value()) return expression.comparison == Comparison::kIsNull;
  return Holds(*value, expression);
}

std::string ToText(const Expression& expression) {
  std::string text;
  AppendExpression(expression, text);
  return text;
}

}  // namespace reprise::lineage::query
