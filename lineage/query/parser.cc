// One function for each rule of the grammar, by recursive descent.

#include "lineage/query/parser.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "lineage/query/lexer.h"
#include "storage/base/bytes.h"
#include "storage/base/clock.h"
#include "storage/base/nearest.h"

namespace reprise::lineage::query {
namespace {

// Whether `text` is a number that no double is.
bool IsBeyondNumbers(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc::result_out_of_range && end == text.data() + text.size();
}

class Parser {
 public:
  Parser(std::string_view text, std::int64_t now_unix_ms)
      : lexer_(text), now_unix_ms_(now_unix_ms) {}

  Result<Field> ParseFieldAlone() {
    REPRISE_ASSIGN_OR_RETURN(Field field, ParseField());
    if (!lexer_.AtEnd()) return lexer_.Fail("the end of the field's name is expected");
    return field;
  }

  Result<Expression> ParseAll() {
    REPRISE_ASSIGN_OR_RETURN(Expression root, ParseOr(0));
    if (!lexer_.AtEnd()) return lexer_.Fail("'and', 'or' or the end is expected");
    return root;
  }

 private:
  Result<Expression> ParseOr(std::size_t depth) {
    REPRISE_ASSIGN_OR_RETURN(Expression first, ParseAnd(depth));
    std::vector<Expression> parts;
    while (lexer_.TakeKeyword("or")) {
      REPRISE_ASSIGN_OR_RETURN(Expression part, ParseAnd(depth));
      parts.push_back(std::move(part));
    }
    return Join(Expression::Kind::kOr, std::move(first), std::move(parts));
  }

  Result<Expression> ParseAnd(std::size_t depth) {
    REPRISE_ASSIGN_OR_RETURN(Expression first, ParseFactor(depth));
    std::vector<Expression> parts;
    while (lexer_.TakeKeyword("and")) {
      REPRISE_ASSIGN_OR_RETURN(Expression part, ParseFactor(depth));
      parts.push_back(std::move(part));
    }
    return Join(Expression::Kind::kAnd, std::move(first), std::move(parts));
  }

  static Expression Join(Expression::Kind kind, Expression first, std::vector<Expression> others) {
    if (others.empty()) return first;
    Expression joined;
    joined.kind = kind;
    joined.parts = std::move(others);
    joined.parts.insert(joined.parts.begin(), std::move(first));
    return joined;
  }

  Result<Expression> ParseFactor(std::size_t depth) {
    if (depth > kNestingMax) return lexer_.Fail("it is nested too deeply");
    if (lexer_.TakeKeyword("not")) {
      Expression negation;
      negation.kind = Expression::Kind::kNot;
      REPRISE_ASSIGN_OR_RETURN(Expression inner, ParseFactor(depth + 1));
      negation.parts.push_back(std::move(inner));
      return negation;
    }
    if (lexer_.TakeSign("(")) {
      REPRISE_ASSIGN_OR_RETURN(Expression inner, ParseOr(depth + 1));
      if (!lexer_.TakeSign(")")) return lexer_.Fail("')' is missing");
      return inner;
    }
    return ParseComparison();
  }

  Result<Expression> ParseComparison() {
    Expression comparison;
    REPRISE_ASSIGN_OR_RETURN(comparison.field, ParseField());
    REPRISE_ASSIGN_OR_RETURN(comparison.comparison, ParseOperator());
    switch (comparison.comparison) {
      case Comparison::kIsNull:
      case Comparison::kIsNotNull:
        return comparison;
      case Comparison::kIn:
      case Comparison::kNotIn:
        return ParseList(std::move(comparison));
      default:
        break;
    }
    REPRISE_ASSIGN_OR_RETURN(Value value, ParseValueFor(comparison));
    comparison.values.push_back(std::move(value));
    return comparison;
  }

