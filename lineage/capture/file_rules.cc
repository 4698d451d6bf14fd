#include "lineage/capture/file_rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "lineage/capture/file_rule_table.h"
#include "lineage/capture/system_view.h"
#include "storage/base/bytes.h"
#include "storage/base/nearest.h"

namespace reprise::capture {
namespace {

using lineage::FileClass;

constexpr std::size_t kPatternBytesMax = 4096;
constexpr std::size_t kPatternsMax = 10'000;

const std::string& FolderOf(const Places& places, std::string_view place) {
  static const std::string kNone;
  if (place == "<project>") return places.project_folder;
  if (place == "<home>") return places.home_folder;
  if (place == "<tmp>") return places.temporary_folder;
  return kNone;
}

// `pattern` with the place that it begins with replaced; nothing where there is no such place.
std::optional<std::string> Expand(std::string_view pattern, const Places& places) {
  if (!pattern.starts_with('<')) return std::string(pattern);
  const std::size_t end = pattern.find('>') + 1;
  std::string_view folder = FolderOf(places, pattern.substr(0, end));
  if (folder.empty()) return std::nullopt;
  while (folder.ends_with('/')) folder.remove_suffix(1);
  return EscapeGlob(folder) + std::string(pattern.substr(end));
}

// Whether every '[' of `pattern` has its ']', as the matcher sees it.
bool SetsEnd(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') ++i;
    if (i >= pattern.size() || pattern[i] != '[') continue;
    ++i;
    if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) ++i;
    bool is_first = true;
    for (; i < pattern.size() && (pattern[i] != ']' || is_first); ++i) {
      if (pattern[i] == '\\') ++i;
      is_first = false;
    }
    if (i >= pattern.size()) return false;
  }
  return true;
}

// What is wrong with the form of a pattern and what to write instead, if anything is.
std::optional<std::string> FindFault(std::string_view pattern) {
  const std::string quoted = "the pattern '" + Printable(pattern) + "' ";
  if (pattern.empty()) return "a pattern is empty; name files, as in \"data/**\"";
  if (pattern.size() > kPatternBytesMax) return "a pattern is longer than 4,096 bytes; shorten it";
  if (std::any_of(pattern.begin(), pattern.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    return quoted + "has a control character; write ? in its place";
  }
  if (pattern.starts_with('~')) {
    return quoted + "begins with '~'; write <home>/ for the home folder";
  }
  std::string_view rest = pattern;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  if (rest.empty() && pattern.size() < 2) return std::nullopt;
  for (const std::string& part : Split(rest, '/')) {
    if (part.empty()) return quoted + "has two slashes side by side; write one";
    if (part == "." || part == "..") {
      return quoted + "has a part '" + part +
             "', which no real path has; write the folder that is meant, absolute or from the "
             "project's on";
    }
  }
  if (!SetsEnd(pattern)) return quoted + "has a '[' without its ']'; write \\\\[ for the character";
  std::size_t backslashes = 0;
  while (backslashes < pattern.size() && pattern[pattern.size() - 1 - backslashes] == '\\') {
    ++backslashes;
  }
  if (backslashes % 2 == 1) return quoted + "ends in a backslash, which takes no character";
  return std::nullopt;
}

std::optional<std::string> FindPlaceFault(std::string_view pattern) {
  if (!pattern.starts_with('<')) return std::nullopt;
  static const std::vector<std::string> kPlaces = {"<project>", "<home>", "<tmp>"};
  const std::string place(pattern.substr(0, pattern.find('/')));
  if (std::find(kPlaces.begin(), kPlaces.end(), place) != kPlaces.end()) {
    if (place.size() < pattern.size()) return std::nullopt;
    return "the pattern '" + place + "' has no slash; write " + place + "/ for all below it";
  }
  std::string what = "there is no place '" + Printable(place) + "'";
  if (const auto meant = Nearest(place, kPlaces)) what += "; did you mean " + *meant + "?";
  return what + " (places: <project>, <home> and <tmp>; write \\\\< for the character)";
}

// A name without a folder is meant anywhere in the project, as in gitignore(5).
std::string InProject(std::string_view pattern) {
  const bool is_name = pattern.substr(0, pattern.size() - 1).find('/') == std::string_view::npos;
  return (is_name ? "**/" : "") + std::string(pattern);
}

std::string OriginOf(const WrittenPattern& written) {
  return std::string(kProjectSettingsName) + ":" + std::to_string(written.line);
}

bool IsWithin(std::string_view folder, std::string_view path) {
  return Below(folder, path).has_value();
}

// Why a file of the project that no pattern of [code] and no built-in name matches is what it is.
struct ProjectRules {
  FileRule known_to_git{std::string(kProjectPattern), FileClass::kCode, "git knows it",
                        std::string(kBuiltInOrigin)};
  // It holds code and data.
  FileRule folder{std::string(kProjectPattern), FileClass::kCode, "the project's folder",
                  std::string(kBuiltInOrigin)};
  FileRule other{std::string(kProjectPattern), FileClass::kData,
                 "of the project, and neither known to git nor named as code",
                 std::string(kBuiltInOrigin)};
  FileRule named_as_data{std::string(kProjectPattern), FileClass::kData,
                         "of the project, and named as data", std::string(kBuiltInOrigin)};
};

const ProjectRules& RulesOfTheProject() {
  // Never destroyed: threads may outlive static objects.
  static const ProjectRules& rules = *new ProjectRules;
  return rules;
}

}  // namespace

