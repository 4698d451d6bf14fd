// The sentence of a difference tells values too, in words that nothing reads.  Where values go, it
// is written anew from the members that stay, always alike, so that a second time changes nothing.

#include "lineage/compare/withheld_values.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "lineage/compare/wording.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

constexpr std::string_view kNotTold = "the values are not told, as columns are tagged pii";

std::string TextOf(const Json& json, std::string_view key) {
  const auto text = json.GetString(key);
  return text.ok() ? *text : "";
}

// A count as CountToJson() writes it; absent: there is none, or 0.
std::optional<std::string> CountAt(const Json& json, std::string_view key) {
  const Json* const count = json.Find(key);
  if (count == nullptr) return std::nullopt;
  if (count->is_string()) return Printable(count->as_string());
  const auto number = json.GetInteger(key);
  if (!number.ok() || *number == 0) return std::nullopt;
  return std::to_string(*number);
}

bool HasValue(const Json& json, std::string_view key) {
  const Json* const value = json.Find(key);
  return value != nullptr && !value->is_null();
}

// Makes the member null if there is one; true if that changed it.
bool Drop(Json& json, const std::string& key) {
  if (!HasValue(json, key)) return false;
  json.Set(key, Json());
  return true;
}

class Sentence {
 public:
  Sentence& Say(const std::string& part) {
    text_ += (text_.empty() ? "" : "; ") + part;
    return *this;
  }
  // "3 cells differ", or "1 cell differs", where `json` counts some.
  Sentence& Count(const Json& json, std::string_view key, std::string_view one,
                  std::string_view many) {
    const auto count = CountAt(json, key);
    if (count.has_value()) Say(*count + " " + std::string(*count == "1" ? one : many));
    return *this;
  }
  // "3 added", however many.
  Sentence& Count(const Json& json, std::string_view key, std::string_view what) {
    return Count(json, key, what, what);
  }
  std::string Take() { return std::move(Say(std::string(kNotTold)).text_); }

 private:
  std::string text_;
};

// "10 lines became 11"; nothing where they are as many.
void SayLengths(const Json& json, const std::string& noun, Sentence& sentence) {
  const auto before = CountAt(json, "expected_" + noun).value_or("0");
  const auto after = CountAt(json, "actual_" + noun).value_or("0");
  if (before != after)
    sentence.Say(before + " " + (before == "1" ? noun.substr(0, noun.size() - 1) : noun) +
                 " became " + after);
}

Json WithheldText(Json json) {
  Sentence sentence;
  if (const auto line = CountAt(json, "first_line")) {
    sentence.Say("line " + *line + " is the first that differs");
  }
  sentence.Count(json, "differing", "line differs, place by place", "lines differ, place by place");
  SayLengths(json, "lines", sentence);
  const bool dropped = Drop(json, "expected") | Drop(json, "actual");
  if (dropped) json.Set("sentence", sentence.Take());
  return json;
}

// Distances go too: they are values where the other one is 0.  So do paths, whose members may be
// named after people.
Json WithheldJson(Json json) {
  bool dropped = Drop(json, "absolute_max") | Drop(json, "relative_max");
  Json first = Json::Array{};
  if (const auto list = json.GetArray("first"); list.ok()) {
    for (Json noted : **list) {
      if (noted.is_object()) {
        dropped |= Drop(noted, "path") | Drop(noted, "expected") | Drop(noted, "actual");
      }
      first.Append(std::move(noted));
    }
  }
  // Of equal values that are written otherwise, long integers may be told.
  const bool is_spelling = first.as_array().empty();
  const bool tells_integers = TextOf(json, "sentence").find(" became ") != std::string::npos;
  if (!dropped && !(is_spelling && tells_integers)) return json;
  Sentence sentence;
  sentence.Count(json, "changed", "value changed", "values changed").Count(json, "added", "added");
  sentence.Count(json, "removed", "removed");
  return json.Set("first", std::move(first)).Set("sentence", sentence.Take());
}

// Names are cut and escaped where they are shown, and are then not those that tags name.
bool MayBePersonal(const Json& named, const IsPersonal& is_personal) {
  const std::string column = TextOf(named, "column");
  const bool is_whole = !column.ends_with("…") && column.find('\\') == std::string::npos;
  return !is_whole || is_personal(column);
}

// Leaves of the names of columns that only one side has how many there are; true if that changed
// something.  Verdicts of earlier releases list them without their number, ten at most.
bool CountNames(Json& json, const std::string& key) {
  const auto names = json.GetArray(key);
  if (!names.ok() || (*names)->empty()) return false;
  const std::string count = key + "_count";
  if (json.Find(count) == nullptr) json.Set(count, CountToJson((*names)->size()));
  return Drop(json, key);
}

