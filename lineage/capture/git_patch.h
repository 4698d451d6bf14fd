// The patch of the work against its commit, within bounds of memory.  Internal to capture.

#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "lineage/capture/git2.h"
#include "lineage/capture/git_state.h"
#include "storage/base/result.h"

namespace reprise::capture {

class GitPatchWriter {
 public:
  // Appends to `patch`; both must outlive this object.
  GitPatchWriter(const GitOptions& options, GitPatch& patch) : options_(options), patch_(patch) {}

  // Appends the differences between `tree` (null: nothing is committed) and the work, untracked
  // files included.  `prefix` is put in front of every path: "" or a submodule's path and a slash.
  // Errors: kIoError  a file or an object that the commit needs cannot be read; the patch names it
  //                   among those left out, and has the others.
  Result<void> Append(git_repository* repository, git_tree* tree, const std::string& prefix);

  // Names a changed file whose content the patch leaves out.
  void Omit(const std::string& path, const std::string& why);

 private:
  Result<void> AppendFiles(git_repository* repository, git_diff* diff, const std::string& prefix,
                           const std::set<std::string>& left_out);
  Result<void> AppendFile(git_diff* diff, std::size_t position, const std::string& path);

  const GitOptions& options_;
  GitPatch& patch_;
};

}  // namespace reprise::capture