const FileRule* FileRules::CodeRules::Find(std::string_view path) const {
  const auto number = patterns.FirstMatch(path);
  return number.has_value() ? &rules[*number] : nullptr;
}

const FileRules::CodeRules& FileRules::BuiltInCodeRules() {
  static const CodeRules& rules = *[] {
    auto* const list = new CodeRules;  // Never destroyed: threads may outlive static objects.
    for (const BuiltInNames& kind : BuiltInCode()) {
      for (const std::string& name : Split(kind.names, ' ')) {
        list->patterns.Add("**/" + name);
        list->rules.push_back({name, FileClass::kCode, "named as code: " + std::string(kind.kind),
                               std::string(kBuiltInOrigin)});
      }
    }
    return list;
  }();
  return rules;
}

FileRules::FileRules(Places places) : places_(std::move(places)) {}

FileRules FileRules::BuiltIn(const Places& places) {
  FileRules rules(places);
  rules.Rebuild();
  return rules;
}

Result<FileRules> FileRules::Load(FileSystem& files, const Places& places) {
  const std::string path = JoinPath(places.project_folder, kProjectSettingsName);
  const Result<FileStat> stat = files.StatFollowing(path);
  if (!stat.ok() && stat.error().code == ErrorCode::kNotFound && !Exists(files, path)) {
    return BuiltIn(places);
  }
  const auto cannot = [&path](Error error) {
    return Annotate(std::move(error), "cannot read the project's rules '" + Printable(path) + "'");
  };
  if (!stat.ok()) return cannot(stat.error());
  if (stat->kind != FileKind::kFile) {
    return cannot(Error{ErrorCode::kInvalidArgument, "it is not a regular file"});
  }
  const Result<std::string> text = ReadFile(files, path, kProjectSettingsBytesMax);
  if (!text.ok()) return cannot(text.error());
  return Parse(*text, places);
}

Result<FileRules> FileRules::Parse(std::string_view text, const Places& places) {
  REPRISE_ASSIGN_OR_RETURN(const ProjectSettings settings, ParseProjectSettings(text));
  FileRules rules(places);
  REPRISE_TRY(rules.AddWritten(settings));
  const FileRule included{.file_class = FileClass::kCode, .reason = "[code] include"};
  const FileRule excluded{.file_class = FileClass::kData, .reason = "[code] exclude"};
  REPRISE_TRY(AddCode(settings.code_include, included, rules.code_included_));
  REPRISE_TRY(AddCode(settings.code_exclude, excluded, rules.code_excluded_));
  rules.Rebuild();
  return rules;
}

