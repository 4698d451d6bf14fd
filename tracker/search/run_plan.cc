#include "tracker/search/run_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tracker/index.h"
#include "tracker/run_index.h"

namespace reprise::tracker {
namespace {

using lineage::query::Comparison;
using lineage::query::Expression;
using lineage::query::Field;
using lineage::query::FieldKind;
using lineage::query::Value;
using storage::Catalog;
using storage::EndOfPrefix;
using storage::Space;
using Ids = std::vector<Ulid>;
using Ranges = std::vector<KeyRange>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::int64_t kIdTimeMax = (std::int64_t{1} << 48) - 1;
// A run that is read costs as much as so many rows of the index.
constexpr std::size_t kRowsPerRun = 16;

KeyRange AllWith(const std::string& prefix) { return {prefix, prefix, std::nullopt}; }

KeyRange Numbers(const std::string& field_rows, double from, double until) {
  KeyRange range{field_rows + kNumberRow, field_rows + kNumberRow, std::nullopt};
  AppendNumber(from, range.first);
  std::string last = range.prefix;
  AppendNumber(until, last);
  range.end = EndOfPrefix(last);
  return range;
}

// Both ends included; what is cut to the same bytes as an end, too.
KeyRange Texts(const std::string& field_rows, std::optional<std::string_view> from,
               std::optional<std::string_view> until) {
  KeyRange range{field_rows + kTextRow, field_rows + kTextRow, std::nullopt};
  if (from.has_value()) AppendTextPrefix(*from, range.first);
  if (until.has_value()) {
    std::string last = range.prefix;
    AppendText(*until, last);
    range.end = EndOfPrefix(last);
  }
  return range;
}

// The rows of runs whose value equals `value`.  A number without quotes equals numbers, and text in
// quotes the text that a value, which may be a number, was written as.
void AppendEqual(const std::string& rows, const Value& value, Ranges& ranges) {
  const auto number =
      value.number.has_value() ? value.number : lineage::query::NumberIn(value.text);
  if (!number.has_value()) {
    ranges.push_back(Texts(rows, value.text, value.text));
  } else if (!std::isnan(*number)) {
    ranges.push_back(Numbers(rows, *number, *number));
  } else if (!value.number.has_value()) {
    ranges.push_back(AllWith(rows + kNanRow));
  }
}

// Numbers compare as numbers with a number, and everything else by its text.
Ranges Between(const std::string& rows, const Value& value, bool is_below) {
  Ranges ranges;
  if (!value.number.has_value()) {
    ranges.push_back(AllWith(rows + kNumberRow));
    ranges.push_back(AllWith(rows + kNanRow));
  } else if (!std::isnan(*value.number)) {
    ranges.push_back(is_below ? Numbers(rows, -kInfinity, *value.number)
                              : Numbers(rows, *value.number, kInfinity));
  }
  ranges.push_back(is_below ? Texts(rows, std::nullopt, value.text)
                            : Texts(rows, value.text, std::nullopt));
  return ranges;
}

Ranges Like(const std::string& rows, const std::string& pattern) {
  const std::string prefix = lineage::query::LiteralPrefix(pattern);
  if (prefix.empty()) return {AllWith(rows)};
  Ranges ranges;
  // Numbers are not in the order of their texts.  They begin with these (Infinity, NaN).
  if (std::string_view("0123456789-.iInN").find(prefix[0]) != std::string_view::npos) {
    ranges.push_back(AllWith(rows + kNumberRow));
    ranges.push_back(AllWith(rows + kNanRow));
  }
  std::string texts = rows + kTextRow;
  AppendTextPrefix(prefix, texts);
  ranges.push_back({texts, texts, std::nullopt});
  return ranges;
}

Ranges StartRanges(const StartWindow& window) {
  const std::string rows = FieldRowsPrefix({FieldKind::kStarted, ""});
  KeyRange listed{std::string(kListedRunPrefix), ListedKey(FirstIdOf(window)),
                  ListedKey(LastIdOf(window)) + '\0', true};
  return {std::move(listed), Numbers(rows, static_cast<double>(window.from_unix_ms),
                                     static_cast<double>(window.until_unix_ms))};
}

std::optional<StartWindow> WindowOfComparison(const Expression& comparison) {
  if (comparison.field.kind != FieldKind::kStarted || comparison.values.size() != 1 ||
      !comparison.values[0].number.has_value()) {
    return std::nullopt;
  }
  const auto time = static_cast<std::int64_t>(*comparison.values[0].number);
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min() / 4;
  switch (comparison.comparison) {
    case Comparison::kEqual:
    case Comparison::kIn:
      return StartWindow{time, time};
    case Comparison::kLess:
    case Comparison::kLessEqual:
      return StartWindow{kLeast, time};
    case Comparison::kGreater:
    case Comparison::kGreaterEqual:
      return StartWindow{time, -kLeast};
    default:
      return std::nullopt;
  }
}

// "finished" has no rows, so whatever holds for it is not served.
std::optional<Ranges> StatusRanges(const Expression& comparison) {
  static const Value finished =
      Value::Quoted(std::string(lineage::RunStatusName(lineage::RunStatus::kFinished)));
  if (comparison.comparison == Comparison::kIsNull || Holds(finished, comparison)) {
    return std::nullopt;
  }
  const std::string rows = FieldRowsPrefix(comparison.field);
  if (comparison.comparison != Comparison::kEqual && comparison.comparison != Comparison::kIn) {
    return Ranges{AllWith(rows)};
  }
  Ranges ranges;
  for (const Value& value : comparison.values) AppendEqual(rows, value, ranges);
  return ranges;
}

std::optional<Ranges> RangesOf(const Expression& comparison) {
  const Field& field = comparison.field;
  if (!IsIndexed(field) || comparison.comparison == Comparison::kIsNull) return std::nullopt;
  if (field.kind == FieldKind::kStatus) return StatusRanges(comparison);
  if (field.kind == FieldKind::kStarted) {
    const auto window = WindowOfComparison(comparison);
    if (!window.has_value()) return std::nullopt;
    return StartRanges(*window);
  }
  const std::string rows = FieldRowsPrefix(field);
  Ranges ranges;
  switch (comparison.comparison) {
    case Comparison::kEqual:
    case Comparison::kIn:
      for (const Value& value : comparison.values) AppendEqual(rows, value, ranges);
      return ranges;
    case Comparison::kLess:
    case Comparison::kLessEqual:
      return Between(rows, comparison.values[0], /*is_below=*/true);
    case Comparison::kGreater:
    case Comparison::kGreaterEqual:
      return Between(rows, comparison.values[0], /*is_below=*/false);
    case Comparison::kLike:
      return Like(rows, comparison.values[0].text);
    default:
      break;
  }
  // Whoever has the field may be meant, which is of use where not every run does.
  const bool may_lack = field.kind != FieldKind::kName && field.kind != FieldKind::kExperiment;
  if (!may_lack) return std::nullopt;
  return Ranges{AllWith(rows)};
}

void Sort(Ids& ids) {
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

class Reader {
 public:
  Reader(const Catalog& catalog, std::uint64_t* rows_read)
      : catalog_(catalog), rows_read_(rows_read) {}

  Result<std::optional<Ids>> Read(const Plan& plan, std::size_t ids_max) {
    switch (plan.kind) {
      case Plan::Kind::kRanges:
        return ReadRanges(plan.ranges, ids_max);
      case Plan::Kind::kOr:
        return ReadUnion(plan.parts, ids_max);
      case Plan::Kind::kAnd:
        break;
    }
    return ReadIntersection(plan.parts, ids_max);
  }

 private:
  Result<std::optional<Ids>> ReadRanges(const Ranges& ranges, std::size_t ids_max) {
    Ids ids;
    for (const KeyRange& range : ranges) {
      REPRISE_TRY(catalog_.Scan(
          Space::kName, {.prefix = range.prefix, .from = range.first, .reverse = false},
          [&](std::string_view key, std::string_view) {
            if (range.end.has_value() && key >= *range.end) return false;
            if (rows_read_ != nullptr) ++*rows_read_;
            if (key.size() < Ulid::kSizeBytes) return true;
            ids.push_back(range.is_listed ? Ulid::FromBytes(AsBytes(key).last(Ulid::kSizeBytes))
                                          : RunIdOf(key));
            return ids.size() <= ids_max;
          }));
      if (ids.size() > ids_max) return std::optional<Ids>();
    }
    Sort(ids);
    return std::optional(std::move(ids));
  }

  Result<std::optional<Ids>> ReadUnion(const std::vector<Plan>& parts, std::size_t ids_max) {
    Ids all;
    for (const Plan& part : parts) {
      REPRISE_ASSIGN_OR_RETURN(const auto ids, Read(part, ids_max - all.size()));
      if (!ids.has_value()) return std::optional<Ids>();
      all.insert(all.end(), ids->begin(), ids->end());
    }
    Sort(all);
    return std::optional(std::move(all));
  }

  // Each part is read up to a bound that grows until one of them is within it: what is read in vain
  // is in proportion to the smallest part.
  Result<std::optional<Ids>> ReadIntersection(const std::vector<Plan>& parts, std::size_t ids_max) {
    constexpr std::size_t kFirstBound = 256;
    constexpr std::size_t kGrowth = 16;
    for (std::size_t bound = std::min(kFirstBound, ids_max);;
         bound = std::min(bound * kGrowth, ids_max)) {
      std::vector<std::optional<Ids>> read;
      for (const Plan& part : parts) {
        REPRISE_ASSIGN_OR_RETURN(auto ids, Read(part, bound));
        read.push_back(std::move(ids));
      }
      const auto smallest = std::ranges::min_element(read, {}, [](const auto& ids) {
        return ids.has_value() ? ids->size() : std::numeric_limits<std::size_t>::max();
      });
      if (smallest->has_value()) {
        const auto place = static_cast<std::size_t>(std::distance(read.begin(), smallest));
        return Intersect(parts, std::move(read), place);
      }
      if (bound == ids_max) return std::optional<Ids>();
    }
  }

  Result<std::optional<Ids>> Intersect(const std::vector<Plan>& parts,
                                       std::vector<std::optional<Ids>> read, std::size_t smallest) {
    Ids ids = *std::move(read[smallest]);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i == smallest) continue;
      std::optional<Ids> other = std::move(read[i]);
      if (!other.has_value()) {
        REPRISE_ASSIGN_OR_RETURN(other, Read(parts[i], ids.size() * kRowsPerRun));
      }
      if (!other.has_value()) continue;  // To look at the runs is cheaper.
      Ids both;
      std::ranges::set_intersection(ids, *other, std::back_inserter(both));
      ids = std::move(both);
    }
    return std::optional(std::move(ids));
  }

