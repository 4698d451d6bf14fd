#include "tracker/replay/environment_diff.h"

#include <algorithm>

#include "lineage/diff/environment_diff.h"
#include "storage/base/bytes.h"
#include "storage/base/canonical.h"

namespace reprise::tracker {
namespace {

// What an entry of a list is called in a sentence.
std::string_view NounOf(std::string_view group) {
  if (group == "file") return "the file ";
  if (group == "conda_package") return "the conda package ";
  if (group == "python_package") return "the Python package ";
  return "the variable ";
}

// What tells the entries apart for a person, if anything does.
std::string Explain(const std::string& before, const std::string& after) {
  if (before.empty() && after.empty()) return "";
  if (before == after) return " (" + after + ")";
  return " (was " + (before.empty() ? "of no package" : before) + ", is " +
         (after.empty() ? "of no package" : after) + ")";
}

std::string DescribeEntry(const lineage::EnvironmentChange& change) {
  const std::string was = lineage::PackageText(change.before);
  const std::string is = lineage::PackageText(change.after);
  const std::string subject = std::string(NounOf(change.group)) + change.name;
  if (change.after.is_null()) return subject + Explain(was, was) + " is not part of it now";
  if (change.before.is_null()) return subject + Explain(is, is) + " is part of it now";
  return subject + " differs" + Explain(was, is);
}

// A member's name as people read it.
std::string WithSpaces(std::string_view name) {
  std::string text = Printable(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

Result<std::string> Shown(const Json& value) {
  if (value.is_null()) return std::string("unknown");
  return value.is_string() ? Result<std::string>(value.as_string()) : Canonicalize(value);
}

Result<void> DescribeMember(const Json& was, const Json& is, std::string_view noun,
                            std::vector<std::string>& sentences) {
  if (was == is) return {};
  REPRISE_ASSIGN_OR_RETURN(const std::string was_text, Shown(was));
  REPRISE_ASSIGN_OR_RETURN(const std::string is_text, Shown(is));
  if (was_text == is_text) return {};
  sentences.push_back("the " + std::string(noun) + " was " + Printable(was_text) + " and is " +
                      Printable(is_text));
  return {};
}

Result<void> DiffMember(const Json& before, const Json& after, std::string_view member,
                        std::string_view noun, std::vector<std::string>& sentences) {
  const Json* const was = before.Find(member);
  const Json* const is = after.Find(member);
  return DescribeMember(was == nullptr ? Json() : *was, is == nullptr ? Json() : *is, noun,
                        sentences);
}

bool AreKnown(const Json& before, const Json& after, std::string_view member) {
  const Json* const was = before.Find(member);
  const Json* const is = after.Find(member);
  return was != nullptr && is != nullptr && !was->is_null() && !is->is_null();
}

}  // namespace

Result<std::vector<std::string>> DiffEnvironments(const std::string& before,
                                                  const std::string& after) {
  std::vector<std::string> sentences;
  if (before == after) return sentences;
  REPRISE_ASSIGN_OR_RETURN(const auto changes, lineage::DiffEnvironmentDocuments(before, after));
  for (const lineage::EnvironmentChange& change : changes) {
    if (!change.name.empty()) {
      sentences.push_back(DescribeEntry(change));
      continue;
    }
    REPRISE_TRY(DescribeMember(change.before, change.after, WithSpaces(change.group), sentences));
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
