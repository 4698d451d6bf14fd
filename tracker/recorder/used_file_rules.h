// Which rule makes a file that a run used of its class: that of its path, or, above that, what the
// run did with it.
//
// Thread-safety: a const object may be used by any number of threads, if the options may.

#pragma once

#include <functional>
#include <map>
#include <string>

#include "lineage/capture/file_rules.h"
#include "lineage/closure.h"
#include "storage/base/file.h"
#include "tracker/recorder/traced_secrets.h"
#include "tracker/trace/access.h"

namespace reprise::tracker {

// The rule of a real path.
using RuleOfPath = std::function<const capture::FileRule&(const std::string& path)>;

struct UsedFileOptions {
  std::string project_folder;  // Real.
  RuleOfPath rule_of;
  // Of real paths.
  std::function<bool(const std::string& path)> in_code;         // Is of the recorded code.
  std::function<bool(const std::string& path)> is_named_input;  // Somebody named it as one.
};

class UsedFileRules {
 public:
  // `files` has the files of the run by its paths.
  UsedFileRules(FileSystem& files, const Trace& trace, UsedFileOptions options);
  UsedFileRules(const UsedFileRules&) = delete;
  UsedFileRules& operator=(const UsedFileRules&) = delete;

  const capture::FileRule& RuleFor(const Access& access) const;
  // That of what turned out to be a program or a shared library by its content, wherever it lies.
  static const capture::FileRule& RuleOfBinaries();

  lineage::FileClass ClassOfPath(const std::string& path) const {
    return options_.rule_of(path).file_class;
  }
  const TracedSecrets& secrets() const { return secrets_; }

 private:
  void FindInterpreters(const Trace& trace);
  const capture::FileRule* FindInterpreterOf(std::string path) const;

  UsedFileOptions options_;
  std::map<std::string, capture::FileRule> interpreters_;  // By their folders: "/opt/conda".
  TracedSecrets secrets_;
};

// Whether the file at `path` is a program or a shared library, by its ELF header: an object file
// that is yet to be linked is data.
bool IsProgramOrLibrary(FileSystem& files, const std::string& path);

// As a closure names it.
lineage::ClosureRule ToClosureRule(const capture::FileRule& rule);

}  // namespace reprise::tracker
