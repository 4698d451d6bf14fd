#include "tracker/replay/environment_diff.h"

#include <algorithm>
#include <map>

#include "storage/base/bytes.h"
#include "storage/base/canonical.h"
#include "storage/base/text_value.h"

namespace reprise::tracker {
namespace {

using Entries = std::map<std::string, Json>;

// A list of records that have names.
struct NamedList {
  std::string_view member;
  std::string_view key;
  std::string_view noun;
};
constexpr NamedList kLists[] = {{"files", "path", "the file"},
                                {"conda_packages", "name", "the conda package"},
                                {"python_packages", "name", "the Python package"},
                                {"variables", "name", "the variable"}};

std::string NameOf(const Json& name) {
  const auto bytes = BytesFromJson(name);
  return bytes.ok() ? Printable(*bytes) : std::string("without a proper name");
}

Result<Entries> EntriesOf(const Json& document, const NamedList& list) {
  Entries entries;
  const Json* const array = document.Find(list.member);
  if (array == nullptr || !array->is_array()) return entries;
  for (const Json& entry : array->as_array()) {
    const Json* const name = entry.Find(list.key);
    if (name != nullptr) entries[NameOf(*name)] = entry;
  }
  return entries;
}

// "libc6 2.36-9", "2.1.0", "1.26.4 py311_0", what made it if it is of no package, or nothing.
std::string PackageText(const Json& entry) {
  std::string text;
  for (const std::string_view member : {"package", "version", "build"}) {
    const auto value = entry.GetOptionalString(member);
    if (!value.ok() || !value->has_value()) continue;
    text += (text.empty() ? "" : " ") + Printable(**value);
  }
  const Json* const compilers = entry.Find("compiler");
  if (!text.empty() || compilers == nullptr || !compilers->is_array()) return text;
  for (const Json& compiler : compilers->as_array()) {
    if (!compiler.is_string()) continue;
    text += (text.empty() ? "made by " : ", ") + Printable(compiler.as_string());
  }
  return text;
}

// What tells the entries apart for a person, if anything does.
std::string Explain(const std::string& before, const std::string& after) {
  if (before.empty() && after.empty()) return "";
  if (before == after) return " (" + after + ")";
  return " (was " + (before.empty() ? "of no package" : before) + ", is " +
         (after.empty() ? "of no package" : after) + ")";
}

Result<void> DiffList(const Json& before, const Json& after, const NamedList& list,
                      std::vector<std::string>& sentences) {
  REPRISE_ASSIGN_OR_RETURN(const Entries old_entries, EntriesOf(before, list));
  REPRISE_ASSIGN_OR_RETURN(const Entries new_entries, EntriesOf(after, list));
  const std::string noun = std::string(list.noun) + " ";
  for (const auto& [name, entry] : old_entries) {
    const auto found = new_entries.find(name);
    const std::string was = PackageText(entry);
    if (found == new_entries.end()) {
      sentences.push_back(noun + name + Explain(was, was) + " is not part of it now");
    } else if (found->second != entry) {
      sentences.push_back(noun + name + " differs" + Explain(was, PackageText(found->second)));
    }
  }
  for (const auto& [name, entry] : new_entries) {
    if (old_entries.contains(name)) continue;
    const std::string is = PackageText(entry);
    sentences.push_back(noun + name + Explain(is, is) + " is part of it now");
  }
  return {};
}

// A member's name as people read it.
std::string WithSpaces(std::string_view name) {
  std::string text = Printable(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

Result<std::string> Shown(const Json* value) {
  if (value == nullptr || value->is_null()) return std::string("unknown");
  return value->is_string() ? Result<std::string>(value->as_string()) : Canonicalize(*value);
}

Result<void> DiffMember(const Json& before, const Json& after, std::string_view member,
                        std::string_view noun, std::vector<std::string>& sentences) {
  const Json* const was = before.Find(member);
  const Json* const is = after.Find(member);
  if (was != nullptr && is != nullptr && *was == *is) return {};
  REPRISE_ASSIGN_OR_RETURN(const std::string was_text, Shown(was));
  REPRISE_ASSIGN_OR_RETURN(const std::string is_text, Shown(is));
  if (was_text == is_text) return {};
  sentences.push_back("the " + std::string(noun) + " was " + Printable(was_text) + " and is " +
                      Printable(is_text));
  return {};
}

bool AreKnown(const Json& before, const Json& after, std::string_view member) {
  const Json* const was = before.Find(member);
  const Json* const is = after.Find(member);
  return was != nullptr && is != nullptr && !was->is_null() && !is->is_null();
}

bool IsNamedList(std::string_view member) {
  for (const NamedList& list : kLists) {
    if (list.member == member) return true;
  }
  return false;
}

}  // namespace

Result<std::vector<std::string>> DiffEnvironments(const std::string& before,
                                                  const std::string& after) {
  std::vector<std::string> sentences;
  if (before == after) return sentences;
  REPRISE_ASSIGN_OR_RETURN(const Json old_document, ParseJson(before));
  REPRISE_ASSIGN_OR_RETURN(const Json new_document, ParseJson(after));
  if (!old_document.is_object() || !new_document.is_object()) {
    return Error{ErrorCode::kCorruption, "an environment document is no object"};
  }
  for (const NamedList& list : kLists) {
    REPRISE_TRY(DiffList(old_document, new_document, list, sentences));
  }
  for (const auto& [name, value] : old_document.as_object()) {
    if (IsNamedList(name)) continue;
    REPRISE_TRY(DiffMember(old_document, new_document, name, WithSpaces(name), sentences));
  }
  if (sentences.empty()) sentences.emplace_back("the documents differ");
  return sentences;
}

Result<std::vector<std::string>> DiffHardware(const std::string& before, const std::string& after,
                                              const Json& host_before, const Json& host_after) {
  std::vector<std::string> sentences;
  REPRISE_ASSIGN_OR_RETURN(const Json old_document, ParseJson(before));
  REPRISE_ASSIGN_OR_RETURN(const Json new_document, ParseJson(after));
  for (const std::string_view member : {"architecture", "instruction_set"}) {
    REPRISE_TRY(DiffMember(old_document, new_document, member, WithSpaces(member), sentences));
  }
  REPRISE_TRY(
      DiffMember(host_before, host_after, "accelerators", "list of accelerators", sentences));
  REPRISE_TRY(
      DiffMember(host_before, host_after, "accelerator_driver", "accelerators' driver", sentences));
  // Runs of older releases do not say these, which is no difference.
  if (AreKnown(host_before, host_after, "accelerator_architectures")) {
    REPRISE_TRY(DiffMember(host_before, host_after, "accelerator_architectures",
                           "list of accelerators' architectures", sentences));
  }
  if (AreKnown(host_before, host_after, "cuda_version")) {
    REPRISE_TRY(
        DiffMember(host_before, host_after, "cuda_version", "driver's CUDA version", sentences));
  }
  return sentences;
}

}  // namespace reprise::tracker