  const Catalog& catalog_;
  std::uint64_t* rows_read_;
};

Ulid IdAt(std::int64_t unix_ms, std::byte random) {
  std::array<std::byte, 10> bits;
  bits.fill(random);
  return Ulid::FromParts(
      static_cast<std::uint64_t>(std::clamp<std::int64_t>(unix_ms, 0, kIdTimeMax)), bits);
}

}  // namespace

std::optional<Plan> PlanOf(const Expression& expression) {
  Plan plan;
  switch (expression.kind) {
    case Expression::Kind::kNot:
      return std::nullopt;
    case Expression::Kind::kCompare: {
      auto ranges = RangesOf(expression);
      if (!ranges.has_value()) return std::nullopt;
      plan.ranges = *std::move(ranges);
      return plan;
    }
    case Expression::Kind::kAnd:
    case Expression::Kind::kOr:
      break;
  }
  const bool is_or = expression.kind == Expression::Kind::kOr;
  plan.kind = is_or ? Plan::Kind::kOr : Plan::Kind::kAnd;
  for (const Expression& part : expression.parts) {
    if (auto planned = PlanOf(part)) {
      plan.parts.push_back(*std::move(planned));
    } else if (is_or) {
      return std::nullopt;
    }
  }
  if (plan.parts.empty()) return std::nullopt;
  return plan;
}

