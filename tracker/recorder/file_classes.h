// The class of each file that a run uses: by the rules, and in the project by what its code is.

#pragma once

#include <set>
#include <string>

#include "lineage/closure.h"
#include "storage/base/file.h"
#include "storage/base/result.h"
#include "tracker/proto/journal.pb.h"

namespace reprise::tracker {

class FileClasses {
 public:
  // Errors: kInvalidArgument  the project's reprise.toml is not in order.
  static Result<FileClasses> Load(FileSystem& files, const std::string& project_folder,
                                  const v1::CodeCaptured* code);

  // `path` is real.
  lineage::FileClass ClassOf(const std::string& path) const;

  const std::string& project_folder() const { return project_; }  // Real.

 private:
  std::string project_;
  std::set<std::string> tracked_;  // By git; relative to the project.
  bool in_git_ = false;
};

}  // namespace reprise::tracker