  Result<Comparison> ParseOperator() {
    constexpr std::pair<std::string_view, Comparison> kSigns[] = {
        {"!=", Comparison::kNotEqual},  {"<>", Comparison::kNotEqual},
        {"<=", Comparison::kLessEqual}, {">=", Comparison::kGreaterEqual},
        {"==", Comparison::kEqual},     {"=", Comparison::kEqual},
        {"<", Comparison::kLess},       {">", Comparison::kGreater},
        {"~", Comparison::kContains}};
    for (const auto& [sign, comparison] : kSigns) {
      if (lexer_.TakeSign(sign)) return comparison;
    }
    if (lexer_.TakeKeyword("in")) return Comparison::kIn;
    if (lexer_.TakeKeyword("like")) return Comparison::kLike;
    if (lexer_.TakeKeyword("is")) {
      const bool negated = lexer_.TakeKeyword("not");
      if (!lexer_.TakeKeyword("null")) return lexer_.Fail("'null' or 'not null' is expected");
      return negated ? Comparison::kIsNotNull : Comparison::kIsNull;
    }
    if (lexer_.TakeKeyword("not")) {
      if (lexer_.TakeKeyword("in")) return Comparison::kNotIn;
      if (lexer_.TakeKeyword("like")) return Comparison::kNotLike;
      return lexer_.Fail("'in' or 'like' is expected after 'not'");
    }
    return lexer_.Fail("one of = != < <= > >= ~ in like is not is expected");
  }

  Result<Expression> ParseList(Expression comparison) {
    if (!lexer_.TakeSign("(")) return lexer_.Fail("'(' and the values are expected after 'in'");
    do {
      REPRISE_ASSIGN_OR_RETURN(Value value, ParseValueFor(comparison));
      comparison.values.push_back(std::move(value));
    } while (lexer_.TakeSign(","));
    if (!lexer_.TakeSign(")")) return lexer_.Fail("',' or ')' is expected");
    return comparison;
  }

  // The key, or any part of it, may be quoted: metrics.'val loss'.max.
  Result<Field> ParseField() {
    std::string name(lexer_.PeekWord());
    const std::size_t begin = lexer_.position();
    lexer_.TakeWord();
    while (name.find('.') != std::string::npos && name.ends_with('.') && lexer_.IsAtQuote()) {
      REPRISE_ASSIGN_OR_RETURN(const std::string key, lexer_.TakeQuoted());
      name += key;
      const std::size_t end = lexer_.position();
      const std::string_view rest = lexer_.PeekWord();
      if (lexer_.position() != end || !rest.starts_with('.')) {
        lexer_.set_position(end);
        break;
      }
      name += lexer_.TakeWord();
    }
    if (auto field = FieldNamed(name)) return *std::move(field);
    lexer_.set_position(begin);
    return lexer_.Fail("a field is expected: " + FieldList());
  }

  Result<Value> ParseValueFor(const Expression& comparison) {
    lexer_.AtEnd();  // Skips what is before the value.
    const std::size_t begin = lexer_.position();
    const bool is_quoted = lexer_.IsAtQuote();
    REPRISE_ASSIGN_OR_RETURN(Value value, ParseValue());
    const bool is_text = comparison.comparison == Comparison::kContains ||
                         comparison.comparison == Comparison::kLike ||
                         comparison.comparison == Comparison::kNotLike;
    if (is_text) return value;
    if (!IsTime(comparison.field.kind)) {
      if (const auto problem = Adapt(comparison, is_quoted, value)) {
        lexer_.set_position(begin);
        return lexer_.Fail(*problem);
      }
      return value;
    }
    const auto unix_ms = ParseTimeOrAgo(value.text, now_unix_ms_);
    // It would be midnight, at which no run starts.
    const bool is_day =
        value.text.size() == std::string_view("2026-11-23").size() && value.text[4] == '-';
    if (!unix_ms.ok() || (is_day && !IsRange(comparison.comparison))) {
      lexer_.set_position(begin);
      return lexer_.Fail(unix_ms.ok() ? "a day is compared with < <= > >="
                                      : unix_ms.error().message);
    }
    return Value::OfTime(*unix_ms);
  }