Result<std::optional<Ids>> CandidatesOf(const Catalog& catalog, const Plan& plan,
                                        std::size_t ids_max, std::uint64_t* rows_read) {
  return Reader(catalog, rows_read).Read(plan, ids_max);
}

Result<std::optional<Ids>> WideRuns(const Catalog& catalog, std::size_t ids_max) {
  return CandidatesOf(catalog, {Plan::Kind::kRanges, {AllWith(std::string(kWideRunsPrefix))}, {}},
                      ids_max);
}

std::optional<StartWindow> StartWindowOf(const Expression& expression) {
  if (expression.kind == Expression::Kind::kCompare) return WindowOfComparison(expression);
  if (expression.kind != Expression::Kind::kAnd) return std::nullopt;
  std::optional<StartWindow> all;
  for (const Expression& part : expression.parts) {
    const auto window = StartWindowOf(part);
    if (!window.has_value()) continue;
    if (!all.has_value()) all = window;
    all->from_unix_ms = std::max(all->from_unix_ms, window->from_unix_ms);
    all->until_unix_ms = std::min(all->until_unix_ms, window->until_unix_ms);
  }
  return all;
}

Result<std::optional<Ids>> MisdatedRuns(const Catalog& catalog, const StartWindow& window,
                                        std::size_t ids_max) {
  const std::string rows = FieldRowsPrefix({FieldKind::kStarted, ""});
  return CandidatesOf(catalog,
                      {Plan::Kind::kRanges,
                       {Numbers(rows, static_cast<double>(window.from_unix_ms),
                                static_cast<double>(window.until_unix_ms))},
                       {}},
                      ids_max);
}

Ulid FirstIdOf(const StartWindow& window) {
  return IdAt(window.from_unix_ms - kIdTimeSkewMsMax, std::byte{0});
}

Ulid LastIdOf(const StartWindow& window) {
  return IdAt(window.until_unix_ms + kIdTimeSkewMsMax, std::byte{0xff});
}

}  // namespace reprise::tracker
