#include "tracker/recorder/file_classes.h"

#include <utility>

#include "lineage/capture/file_rule_table.h"
#include "lineage/capture/system_view.h"
#include "storage/base/text_value.h"

namespace reprise::tracker {
namespace {

// A variable of the command, as the run document keeps it.
std::string VariableOf(const Json& host, std::string_view name) {
  const Json* const variables = host.Find("variables");
  const Json* const value = variables != nullptr ? variables->Find(name) : nullptr;
  return value != nullptr ? BytesFromJson(*value).value_or("") : "";
}

}  // namespace

FileClasses FileClasses::Load(FileSystem& files, const std::string& project_folder,
                              const std::string& store_folder, const Json& host,
                              const v1::CodeCaptured* code, const Trace& trace) {
  const capture::SystemView view(files);
  const auto real = [&](const std::string& path) {
    return path.starts_with('/') ? view.RealPath(path).value_or(path) : std::string();
  };
  capture::Places places;
  places.project_folder = real(project_folder);
  places.home_folder = real(VariableOf(host, "HOME"));
  places.temporary_folder = real(VariableOf(host, "TMPDIR"));
  places.store_folder = real(store_folder);
  auto loaded = capture::FileRules::Load(files, places);
  std::optional<std::string> problem;
  if (!loaded.ok()) {
    problem = loaded.error().message;
    loaded = capture::FileRules::BuiltIn(places);
  }
  capture::FileRules rules = *std::move(loaded);
  std::vector<std::string> used;
  for (const auto& [path, access] : trace.accesses) {
    if (access.state != NameState::kMissing) used.push_back(path);
  }
  rules.AddEnvironments(capture::FindEnvironmentFolders(used));
  FileClasses classes(places.project_folder, std::move(rules));
  classes.problem_ = std::move(problem);
  if (code == nullptr) return classes;
  for (const v1::CodeFile& file : code->files()) {
    if (file.tracked()) classes.tracked_.insert(file.path());
  }
  return classes;
}

const capture::FileRule& FileClasses::RuleFor(const std::string& path) const {
  // What git keeps for itself is there for those who ask it, and no data.  (Never destroyed:
  // threads may outlive static objects.)
  static const capture::FileRule& left_out =
      *new capture::FileRule{.file_class = lineage::FileClass::kConfiguration,
                             .reason = "the store, or what git keeps for itself",
                             .origin = std::string(capture::kBuiltInOrigin)};
  if (rules_.IsLeftOut(path)) return left_out;
  const auto inside = capture::Below(project_, path);
  return rules_.DecidingRule(path, inside.has_value() && tracked_.contains(*inside));
}

bool FileClasses::IsRuledOut(const std::string& path, bool known_to_git) const {
  const capture::FileRule& rule = rules_.DecidingRule(path, known_to_git);
  if (rule.file_class == lineage::FileClass::kCode ||
      rule.file_class == lineage::FileClass::kSecret) {
    return false;
  }
  const bool is_built_in =
      rule.origin == capture::kBuiltInOrigin || rule.origin == capture::kFoundOrigin;
  if (!is_built_in) return true;
  return !known_to_git && rule.pattern != capture::kProjectPattern;
}

}  // namespace reprise::tracker