  // Makes `value` what the field's values are; otherwise says what is wrong, where the comparison
  // could never hold.
  static std::optional<std::string> Adapt(const Expression& comparison, bool is_quoted,
                                          Value& value) {
    const FieldKind kind = comparison.field.kind;
    const auto number = NumberIn(value.text);
    switch (kind) {
      case FieldKind::kDuration: {
        const auto seconds = number.has_value() ? number : SecondsIn(value.text);
        if (!seconds.has_value()) {
          return "a duration is a number of seconds, or 250ms, 90m, 1h30m, 2d";
        }
        value = Value::OfNumber(*seconds);
        return std::nullopt;
      }
      case FieldKind::kMetric:
      case FieldKind::kExitCode:
      case FieldKind::kSignal:
        if (number.has_value()) return std::nullopt;
        return Printable(NameOf(comparison.field)) + " is a number" +
               (IsBeyondNumbers(value.text) ? ", and this one is too large or too small" : "");
      case FieldKind::kStatus:
        return ProblemOfChoice(value.text, {"running", "finished", "failed", "killed", "lost"},
                               "status");
      case FieldKind::kDirty:
        return ProblemOfChoice(value.text, {"true", "false"}, "dirty");
      default:
        break;
    }
    const bool has_number = !is_quoted && (kind == FieldKind::kParam || kind == FieldKind::kTag);
    if (has_number && IsRange(comparison.comparison) && IsBeyondNumbers(value.text)) {
      return "the number is too large or too small; quoted it is a text";
    }
    return std::nullopt;
  }

  static std::optional<std::string> ProblemOfChoice(const std::string& text,
                                                    const std::vector<std::string>& choices,
                                                    const std::string& field) {
    if (std::ranges::find(choices, text) != choices.end()) return std::nullopt;
    std::string list;
    for (const std::string& choice : choices) {
      list += (list.empty() ? "" : choice == choices.back() ? " or " : ", ") + choice;
    }
    std::string lower = text;
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto meant = Nearest(lower, choices);
    return field + " is " + list + (meant.has_value() ? "; did you mean " + *meant + "?" : "");
  }

  static bool IsRange(Comparison comparison) {
    return comparison == Comparison::kLess || comparison == Comparison::kLessEqual ||
           comparison == Comparison::kGreater || comparison == Comparison::kGreaterEqual;
  }

  Result<Value> ParseValue() {
    if (lexer_.IsAtQuote()) {
      REPRISE_ASSIGN_OR_RETURN(std::string text, lexer_.TakeQuoted());
      return Value::Quoted(std::move(text));
    }
    const std::string_view word = lexer_.TakeWord();
    if (word.empty()) return lexer_.Fail("a value is missing");
    return Value::OfText(std::string(word));
  }

  Lexer lexer_;
  std::int64_t now_unix_ms_;
};

}  // namespace

Result<Expression> Parse(std::string_view text, std::int64_t now_unix_ms) {
  return Parser(text, now_unix_ms).ParseAll();
}

Result<Field> ParseFieldName(std::string_view text) { return Parser(text, 0).ParseFieldAlone(); }

Result<std::int64_t> ParseTimeOrAgo(std::string_view text, std::int64_t now_unix_ms) {
  if (const auto relative = RelativeTime(text, now_unix_ms)) return *relative;
  const auto absolute = ParseTimeOfPerson(text);
  if (!absolute.ok()) {
    return Error{ErrorCode::kInvalidArgument, absolute.error().message + ", nor 7d or now-36h"};
  }
  // Offsets reach a day beyond the years that have a text form.
  constexpr std::int64_t kUntilMs = std::int64_t{253'402'300'799'999};
  constexpr std::int64_t kFromMs = std::int64_t{-62'167'219'200'000};
  return std::clamp(*absolute, kFromMs, kUntilMs);
}

}  // namespace reprise::lineage::query
