#include "lineage/diff/environment_diff.h"

#include <algorithm>
#include <map>

#include "storage/base/bytes.h"
#include "storage/base/text_value.h"

namespace reprise::lineage {
namespace {

// A list of records that have names.
struct NamedList {
  std::string_view member;
  std::string_view key;
  std::string_view group;
};
constexpr NamedList kLists[] = {{"python_packages", "name", "python_package"},
                                {"conda_packages", "name", "conda_package"},
                                {"variables", "name", "variable"},
                                {"files", "path", "file"}};

using Entries = std::map<std::string, Json>;

std::string NameOf(const Json& name) {
  const auto bytes = BytesFromJson(name);
  return bytes.ok() ? Printable(*bytes) : std::string("without a proper name");
}

Entries EntriesOf(const Json& document, const NamedList& list) {
  Entries entries;
  const Json* const array = document.Find(list.member);
  if (array == nullptr || !array->is_array()) return entries;
  for (const Json& entry : array->as_array()) {
    const Json* const name = entry.Find(list.key);
    if (name != nullptr) entries[NameOf(*name)] = entry;
  }
  return entries;
}

void DiffList(const Json& before, const Json& after, const NamedList& list,
              std::vector<EnvironmentChange>& changes) {
  Entries was = EntriesOf(before, list);
  Entries is = EntriesOf(after, list);
  for (const auto& [name, entry] : was) is.try_emplace(name);
  for (auto& [name, entry] : is) {
    const auto old = was.find(name);
    Json old_entry = old == was.end() ? Json() : std::move(old->second);
    if (old_entry == entry) continue;
    changes.push_back({std::string(list.group), name, std::move(old_entry), std::move(entry)});
  }
}

bool IsListed(std::string_view member) {
  return std::ranges::any_of(kLists, [&](const NamedList& list) { return list.member == member; });
}

Result<Json> ParseEnvironment(std::string_view document) {
  auto json = ParseJson(document);
  if (json.ok() && json->is_object()) return json;
  return Error{ErrorCode::kCorruption,
               "an environment document is malformed: " +
                   (json.ok() ? std::string("it is no object") : json.error().message)};
}

const Json& MemberOf(const Json& document, std::string_view name) {
  static const Json null;
  const Json* const member = document.Find(name);
  return member == nullptr ? null : *member;
}

}  // namespace

std::string_view EnvironmentChange::change() const {
  if (before.is_null()) return "added";
  return after.is_null() ? "removed" : "changed";
}

Result<std::vector<EnvironmentChange>> DiffEnvironmentDocuments(std::string_view before,
                                                                std::string_view after) {
  std::vector<EnvironmentChange> changes;
  if (before == after) return changes;
  REPRISE_ASSIGN_OR_RETURN(const Json old_document, ParseEnvironment(before));
  REPRISE_ASSIGN_OR_RETURN(const Json new_document, ParseEnvironment(after));
  for (const NamedList& list : kLists) DiffList(old_document, new_document, list, changes);
  std::map<std::string, std::pair<Json, Json>> members;
  for (const auto& [name, value] : old_document.as_object()) members[name].first = value;
  for (const auto& [name, value] : new_document.as_object()) members[name].second = value;
  for (auto& [name, values] : members) {
    if (IsListed(name) || values.first == values.second) continue;
    changes.push_back({name, "", std::move(values.first), std::move(values.second)});
  }
  return changes;
}

std::string PackageText(const Json& entry) {
  std::string text;
  for (const std::string_view member : {"package", "version", "build"}) {
    const auto value = entry.GetOptionalString(member);
    if (!value.ok() || !value->has_value()) continue;
    text += (text.empty() ? "" : " ") + Printable(**value);
  }
  const Json& compilers = MemberOf(entry, "compiler");
  if (!text.empty() || !compilers.is_array()) return text;
  for (const Json& compiler : compilers.as_array()) {
    if (!compiler.is_string()) continue;
    text += (text.empty() ? "made by " : ", ") + Printable(compiler.as_string());
  }
  return text;
}

}  // namespace reprise::lineage
