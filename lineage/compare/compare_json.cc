// Two JSON texts are walked together; members are matched by name, elements of lists by place.

#include <algorithm>
#include <cmath>
#include <vector>

#include "lineage/compare/kinds.h"
#include "lineage/compare/text_content.h"
#include "lineage/compare/wording.h"
#include "lineage/run_record.h"
#include "storage/base/canonical.h"

namespace reprise::lineage {
namespace {

constexpr std::size_t kValueBytesMax = 200;  // Of a value that is shown.
constexpr std::size_t kPathBytesMax = 1000;  // Of a path that is listed.
constexpr std::size_t kExactDigits = 15;     // A double holds every integer of so many digits.

struct NumberMaximum {
  double value = 0;
  std::string path;
};

// A value in one line: as JSON where that is short, else what kind of value it is.
std::string ValueText(const Json& value) {
  if (value.is_array()) return "a list of " + std::to_string(value.as_array().size());
  if (value.is_object()) return "an object of " + std::to_string(value.as_object().size());
  std::string text;
  if (value.is_string()) {
    AppendCanonicalString(text, value.as_string().substr(0, kValueBytesMax));
    return text.size() > kValueBytesMax ? Quoted(value.as_string()) : text;
  }
  const auto canonical = Canonicalize(value);
  return canonical.ok() ? *canonical : "a number";
}

class JsonComparer {
 public:
  void Compare(const Json& expected, const Json& actual) {
    if (expected.is_object() && actual.is_object()) return CompareObjects(expected, actual);
    if (expected.is_array() && actual.is_array()) return CompareArrays(expected, actual);
    if (expected == actual) return;
    ++changed_;
    Note("changed", &expected, &actual);
    if (expected.is_number() && actual.is_number()) {
      Measure(expected.as_number(), actual.as_number());
    }
  }

  std::uint64_t differing() const { return changed_ + added_ + removed_; }
  std::string Sentence() const;
  Json Details() const;

 private:
  using Member = Json::Member;

  // The members of an object in the order of their names.
  static std::vector<const Member*> Sorted(const Json& object) {
    std::vector<const Member*> members;
    for (const Member& member : object.as_object()) members.push_back(&member);
    std::ranges::sort(members, {},
                      [](const Member* member) -> const std::string& { return member->first; });
    return members;
  }

  void CompareObjects(const Json& expected, const Json& actual) {
    const auto before = Sorted(expected);
    const auto after = Sorted(actual);
    auto e = before.begin();
    auto a = after.begin();
    while (e != before.end() || a != after.end()) {
      const bool has_expected =
          e != before.end() && (a == after.end() || (*e)->first <= (*a)->first);
      const bool has_actual = a != after.end() && (e == before.end() || (*a)->first <= (*e)->first);
      const std::size_t length = Enter(has_expected ? (*e)->first : (*a)->first);
      if (has_expected && has_actual) {
        Compare((*e)->second, (*a)->second);
      } else if (has_expected) {
        Remove((*e)->second);
      } else {
        Add((*a)->second);
      }
      if (has_expected) ++e;
      if (has_actual) ++a;
      path_.resize(length);
    }
  }

  void CompareArrays(const Json& expected, const Json& actual) {
    const Json::Array& before = expected.as_array();
    const Json::Array& after = actual.as_array();
    for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
      const std::size_t length = Enter(std::to_string(i));
      if (i >= after.size()) {
        Remove(before[i]);
      } else if (i >= before.size()) {
        Add(after[i]);
      } else {
        Compare(before[i], after[i]);
      }
      path_.resize(length);
    }
  }

  void Add(const Json& value) {
    ++added_;
    Note("added", nullptr, &value);
  }
  void Remove(const Json& value) {
    ++removed_;
    Note("removed", &value, nullptr);
  }

  // Appends a reference token of a JSON Pointer (RFC 6901); returns how long the path was.
  std::size_t Enter(std::string_view token) {
    const std::size_t length = path_.size();
    path_ += '/';
    for (const char c : token) {
      if (c == '~') {
        path_ += "~0";
      } else if (c == '/') {
        path_ += "~1";
      } else {
        path_ += c;
      }
    }
    return length;
  }

  std::string Path() const {
    const std::string_view whole = path_;
    const std::string_view cut = whole.substr(0, std::min(whole.size(), kPathBytesMax));
    return std::string(cut.substr(0, Utf8PrefixBytes(cut)));
  }

  void Note(std::string_view change, const Json* expected, const Json* actual) {
    if (noted_.size() == kListedMax) return;
    noted_.push_back({std::string(change), Path(),
                      expected != nullptr ? std::optional(ValueText(*expected)) : std::nullopt,
                      actual != nullptr ? std::optional(ValueText(*actual)) : std::nullopt});
  }

  void Measure(double expected, double actual) {
    ++numbers_;
    const double absolute = std::abs(expected - actual);
    const double magnitude = std::max(std::abs(expected), std::abs(actual));
    const double relative = magnitude == 0 ? 0
                            : std::isinf(absolute)
                                ? std::abs(expected / magnitude - actual / magnitude)
                                : absolute / magnitude;
    if (!absolute_max_.has_value() || absolute > absolute_max_->value) {
      absolute_max_ = NumberMaximum{absolute, Path()};
    }
    if (!relative_max_.has_value() || relative > relative_max_->value) {
      relative_max_ = NumberMaximum{relative, Path()};
    }
  }

  struct Noted {
    std::string change;
    std::string path;
    std::optional<std::string> expected;
    std::optional<std::string> actual;
  };