Result<void> FileRules::AddWritten(const ProjectSettings& settings) {
  std::map<std::string, std::uint32_t> lines;
  for (const WrittenFileRule& written : settings.files) {
    const auto wrong = [&](std::string_view what) {
      return ProjectSettingsError(written.pattern.line, what);
    };
    const std::string& pattern = written.pattern.pattern;
    if (const auto fault = FindFault(pattern)) return wrong(*fault);
    if (const auto fault = FindPlaceFault(pattern)) return wrong(*fault);
    if (lines.size() >= kPatternsMax) return wrong("more than 10,000 patterns");
    const bool is_whole =
        pattern.starts_with('/') || pattern.starts_with('<') || pattern.starts_with("**/");
    const auto expanded =
        Expand(is_whole ? pattern : std::string(kProjectPattern) + InProject(pattern), places_);
    if (!expanded.has_value()) continue;  // Nothing lies in a place that is not there.
    if (const auto [first, is_new] = lines.emplace(*expanded, written.pattern.line); !is_new) {
      return wrong("the pattern '" + Printable(pattern) + "' was given in line " +
                   std::to_string(first->second) + ", and the first counts; remove one");
    }
    if (written.file_class == FileClass::kCode &&
        !IsWithin(places_.project_folder, LiteralFolder(*expanded))) {
      return wrong("the pattern '" + Printable(pattern) +
                   "' leads out of the project, where nothing is code; write \"<project>/" +
                   (pattern.starts_with("**/") ? Printable(pattern) : std::string("…")) +
                   "\", or the class \"system\"");
    }
    written_.push_back(
        {{pattern, written.file_class, written.reason, OriginOf(written.pattern)}, *expanded});
  }
  return {};
}

Result<void> FileRules::AddCode(const std::vector<WrittenPattern>& written, const FileRule& like,
                                CodeRules& rules) {
  for (const WrittenPattern& entry : written) {
    if (const auto fault = FindFault(entry.pattern)) {
      return ProjectSettingsError(entry.line, *fault);
    }
    if (entry.pattern.starts_with('/') || entry.pattern.starts_with('<')) {
      return ProjectSettingsError(entry.line, "the pattern '" + Printable(entry.pattern) +
                                                  "' of [code] must be one of the project; write "
                                                  "it from the project's folder on, as \"src/**\"");
    }
    if (rules.patterns.size() >= kPatternsMax) {
      return ProjectSettingsError(entry.line, "more than 10,000 patterns");
    }
    rules.patterns.Add(InProject(entry.pattern));
    rules.rules.push_back({entry.pattern, like.file_class, like.reason, OriginOf(entry)});
  }
  return {};
}

void FileRules::AddEnvironments(std::vector<std::string> folders) {
  environments_.insert(environments_.end(), std::make_move_iterator(folders.begin()),
                       std::make_move_iterator(folders.end()));
  Rebuild();
}

void FileRules::AppendEnvironments(std::vector<Expanded>& rules) const {
  constexpr std::array<std::string_view, 4> kParts = {"/bin/", "/include/", "/lib/", "/lib64/"};
  const auto append = [&](const std::string& folder) {
    rules.push_back(
        {{folder, FileClass::kSystem, std::string(kEnvironmentReason), std::string(kFoundOrigin)},
         EscapeGlob(folder)});
  };
  for (const std::string& folder : environments_) {
    if (!folder.starts_with('/') || folder == "/") continue;
    if (!IsWithin(folder, places_.project_folder)) {
      append(folder + "/");
      continue;
    }
    for (const std::string_view part : kParts) {
      // Unless the project is, or lies in, that very part.
      const std::string inner = folder + std::string(part);
      if (!IsWithin(inner, places_.project_folder)) append(inner);
    }
  }
}

// Of two places one of which lies in the other, the inner one decides: a temporary folder in the
// project, a project that is the home folder or "/".  (The rules before that of the project come
// first as it is.)
void FileRules::MoveInnerRules(std::vector<Expanded>& rules) const {
  const auto project = std::find_if(rules.begin(), rules.end(), [](const Expanded& entry) {
    return entry.rule.is_project_itself;
  });
  if (project == rules.end()) return;
  std::stable_partition(project, rules.end() - 1, [&](const Expanded& entry) {
    if (entry.rule.is_project_itself) return false;
    const std::string folder = LiteralFolder(entry.pattern);
    const bool is_all_of_it =
        entry.pattern == EscapeGlob(folder) + "/" && IsWithin(folder, places_.project_folder);
    return IsWithin(places_.project_folder, folder.empty() ? "/" : folder) && !is_all_of_it;
  });
}

