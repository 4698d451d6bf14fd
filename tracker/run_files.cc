#include "tracker/run_files.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "lineage/document.h"
#include "storage/base/text_value.h"
#include "tracker/run_closure.h"

namespace reprise::tracker {
namespace {

using lineage::ClosureFile;
using lineage::ClosureRule;
using lineage::FileClass;

constexpr std::string_view kOutput = "output";
constexpr std::string_view kMissing = "missing";

constexpr std::array kClasses = {FileClass::kCode,          FileClass::kData,   FileClass::kScratch,
                                 FileClass::kSystem,        FileClass::kCache,  FileClass::kSecret,
                                 FileClass::kConfiguration, FileClass::kDevice, FileClass::kKernel};

constexpr std::string_view kSecretState = "secret";

bool UsesContent(std::uint32_t uses) {
  return (uses & (lineage::kFileRead | lineage::kFileExecuted)) != 0;
}

std::string StateOf(const ClosureFile& file) {
  if (file.kind == FileKind::kDirectory) return "folder";
  if (file.kind == FileKind::kSymlink) return "link";
  if (lineage::IsVolatile(file.file_class)) return "volatile";
  if (file.kind == FileKind::kOther) return "special";
  if (file.file_class == FileClass::kSecret) return std::string(kSecretState);
  if (file.stored) return "stored";
  if (file.digest.has_value()) return "hashed";
  return UsesContent(file.uses) ? "unreadable" : "unread";
}

RunFile ToRunFile(const ClosureFile& file, const lineage::Closure& closure) {
  RunFile shown;
  shown.path = file.path;
  shown.name_of_class = lineage::FileClassName(file.file_class);
  shown.uses = file.uses;
  shown.digest = file.digest;
  shown.state = StateOf(file);
  shown.unstable = file.unstable;
  if (file.kind == FileKind::kFile && !lineage::IsVolatile(file.file_class)) {
    shown.size_bytes = file.size_bytes;
  }
  if (file.rule.has_value()) shown.rule = closure.rules[*file.rule];
  return shown;
}

// Outputs are not of the closure, which is what was there before.  Of these there is one rule.
RunFile ToRunFile(const lineage::ArtifactUse& output) {
  RunFile shown;
  shown.path = output.path;
  shown.name_of_class = kOutput;
  shown.size_bytes = output.size_bytes;
  shown.digest = output.digest;
  shown.state = "stored";
  shown.unstable = output.unstable;
  shown.rule = ClosureRule{.file_class = FileClass::kData,
                           .reason = "named as an output, or made or changed by the run",
                           .origin = "found in this run"};
  return shown;
}

RunFile MissingFile(const std::string& path) {
  RunFile shown;
  shown.path = path;
  shown.name_of_class = kMissing;
  shown.uses = lineage::kFileLookedUp;
  shown.state = "absent";
  shown.rule = ClosureRule{.reason = "looked up, and not there", .origin = "found in this run"};
  return shown;
}

FilesOfClass Summarize(const std::string& name_of_class, const std::vector<RunFile>& files) {
  FilesOfClass total{.name_of_class = name_of_class};
  std::map<std::optional<ClosureRule>, FilesOfRule> rules;
  for (const RunFile& file : files) {
    if (file.name_of_class != name_of_class) continue;
    FilesOfRule& of_rule = rules[file.rule];
    of_rule.rule = file.rule;
    ++of_rule.count;
    of_rule.size_bytes += file.size_bytes.value_or(0);
    ++total.count;
    total.size_bytes += file.size_bytes.value_or(0);
  }
  for (auto& [rule, of_rule] : rules) total.rules.push_back(std::move(of_rule));
  std::ranges::stable_sort(total.rules, std::ranges::greater(), &FilesOfRule::count);
  return total;
}

Json RuleToJson(const ClosureRule& rule) {
  return Json()
      .Set("pattern", rule.pattern.empty() ? Json() : BytesToJson(rule.pattern))
      .Set("reason", rule.reason)
      .Set("origin", rule.origin);
}

Json RuleToJson(const std::optional<ClosureRule>& rule) {
  return rule.has_value() ? RuleToJson(*rule) : Json();
}

Json SizeToJson(std::uint64_t size_bytes) {
  return lineage::IntegerToJson(static_cast<std::int64_t>(size_bytes));
}

Json FileToJson(const RunFile& file) {
  return Json()
      .Set("path", BytesToJson(file.path))
      .Set("class", file.name_of_class)
      .Set("uses", lineage::TextsToJson(lineage::FileUseNames(file.uses)))
      .Set("size_bytes", file.size_bytes.has_value() ? SizeToJson(*file.size_bytes) : Json())
      .Set("digest", lineage::DigestToJson(file.digest))
      .Set("state", file.state)
      .Set("unstable", file.unstable)
      .Set("rule", RuleToJson(file.rule));
}

Json ClassToJson(const FilesOfClass& files) {
  Json rules = Json::Array{};
  for (const FilesOfRule& of_rule : files.rules) {
    rules.Append(Json()
                     .Set("rule", RuleToJson(of_rule.rule))
                     .Set("count", SizeToJson(of_rule.count))
                     .Set("size_bytes", SizeToJson(of_rule.size_bytes)));
  }
  return Json()
      .Set("class", files.name_of_class)
      .Set("count", SizeToJson(files.count))
      .Set("size_bytes", SizeToJson(files.size_bytes))
      .Set("rules", std::move(rules));
}

}  // namespace

std::vector<std::string> FileClassNames() {
  std::vector<std::string> names;
  for (const FileClass file_class : kClasses) {
    names.emplace_back(lineage::FileClassName(file_class));
    if (file_class == FileClass::kData) names.emplace_back(kOutput);
  }
  names.emplace_back(kMissing);
  return names;
}

bool IsChosen(const RunFile& file, std::string_view choice) {
  if (choice == "all") return file.name_of_class != kMissing;
  if (choice != "input") return file.name_of_class == choice;
  return file.name_of_class == lineage::FileClassName(FileClass::kData) && UsesContent(file.uses);
}

std::vector<std::string> SecretsRead(const RunFiles& files) {
  std::vector<std::string> paths;
  for (const RunFile& file : files.files) {
    if (file.state == kSecretState && UsesContent(file.uses)) paths.push_back(file.path);
  }
  return paths;
}

Result<std::optional<RunFiles>> FilesOfRun(storage::ObjectReader& objects,
                                           const lineage::RunRecord& record) {
  if (!record.capture.closure.has_value()) return std::optional<RunFiles>();
  REPRISE_ASSIGN_OR_RETURN(const lineage::Closure closure,
                           ReadClosure(objects, *record.capture.closure));
  RunFiles files;
  for (const ClosureFile& file : closure.files) {
    // The others are there because something below them is.
    if (file.uses != 0) files.files.push_back(ToRunFile(file, closure));
  }
  for (const lineage::ArtifactUse& output : record.outputs) {
    files.files.push_back(ToRunFile(output));
  }
  for (const std::string& path : closure.missing) files.files.push_back(MissingFile(path));
  for (const std::string& name : FileClassNames()) {
    FilesOfClass of_class = Summarize(name, files.files);
    if (of_class.count != 0) files.classes.push_back(std::move(of_class));
  }
  return std::optional(std::move(files));
}

Json RunFilesToJson(const RunFiles& files, const std::optional<std::string>& choice) {
  Json classes = Json::Array{};
  for (const FilesOfClass& of_class : files.classes) classes.Append(ClassToJson(of_class));
  Json listed;
  if (choice.has_value()) {
    listed = Json::Array{};
    for (const RunFile& file : files.files) {
      if (IsChosen(file, *choice)) listed.Append(FileToJson(file));
    }
  }
  return Json().Set("classes", std::move(classes)).Set("listed", std::move(listed));
}

}  // namespace reprise::tracker