Json WithheldTable(Json json, const IsPersonal& is_personal) {
  const auto has_header = json.GetBool("has_header");
  bool changed = CountNames(json, "columns_removed");
  changed |= CountNames(json, "columns_added");
  // Names that differ may be a first record of a table without a header, and so are all of them.
  const bool has_other_names = CountAt(json, "columns_removed_count").has_value() ||
                               CountAt(json, "columns_added_count").has_value();
  const auto may_not_be_told = [&](const Json& named) {
    return !named.is_object() || !has_header.ok() || !*has_header || has_other_names ||
           MayBePersonal(named, is_personal);
  };
  Json numbers = Json::Array{};
  if (const auto list = json.GetArray("numbers"); list.ok()) {
    // The column that differs most, which the sentence names, may be beyond those that are listed.
    changed |= (*list)->size() >= kListedMax;
    for (const Json& column : **list) {
      if (may_not_be_told(column)) {
        changed = true;
      } else {
        numbers.Append(column);
      }
    }
  }
  const Json* const found = json.Find("first");
  Json first = found == nullptr ? Json() : *found;
  if (!first.is_null() && may_not_be_told(first)) {
    if (!first.is_object()) first = Json::Object{};
    changed |= Drop(first, "expected") | Drop(first, "actual");
    if (has_other_names) changed |= Drop(first, "column");
  }
  if (!changed) return json;
  Sentence sentence;
  sentence.Count(json, "columns_removed_count", "column removed", "columns removed")
      .Count(json, "columns_added_count", "column added", "columns added");
  SayLengths(json, "rows", sentence);
  if (first.is_object() && CountAt(first, "row").has_value()) {
    const std::string column =
        HasValue(first, "column") ? ", column " + Quoted(TextOf(first, "column")) : "";
    sentence.Say(
        "row " + *CountAt(first, "row") + column +
        (column.empty() ? " is the first that differs" : " is the first cell that differs"));
  }
  sentence.Count(json, "differing_cells", "cell differs", "cells differ");
  return json.Set("first", std::move(first))
      .Set("numbers", std::move(numbers))
      .Set("sentence", sentence.Take());
}

// Of arrays: `values` is one record, of .safetensors a list of them.
Json WithheldArray(Json json) {
  const auto withhold = [](Json& values) {
    return values.is_object() && (Drop(values, "first_expected") | Drop(values, "first_actual"));
  };
  const Json* const found = json.Find("values");
  if (found == nullptr) return json;
  Json values = *found;
  bool dropped = false;
  if (values.is_array()) {
    for (Json& each : values.as_array()) dropped |= withhold(each);
  } else {
    dropped = withhold(values);
  }
  if (!dropped) return json;
  Sentence sentence;
  sentence.Count(json, "added", "tensor added", "tensors added")
      .Count(json, "removed", "tensor removed", "tensors removed");
  sentence.Count(json, "retyped", "tensor has another type", "tensors have another type");
  sentence.Count(json, "differing_elements", "element differs", "elements differ");
  if (values.is_object()) sentence.Count(values, "differing", "element differs", "elements differ");
  return json.Set("values", std::move(values)).Set("sentence", sentence.Take());
}

Json WithheldBytes(Json json) {
  // The byte itself stands in the sentence alone.
  if (!HasValue(json, "first")) return json;
  Sentence sentence;
  sentence.Say("byte " + CountAt(json, "first").value_or("0") + " is the first that differs");
  sentence.Count(json, "differing", "byte differs", "bytes differ");
  SayLengths(json, "bytes", sentence);
  return json.Set("sentence", sentence.Take());
}

// Of what holds other contents: `inner` is the difference of one of them, found at `key`.
Json WithheldInner(Json json, const std::string& key, const IsPersonal& is_personal) {
  const Json* const found = json.Find(key);
  if (found == nullptr || !found->is_object()) return json;
  const bool is_in_record = key == "first";  // With the name of what it is of.
  const Json* const inner = is_in_record ? found->Find("difference") : found;
  if (inner == nullptr || inner->is_null()) return json;
  Json withheld = WithholdValues(*inner, is_personal);
  if (withheld == *inner) return json;
  Sentence sentence;
  const std::string name = TextOf(*found, found->Find("path") != nullptr ? "path" : "name");
  const std::string told = TextOf(withheld, "kind") + ", " + TextOf(withheld, "sentence");
  sentence.Say(is_in_record ? Quoted(name) + ": " + told : "when expanded: " + told);
  sentence.Count(json, "differing", "differs", "differ");
  sentence.Count(json, "missing", "is missing", "are missing")
      .Count(json, "extra", "was added", "were added");
  sentence.Count(json, "added", "was added", "were added")
      .Count(json, "removed", "was removed", "were removed");
  Json holder = is_in_record ? *found : withheld;
  if (is_in_record) holder.Set("difference", std::move(withheld));
  return json.Set(key, std::move(holder)).Set("sentence", sentence.Take());
}

}  // namespace

Json WithholdValues(const Json& difference, const IsPersonal& is_personal) {
  if (difference.is_null()) return difference;
  if (!difference.is_object()) return WithholdValues(Json::Object{}, is_personal);
  const std::string kind = TextOf(difference, "kind");
  if (kind == "png" || kind == "unread") return difference;
  if (kind == "text") return WithheldText(difference);
  if (kind == "json") return WithheldJson(difference);
  if (kind == "csv") return WithheldTable(difference, is_personal);
  if (kind == "npy" || kind == "safetensors") return WithheldArray(difference);
  if (kind == "bytes") return WithheldBytes(difference);
  if (kind == "zip" || kind == "folder") return WithheldInner(difference, "first", is_personal);
  if (kind == "gzip") return WithheldInner(difference, "content", is_personal);
  return Json().Set("kind", Printable(kind)).Set("sentence", kNotTold);
}

ContentDifference WithholdValues(const ContentDifference& difference,
                                 const IsPersonal& is_personal) {
  Json json = WithholdValues(ContentDifferenceToJson(difference), is_personal);
  ContentDifference withheld{.kind = TextOf(json, "kind"),
                             .sentence = TextOf(json, "sentence"),
                             .details = Json::Object{}};
  for (auto& [name, member] : json.as_object()) {
    if (name != "kind" && name != "sentence") withheld.details.Set(name, std::move(member));
  }
  return withheld;
}

}  // namespace reprise::lineage
