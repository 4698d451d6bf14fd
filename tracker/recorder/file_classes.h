// The class of each file that a run uses: by the rules, and in the project by what its code is.

#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "lineage/capture/file_rules.h"
#include "lineage/closure.h"
#include "storage/base/file.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "tracker/proto/journal.pb.h"
#include "tracker/trace/access.h"

namespace reprise::tracker {

class FileClasses {
 public:
  // By the rules of the project as they are in `files`, for a run on the machine that `host` (of
  // the run document) describes, and that used what `trace` says.  `code` may be null: unknown.
  // Where the project's reprise.toml is not in order, by the built-in rules, and problem() says so.
  static FileClasses Load(FileSystem& files, const std::string& project_folder,
                          const std::string& store_folder, const Json& host,
                          const v1::CodeCaptured* code, const Trace& trace);

  // `path` is real.
  lineage::FileClass ClassOf(const std::string& path) const { return RuleFor(path).file_class; }
  // The rule that makes it so.
  const capture::FileRule& RuleFor(const std::string& path) const;

  // Whether `path` is code by a rule or by its name, whatever git knows.
  bool IsCodeByName(const std::string& path) const {
    return rules_.ClassOf(path) == lineage::FileClass::kCode;
  }
  // Whether `path` is data even if git knows it.
  bool IsDataInGit(const std::string& path) const {
    return rules_.ClassOf(path, true) == lineage::FileClass::kData;
  }
  // Whether a rule says that `path` is no code: one of the project's reprise.toml, or, where git
  // does not know the file, a built-in one.  Not where it is data for want of any rule, and not of
  // secrets, of which the code has its own rule (capture::SecretLeftOut).
  bool IsRuledOut(const std::string& path, bool known_to_git) const;

  // As FileRules::AddEnvironments().
  void AddEnvironments(std::vector<std::string> folders) {
    rules_.AddEnvironments(std::move(folders));
  }

  const std::optional<std::string>& problem() const { return problem_; }  // A sentence.
  const std::string& project_folder() const { return project_; }          // Real.

 private:
  FileClasses(std::string project, capture::FileRules rules)
      : project_(std::move(project)), rules_(std::move(rules)) {}

  std::string project_;
  capture::FileRules rules_;
  std::optional<std::string> problem_;
  std::set<std::string> tracked_;  // By git; relative to the project.
};

}  // namespace reprise::tracker