  std::string path_;
  std::vector<Noted> noted_;
  std::uint64_t changed_ = 0;
  std::uint64_t added_ = 0;
  std::uint64_t removed_ = 0;
  std::uint64_t numbers_ = 0;
  std::optional<NumberMaximum> absolute_max_;
  std::optional<NumberMaximum> relative_max_;
};

std::string PathText(const std::string& path) {
  return path.empty() ? "the whole value" : Printable(path);
}

std::string JsonComparer::Sentence() const {
  const Noted& first = noted_.front();
  std::string text = PathText(first.path);
  if (first.change == "changed") {
    text += ": " + Printable(*first.expected) + " became " + Printable(*first.actual);
  } else {
    text += " was " + first.change + ", " +
            Printable(first.actual.value_or(first.expected.value_or("")));
  }
  std::string counts;
  const auto count = [&](std::uint64_t number, std::string_view what) {
    if (number == 0) return;
    counts += (counts.empty() ? "; " + Counted(number, "value") : ", " + std::to_string(number)) +
              " " + std::string(what);
  };
  count(changed_, "changed");
  count(added_, "added");
  count(removed_, "removed");
  text += counts;
  if (absolute_max_.has_value()) {
    text += "; " + Counted(numbers_, "number") + " by up to " + BriefNumber(absolute_max_->value) +
            ", relatively " + BriefNumber(relative_max_->value);
  }
  return text;
}

Json JsonComparer::Details() const {
  Json first = Json::Array{};
  for (const Noted& noted : noted_) {
    first.Append(Json()
                     .Set("path", noted.path)
                     .Set("change", noted.change)
                     .Set("expected", noted.expected)
                     .Set("actual", noted.actual));
  }
  const auto maximum = [](const std::optional<NumberMaximum>& largest) {
    if (!largest.has_value()) return Json();
    return Json().Set("value", NumberToJson(largest->value)).Set("path", largest->path);
  };
  return Json()
      .Set("changed", CountToJson(changed_))
      .Set("added", CountToJson(added_))
      .Set("removed", CountToJson(removed_))
      .Set("first", std::move(first))
      .Set("numbers", CountToJson(numbers_))
      .Set("absolute_max", maximum(absolute_max_))
      .Set("relative_max", maximum(relative_max_));
}

// The integers of a JSON text that have more digits than a double holds for certain, in order.
std::vector<std::string_view> LongIntegers(std::string_view text) {
  std::vector<std::string_view> found;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') ++i;
    if (i < text.size() && text[i] == '"') in_string = !in_string;
    if (in_string || i >= text.size() || !((text[i] >= '0' && text[i] <= '9') || text[i] == '-')) {
      continue;
    }
    const std::size_t end = std::min(text.find_first_not_of("0123456789+-.eE", i), text.size());
    const std::string_view number = text.substr(i, end - i);
    if (number.size() > kExactDigits && number.find_first_of(".eE") == number.npos) {
      found.push_back(number);
    }
    i = end - 1;
  }
  std::ranges::sort(found);
  return found;
}

// What two texts of equal values differ in.
std::string DescribeSpelling(const std::string& expected, const std::string& actual) {
  const auto before = LongIntegers(expected);
  const auto after = LongIntegers(actual);
  if (before == after) {
    return "the same values; only white space, the order of members or how they are written "
           "differs";
  }
  const std::size_t count = std::min(before.size(), after.size());
  const auto [e, a] = std::mismatch(
      before.begin(), before.begin() + static_cast<std::ptrdiff_t>(count), after.begin());
  std::string text = "the same values as far as doubles hold them, and other long integers";
  if (e == before.begin() + static_cast<std::ptrdiff_t>(count)) return text;
  return text + ": " + Quoted(*e) + " became " + Quoted(*a);
}

// The start of what may be JSON: nothing is parsed that begins as no JSON text does.
bool MayBeJson(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != text.npos && (text[first] == '{' || text[first] == '[');
}

}  // namespace

Result<std::optional<ContentDifference>> CompareJson(const ContentPair& pair,
                                                     std::string& why_not) {
  std::string texts[2];
  std::optional<Json> values[2];
  const ContentSource* const sources[2] = {&pair.expected, &pair.actual};
  REPRISE_ASSIGN_OR_RETURN(const bool are_text, AreText(pair));
  if (!are_text) return std::optional<ContentDifference>();
  for (const ContentSource* const source : sources) {
    REPRISE_ASSIGN_OR_RETURN(const std::string begin, ReadText(*source, 0, 4096));
    if (!MayBeJson(begin)) return std::optional<ContentDifference>();
  }
  for (int i = 0; i < 2; ++i) {
    if (sources[i]->size_bytes() > kJsonBytesMax) {
      why_not = "not as JSON: longer than " + std::to_string(kJsonBytesMax) + " bytes";
      return std::optional<ContentDifference>();
    }
    REPRISE_ASSIGN_OR_RETURN(texts[i], ReadText(*sources[i], 0, kJsonBytesMax));
    auto value = ParseJson(texts[i]);
    if (!value.ok()) {
      // Lines of JSON and much else begin likewise: only a file that says so is called malformed.
      if (pair.name.ends_with(".json")) why_not = value.error().message;
      return std::optional<ContentDifference>();
    }
    values[i] = *std::move(value);
  }
  JsonComparer comparer;
  comparer.Compare(*values[0], *values[1]);
  const bool is_same = comparer.differing() == 0;
  ContentDifference difference{
      .kind = "json",
      .sentence = is_same ? DescribeSpelling(texts[0], texts[1]) : comparer.Sentence(),
      .details = comparer.Details()};
  difference.details.Set("same_values",
                         is_same && LongIntegers(texts[0]) == LongIntegers(texts[1]));
  return std::optional(std::move(difference));
}

}  // namespace reprise::lineage
