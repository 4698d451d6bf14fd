#include "tracker/recorder/used_file_rules.h"

#include <array>
#include <utility>

#include "lineage/capture/system_view.h"

namespace reprise::tracker {
namespace {

using capture::FileRule;
using lineage::FileClass;

FileRule FoundRule(FileClass file_class, std::string reason, std::string pattern = "") {
  return {.pattern = std::move(pattern),
          .file_class = file_class,
          .reason = std::move(reason),
          .origin = std::string(capture::kFoundOrigin)};
}

// What a run did with a file.
struct FoundRules {
  FileRule program = FoundRule(FileClass::kSystem, "a program that the run executed");
  FileRule binary = FoundRule(FileClass::kSystem, "a program or shared library by its content");
  FileRule was_there = FoundRule(
      FileClass::kData, "in a folder for temporary files, but there before the run read it");
  FileRule secret = FoundRule(FileClass::kSecret, "a secret under another name");
  FileRule secret_code =
      FoundRule(FileClass::kCode, "like a secret, but part of the recorded code");
  FileRule secret_input = FoundRule(FileClass::kData, "like a secret, but named as an input");
};

const FoundRules& Found() {
  // Never destroyed: threads may outlive static objects.
  static const FoundRules& rules = *new FoundRules;
  return rules;
}

}  // namespace

UsedFileRules::UsedFileRules(FileSystem& files, const Trace& trace, UsedFileOptions options)
    : options_(std::move(options)),
      secrets_(
          files, trace, [this](const std::string& path) { return ClassOfPath(path); },
          options_.project_folder) {
  FindInterpreters(trace);
}

// Interpreters that lie in folders of their own (pyenv, conda, spack) bring all that is beside
// their bin/.
void UsedFileRules::FindInterpreters(const Trace& trace) {
  for (const auto& [path, access] : trace.accesses) {
    if ((access.uses & kUseExecuted) == 0 || access.state != NameState::kFile) continue;
    const std::string bin = ParentPath(path);
    if (BaseName(bin) != "bin") continue;
    if (capture::Below(options_.project_folder, path).has_value()) continue;
    const std::string folder = ParentPath(bin);
    if (folder == "/") continue;
    interpreters_.emplace(
        folder, FoundRule(FileClass::kSystem, "beside the bin/ of a program that the run executed",
                          folder + "/"));
  }
}

const FileRule* UsedFileRules::FindInterpreterOf(std::string path) const {
  for (; path.size() > 1; path = ParentPath(path)) {
    const auto found = interpreters_.find(path);
    if (found != interpreters_.end()) return &found->second;
    if (!path.starts_with('/')) break;  // A pipe, or memory.
  }
  return nullptr;
}

const FileRule& UsedFileRules::RuleFor(const Access& access) const {
  const FileRule& by_path = options_.rule_of(access.path);
  if (secrets_.IsSecret(access)) {
    // What the user named or gave to git is stored already, and a rerun is to have it.
    if (options_.in_code(access.path)) return Found().secret_code;
    if (options_.is_named_input(access.path)) return Found().secret_input;
    return by_path.file_class == FileClass::kSecret ? by_path : Found().secret;
  }
  // What lay in a folder for temporary files before the run is no scratch of the run.
  constexpr std::uint32_t kUsesOfContent = kUseRead | kUseExecuted;
  const bool was_there = access.state == NameState::kFile && (access.uses & kUsesOfContent) != 0;
  const bool is_kept_scratch = by_path.file_class == FileClass::kScratch && was_there;
  const FileRule& found = is_kept_scratch ? Found().was_there : by_path;
  if (found.file_class != FileClass::kData) return found;
  // A program that is neither code nor of the system was built or put there: part of the
  // environment.
  if ((access.uses & kUseExecuted) != 0) return Found().program;
  const FileRule* const interpreter = FindInterpreterOf(access.path);
  return interpreter != nullptr ? *interpreter : found;
}

const FileRule& UsedFileRules::RuleOfBinaries() { return Found().binary; }

bool IsProgramOrLibrary(FileSystem& files, const std::string& path) {
  constexpr std::size_t kTypeOffset = 16;  // e_type; gabi, "ELF Header".
  constexpr std::uint16_t kExecutable = 2;
  constexpr std::uint16_t kShared = 3;
  const auto file = files.Open(path, OpenMode::kRead);
  std::array<std::byte, kTypeOffset + 2> begin{};
  if (!file.ok()) return false;
  const auto read = (*file)->ReadAt(0, begin);
  if (!read.ok() || *read != begin.size() || !AsText(ByteSpan(begin)).starts_with("\177ELF")) {
    return false;
  }
  const auto type = LoadLe<std::uint16_t>(ByteSpan(begin), kTypeOffset);
  return type == kExecutable || type == kShared;
}

lineage::ClosureRule ToClosureRule(const FileRule& rule) {
  return {.file_class = rule.file_class,
          .pattern = rule.pattern,
          .reason = rule.reason,
          .origin = rule.origin};
}

}  // namespace reprise::tracker
