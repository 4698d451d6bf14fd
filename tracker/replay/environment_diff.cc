#include "tracker/replay/environment_diff.h"

#include <map>

#include "storage/base/canonical.h"
#include "storage/base/json.h"

namespace reprise::tracker {
namespace {

using Entries = std::map<std::string, Json>;

Result<Entries> EntriesBy(const Json& document, std::string_view list, std::string_view key) {
  Entries entries;
  const Json* const array = document.Find(list);
  if (array == nullptr || !array->is_array()) return entries;
  for (const Json& entry : array->as_array()) {
    const Json* const name = entry.Find(key);
    if (name == nullptr) continue;
    REPRISE_ASSIGN_OR_RETURN(const std::string text, Canonicalize(*name));
    entries[name->is_string() ? name->as_string() : text] = entry;
  }
  return entries;
}

std::string DescribePackage(const Json& entry) {
  const auto package = entry.GetOptionalString("package");
  const auto version = entry.GetOptionalString("version");
  if (!package.ok() || !package->has_value()) return "";
  return " (" + **package +
         (version.ok() && version->has_value() ? " " + **version : std::string()) + ")";
}

Result<void> DiffList(const Json& before, const Json& after, std::string_view list,
                      std::string_view key, std::string_view noun,
                      std::vector<std::string>& sentences) {
  REPRISE_ASSIGN_OR_RETURN(const Entries old_entries, EntriesBy(before, list, key));
  REPRISE_ASSIGN_OR_RETURN(const Entries new_entries, EntriesBy(after, list, key));
  for (const auto& [name, entry] : old_entries) {
    const auto found = new_entries.find(name);
    if (found == new_entries.end()) {
      sentences.push_back(std::string(noun) + " " + name + " is not part of it now");
    } else if (found->second != entry) {
      sentences.push_back(std::string(noun) + " " + name + " differs" +
                          DescribePackage(found->second));
    }
  }
  for (const auto& [name, entry] : new_entries) {
    if (!old_entries.contains(name)) {
      sentences.push_back(std::string(noun) + " " + name + " is part of it now" +
                          DescribePackage(entry));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> DiffEnvironments(const std::string& before,
                                                  const std::string& after) {
  std::vector<std::string> sentences;
  if (before == after) return sentences;
  REPRISE_ASSIGN_OR_RETURN(const Json old_document, ParseJson(before));
  REPRISE_ASSIGN_OR_RETURN(const Json new_document, ParseJson(after));
  REPRISE_TRY(DiffList(old_document, new_document, "files", "path", "the file", sentences));
  REPRISE_TRY(DiffList(old_document, new_document, "variables", "name", "the variable", sentences));
  for (const auto& [name, value] : old_document.as_object()) {
    const Json* const now = new_document.Find(name);
    if (name == "files" || name == "variables") continue;
    if (now == nullptr || *now != value) sentences.push_back("the " + name + " differs");
  }
  if (sentences.empty()) sentences.emplace_back("the documents differ");
  return sentences;
}

}  // namespace reprise::tracker
