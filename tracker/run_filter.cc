#include "tracker/run_filter.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "storage/base/canonical.h"
#include "storage/base/clock.h"

namespace reprise::tracker {

struct RunFilter::Node {
  enum class Kind { kAnd, kOr, kNot, kCompare };
  Kind kind = Kind::kCompare;
  std::unique_ptr<Node> left;
  std::unique_ptr<Node> right;
  std::string field;
  std::string comparison;          // "=", "<", …, "in" or "not in".
  std::vector<FieldValue> values;  // One, unless the comparison is "in" or "not in".
};

namespace {

using Node = RunFilter::Node;

constexpr std::size_t kDepthMax = 100;

std::optional<double> NumberIn(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

FieldValue ValueOf(double number) {
  FieldValue value{"", number};
  if (std::isfinite(number)) AppendCanonicalNumber(value.text, number);
  return value;
}

FieldValue ValueOf(std::string text) {
  const auto number = NumberIn(text);
  return {std::move(text), number};
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::unique_ptr<Node>> ParseAll() {
    REPRISE_ASSIGN_OR_RETURN(auto root, ParseOr(0));
    SkipSpace();
    if (position_ != text_.size()) return Fail("'and', 'or' or the end is expected");
    return root;
  }

 private:
  // With the expression below the sentence, and a caret below the place.
  Error Fail(std::string_view what) const {
    std::string caret;
    for (const char c : Printable(text_.substr(0, position_))) {
      if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) caret += ' ';
    }
    return {ErrorCode::kInvalidArgument, "the expression is wrong: " + std::string(what) + "\n  " +
                                             Printable(text_) + "\n  " + caret + "^"};
  }

  static bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

  void SkipSpace() {
    while (position_ < text_.size() && IsSpace(text_[position_])) ++position_;
  }

  static bool IsWordCharacter(char c) {
    return !IsSpace(c) && std::string_view("()=!<>~,'\"").find(c) == std::string_view::npos;
  }

  std::string_view PeekWord() {
    SkipSpace();
    std::size_t end = position_;
    while (end < text_.size() && IsWordCharacter(text_[end])) ++end;
    return text_.substr(position_, end - position_);
  }

  bool TakeWord(std::string_view word) {
    if (PeekWord() != word) return false;
    position_ += word.size();
    return true;
  }

  bool TakeCharacter(char c) {
    SkipSpace();
    if (position_ == text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  static std::unique_ptr<Node> Join(Node::Kind kind, std::unique_ptr<Node> left,
                                    std::unique_ptr<Node> right) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->left = std::move(left);
    node->right = std::move(right);
    return node;
  }

  Result<std::unique_ptr<Node>> ParseOr(std::size_t depth) {
    REPRISE_ASSIGN_OR_RETURN(auto left, ParseAnd(depth));
    while (TakeWord("or")) {
      REPRISE_ASSIGN_OR_RETURN(auto right, ParseAnd(depth));
      left = Join(Node::Kind::kOr, std::move(left), std::move(right));
    }
    return left;
  }

  Result<std::unique_ptr<Node>> ParseAnd(std::size_t depth) {
    REPRISE_ASSIGN_OR_RETURN(auto left, ParseFactor(depth));
    while (TakeWord("and")) {
      REPRISE_ASSIGN_OR_RETURN(auto right, ParseFactor(depth));
      left = Join(Node::Kind::kAnd, std::move(left), std::move(right));
    }
    return left;
  }

  Result<std::unique_ptr<Node>> ParseFactor(std::size_t depth) {
    if (depth > kDepthMax) return Fail("it is nested too deeply");
    if (TakeWord("not")) {
      REPRISE_ASSIGN_OR_RETURN(auto inner, ParseFactor(depth + 1));
      return Join(Node::Kind::kNot, std::move(inner), nullptr);
    }
    if (TakeCharacter('(')) {
      REPRISE_ASSIGN_OR_RETURN(auto inner, ParseOr(depth + 1));
      if (!TakeCharacter(')')) return Fail("')' is missing");
      return inner;
    }
    return ParseComparison();
  }

  Result<std::unique_ptr<Node>> ParseComparison() {
    auto node = std::make_unique<Node>();
    REPRISE_ASSIGN_OR_RETURN(node->field, ParseField());
    if (TakeWord("in")) {
      node->comparison = "in";
    } else if (TakeWord("not")) {
      if (!TakeWord("in")) return Fail("'in' is expected after 'not'");
      node->comparison = "not in";
    } else {
      return ParseOperator(std::move(node));
    }
    if (!TakeCharacter('(')) return Fail("'(' and the values are expected after 'in'");
    do {
      REPRISE_ASSIGN_OR_RETURN(FieldValue value, ParseValueFor(*node));
      node->values.push_back(std::move(value));
    } while (TakeCharacter(','));
    if (!TakeCharacter(')')) return Fail("',' or ')' is expected");
    return node;
  }

  Result<std::unique_ptr<Node>> ParseOperator(std::unique_ptr<Node> node) {
    SkipSpace();
    for (const std::string_view symbol : {"!=", "<=", ">=", "==", "=", "<", ">", "~"}) {
      if (!text_.substr(position_).starts_with(symbol)) continue;
      node->comparison = symbol == "==" ? "=" : symbol;
      position_ += symbol.size();
      break;
    }
    if (node->comparison.empty()) return Fail("one of = != < <= > >= ~ in is expected");
    REPRISE_ASSIGN_OR_RETURN(FieldValue value, ParseValueFor(*node));
    node->values.push_back(std::move(value));
    return node;
  }

  // The key of metrics.KEY, params.KEY and tags.KEY may be quoted.
  Result<std::string> ParseField() {
    std::string field(PeekWord());
    const std::size_t begin = position_;
    position_ += field.size();
    if (field.ends_with('.') && AtQuote()) {
      REPRISE_ASSIGN_OR_RETURN(const std::string key, ParseQuoted());
      field += key;
    }
    if (IsRunField(field)) return field;
    position_ = begin;
    return Fail(
        "a field is expected: metrics.KEY, params.KEY, tags.KEY, id, name, experiment, status, "
        "started, duration, exit_code, commit or actor");
  }

  bool AtQuote() const {
    return position_ < text_.size() && (text_[position_] == '\'' || text_[position_] == '"');
  }

  Result<std::string> ParseQuoted() {
    const std::size_t end = text_.find(text_[position_], position_ + 1);
    if (end == std::string_view::npos) return Fail("a quoted text does not end");
    std::string text(text_.substr(position_ + 1, end - position_ - 1));
    position_ = end + 1;
    return text;
  }

  Result<FieldValue> ParseValueFor(const Node& node) {
    SkipSpace();
    const std::size_t begin = position_;
    REPRISE_ASSIGN_OR_RETURN(FieldValue value, ParseValue());
    if (node.field != "started" || node.comparison == "~") return value;
    const auto unix_ms = ParseTimeOfPerson(value.text);
    // It would be midnight, at which no run starts.
    const bool is_day = value.text.size() == std::string_view("2026-11-23").size();
    const bool is_range = node.comparison[0] == '<' || node.comparison[0] == '>';
    if (!unix_ms.ok() || (is_day && !is_range)) {
      position_ = begin;
      return Fail(unix_ms.ok() ? "a day is compared with < <= > >=" : unix_ms.error().message);
    }
    value.number = static_cast<double>(*unix_ms);
    return value;
  }

  Result<FieldValue> ParseValue() {
    SkipSpace();
    if (AtQuote()) {
      REPRISE_ASSIGN_OR_RETURN(std::string text, ParseQuoted());
      return FieldValue{std::move(text), std::nullopt};
    }
    const std::string_view word = PeekWord();
    if (word.empty()) return Fail("a value is missing");
    position_ += word.size();
    return ValueOf(std::string(word));
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

bool CompareOne(const FieldValue& left, const std::string& comparison, const FieldValue& right) {
  if (comparison == "~") return left.text.find(right.text) != std::string::npos;
  std::partial_ordering order = left.text <=> right.text;
  if (left.number.has_value() && right.number.has_value()) order = *left.number <=> *right.number;
  if (comparison == "=") return order == 0;
  if (comparison == "!=") return order != 0;
  if (comparison == "<") return order < 0;
  if (comparison == "<=") return order <= 0;
  if (comparison == ">") return order > 0;
  return order >= 0;
}

bool Compare(const FieldValue& left, const Node& node) {
  const bool any = std::ranges::any_of(node.values, [&](const FieldValue& right) {
    const bool listed = node.comparison == "in" || node.comparison == "not in";
    return CompareOne(left, listed ? "=" : node.comparison, right);
  });
  return any != (node.comparison == "not in");
}

bool Evaluate(const Node& node, const ListedRun& run) {
  switch (node.kind) {
    case Node::Kind::kAnd:
      return Evaluate(*node.left, run) && Evaluate(*node.right, run);
    case Node::Kind::kOr:
      return Evaluate(*node.left, run) || Evaluate(*node.right, run);
    case Node::Kind::kNot:
      return !Evaluate(*node.left, run);
    case Node::Kind::kCompare:
      break;
  }
  const auto value = FieldOf(run, node.field);
  return value.has_value() && Compare(*value, node);
}

template <typename Map>
const typename Map::mapped_type* FindKey(const Map& map, std::string_view key) {
  const auto found = map.find(std::string(key));
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

bool IsRunField(std::string_view field) {
  for (const std::string_view prefix : {"metrics.", "params.", "tags."}) {
    if (field.starts_with(prefix) && field.size() > prefix.size()) return true;
  }
  constexpr std::string_view kFields[] = {
      "id", "name", "experiment", "status", "started", "duration", "exit_code", "commit", "actor"};
  return std::ranges::find(kFields, field) != std::end(kFields);
}

std::optional<FieldValue> FieldOf(const ListedRun& run, std::string_view field) {
  if (field.starts_with("metrics.")) {
    const double* const last = FindKey(run.metrics, field.substr(8));
    return last == nullptr ? std::nullopt : std::optional(ValueOf(*last));
  }
  if (field.starts_with("params.")) {
    const std::string* const value = FindKey(run.params, field.substr(7));
    return value == nullptr ? std::nullopt : std::optional(ValueOf(*value));
  }
  if (field.starts_with("tags.")) {
    const std::string* const tag = FindKey(run.tags, field.substr(5));
    return tag == nullptr ? std::nullopt : std::optional(ValueOf(*tag));
  }
  if (field == "id") return ValueOf(run.id.ToString());
  if (field == "name") return ValueOf(run.name);
  if (field == "experiment") return ValueOf(run.experiment);
  if (field == "status") return ValueOf(std::string(lineage::RunStatusName(run.status)));
  if (field == "started") {
    return FieldValue{FormatTime(run.started_at_unix_ms),
                      static_cast<double>(run.started_at_unix_ms)};
  }
  if (field == "actor") return ValueOf(run.actor);
  if (field == "exit_code" && run.exit_code.has_value()) {
    return ValueOf(static_cast<double>(*run.exit_code));
  }
  if (field == "duration" && run.ended_at_unix_ms.has_value()) {
    return ValueOf(static_cast<double>(*run.ended_at_unix_ms - run.started_at_unix_ms) / 1000);
  }
  if (field == "commit" && run.commit.has_value()) return ValueOf(*run.commit);
  return std::nullopt;
}

Result<RunFilter> RunFilter::Parse(std::string_view text) {
  REPRISE_ASSIGN_OR_RETURN(auto root, Parser(text).ParseAll());
  return RunFilter(std::move(root));
}

bool RunFilter::Matches(const ListedRun& run) const { return Evaluate(*root_, run); }

RunFilter::RunFilter(std::unique_ptr<Node> root) : root_(std::move(root)) {}
RunFilter::RunFilter(RunFilter&&) noexcept = default;
RunFilter& RunFilter::operator=(RunFilter&&) noexcept = default;
RunFilter::~RunFilter() = default;

}  // namespace reprise::tracker