void FileRules::Rebuild() {
  std::vector<Expanded> rules;
  for (const BuiltInRules& group : BuiltInFileRules()) {
    for (const std::string& pattern : Split(group.patterns, ' ')) {
      const auto expanded = Expand(pattern, places_);
      if (!expanded.has_value()) continue;
      rules.push_back({{pattern, group.file_class, std::string(group.reason),
                        std::string(kBuiltInOrigin), pattern == kProjectPattern},
                       *expanded});
    }
    if (group.reason == kEnvironmentReason) AppendEnvironments(rules);
  }
  MoveInnerRules(rules);
  rules.insert(rules.begin(), written_.begin(), written_.end());
  rules_.clear();
  patterns_ = {};
  for (Expanded& entry : rules) {
    patterns_.Add(entry.pattern);
    rules_.push_back(std::move(entry.rule));
  }
}

const FileRule& FileRules::RuleFor(std::string_view path) const {
  // What has no absolute path (a pipe, memory) is matched by no pattern, and by the last rule.
  const auto number = patterns_.FirstMatch(path);
  return number.has_value() ? rules_[*number] : rules_.back();
}

const FileRule& FileRules::DecidingRule(std::string_view path, bool known_to_git) const {
  const FileRule& rule = RuleFor(path);
  if (!rule.is_project_itself) return rule;
  const ProjectRules& project = RulesOfTheProject();
  const auto below = Below(places_.project_folder, path);
  if (!below.has_value() || below->empty()) {
    return known_to_git ? project.known_to_git : project.folder;
  }
  const FileRule* const by_name = FindCodeRule(*below);
  if (by_name != nullptr && !known_to_git) return *by_name;
  const bool is_code_name = by_name != nullptr && by_name->file_class == FileClass::kCode;
  if (!is_code_name && IsDataName(*below)) return project.named_as_data;
  return known_to_git ? project.known_to_git : project.other;
}

FileClass FileRules::ClassOf(std::string_view path, bool known_to_git) const {
  return DecidingRule(path, known_to_git).file_class;
}

const FileRule* FileRules::FindCodeRule(std::string_view path) const {
  for (const CodeRules* rules : {&code_excluded_, &code_included_, &BuiltInCodeRules()}) {
    if (const FileRule* const rule = rules->Find(path)) return rule;
  }
  return nullptr;
}

bool FileRules::IsDataName(std::string_view path) {
  std::string small(path);  // Cameras and old programs write names in capitals.
  for (char& c : small) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  static const PatternList& names = *[] {
    auto* const list = new PatternList;  // Never destroyed: threads may outlive static objects.
    for (const BuiltInNames& kind : BuiltInData()) {
      for (const std::string& name : Split(kind.names, ' ')) list->Add("**/" + name);
    }
    return list;
  }();
  return names.FirstMatch(small).has_value();
}

bool FileRules::IsCodeName(std::string_view path) const {
  const FileRule* const rule = FindCodeRule(path);
  return rule != nullptr && rule->file_class == FileClass::kCode;
}

bool FileRules::IsLeftOut(std::string_view path) const {
  if (!places_.store_folder.empty() && IsWithin(places_.store_folder, path)) return true;
  constexpr std::string_view kGit = "/.git";
  for (std::size_t at = path.find(kGit); at != std::string_view::npos;
       at = path.find(kGit, at + 1)) {
    const std::size_t end = at + kGit.size();
    if (end != path.size() && path[end] != '/') continue;
    const std::string_view parent = at == 0 ? "/" : path.substr(0, at);
    if (IsWithin(places_.project_folder, parent) || IsWithin(parent, places_.project_folder)) {
      return true;
    }
  }
  return false;
}

std::vector<std::string> FindEnvironmentFolders(std::span<const std::string> paths) {
  std::set<std::string> folders;
  for (const std::string& path : paths) {
    if (!path.starts_with('/')) continue;
    if (path.ends_with("/pyvenv.cfg")) folders.insert(ParentPath(path));
    constexpr std::string_view kConda = "/conda-meta";
    const std::size_t at = path.rfind(kConda);
    if (at == std::string::npos || at == 0) continue;
    const std::size_t end = at + kConda.size();
    if (end == path.size() || path[end] == '/') folders.insert(path.substr(0, at));
  }
  return {folders.begin(), folders.end()};
}

}  // namespace reprise::capture
