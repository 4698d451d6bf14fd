// Of which class a file of a run is: an ordered list of patterns, of which the first that matches
// decides.
//
// The rules of the project's reprise.toml come first, then the built-in ones
// (lineage/capture/file_rule_table.cc).  docs/reprise_toml.md.
//
// Thread-safety: a const object may be used by any number of threads.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lineage/capture/pattern_list.h"
#include "lineage/capture/project_settings.h"
#include "lineage/closure.h"
#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::capture {

// What patterns name by <project>, <home> and <tmp>; absolute and real, or empty: there is none.
struct Places {
  std::string project_folder;
  std::string home_folder;
  std::string temporary_folder;  // TMPDIR
  std::string store_folder;      // ".reprise"; nothing in it is of any run.
};

// FileRule::origin of those that no reprise.toml has.
inline constexpr std::string_view kBuiltInOrigin = "built in";
inline constexpr std::string_view kFoundOrigin = "found in this run";

struct FileRule {
  std::string pattern;  // As it was written.
  lineage::FileClass file_class = lineage::FileClass::kData;
  std::string reason;              // For people; may be empty in rules of reprise.toml.
  std::string origin;              // "built in", "reprise.toml:12", "found in this run".
  bool is_project_itself = false;  // DecidingRule() decides between kCode and kData.

  friend bool operator==(const FileRule&, const FileRule&) = default;
};

class FileRules {
 public:
  static FileRules BuiltIn(const Places& places);

  // Those of <project>/reprise.toml before the built-in ones; these alone where there is no such
  // file.
  //
  // Errors: kInvalidArgument  with file and line, what is wrong, and what to write instead.
  //         kIoError          the file is there but cannot be read.
  static Result<FileRules> Load(FileSystem& files, const Places& places);
  // As Load() of a file that holds `text`.
  static Result<FileRules> Parse(std::string_view text, const Places& places);

  // Makes what lies in virtual environments (FindEnvironmentFolders()) kSystem, wherever they are.
  // Of one that holds the project or is it, only bin/, include/, lib/ and lib64/.
  void AddEnvironments(std::vector<std::string> folders);

  // The class of the file at `path`, absolute and real.  A file of the project that no other rule
  // matches is code if git knows it or IsCodeName(), and data otherwise; of those that git knows,
  // what has a built-in name of data is data, unless [code] includes it.
  lineage::FileClass ClassOf(std::string_view path, bool known_to_git = false) const;

  // The first rule that matches.
  const FileRule& RuleFor(std::string_view path) const;

  // The rule of which ClassOf() gives the class: that of RuleFor(), or of the project's own the
  // pattern of [code] or the built-in name that decided, or that there is none.
  const FileRule& DecidingRule(std::string_view path, bool known_to_git = false) const;

  // In their order; the last matches everything.
  std::span<const FileRule> rules() const { return rules_; }

  // Whether a file is code by its name, where there is no git to tell: [code] exclude, [code]
  // include, then the built-in names.  `path` is relative to the project.
  bool IsCodeName(std::string_view path) const;

  // Whether `path` is in the store, or in the .git of the project or of a folder above it: never an
  // input nor an output, whatever its class.
  bool IsLeftOut(std::string_view path) const;

 private:
  struct Expanded {
    FileRule rule;
    std::string pattern;  // Places replaced by what they stand for.
  };
  // Of [code]: patterns, and the rule of each by its number.
  struct CodeRules {
    PatternList patterns;
    std::vector<FileRule> rules;

    const FileRule* Find(std::string_view path) const;
  };

  explicit FileRules(Places places);
  Result<void> AddWritten(const ProjectSettings& settings);
  static Result<void> AddCode(const std::vector<WrittenPattern>& written, const FileRule& like,
                              CodeRules& rules);
  static const CodeRules& BuiltInCodeRules();
  static bool IsDataName(std::string_view path);
  const FileRule* FindCodeRule(std::string_view path) const;
  void Rebuild();
  void AppendEnvironments(std::vector<Expanded>& rules) const;
  void MoveInnerRules(std::vector<Expanded>& rules) const;

  Places places_;
  std::vector<Expanded> written_;  // Of reprise.toml.
  std::vector<std::string> environments_;
  std::vector<FileRule> rules_;
  PatternList patterns_;  // Of rules_, by number.
  CodeRules code_excluded_;
  CodeRules code_included_;
};

// The folders of virtual environments (PEP 405) and of conda that a run used, told from the paths
// of the files that it used and that exist: every Python of such an environment looks for
// pyvenv.cfg in its folder, and conda keeps conda-meta/ there.
std::vector<std::string> FindEnvironmentFolders(std::span<const std::string> paths);

}  // namespace reprise::capture
