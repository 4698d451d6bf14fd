// libgit2's handles as owners, and its errors as ours.  Only lineage/capture/*.cc includes this.

#pragma once

#include <git2.h>

#include <memory>
#include <string>

#include "storage/base/bytes.h"
#include "storage/base/result.h"

namespace reprise::capture {

template <auto kFree>
struct GitDeleter {
  template <typename T>
  void operator()(T* handle) const {
    kFree(handle);
  }
};

using GitRepository = std::unique_ptr<git_repository, GitDeleter<git_repository_free>>;
using GitReference = std::unique_ptr<git_reference, GitDeleter<git_reference_free>>;
using GitCommit = std::unique_ptr<git_commit, GitDeleter<git_commit_free>>;
using GitTree = std::unique_ptr<git_tree, GitDeleter<git_tree_free>>;
using GitTreeEntry = std::unique_ptr<git_tree_entry, GitDeleter<git_tree_entry_free>>;
using GitIndex = std::unique_ptr<git_index, GitDeleter<git_index_free>>;
using GitStatusList = std::unique_ptr<git_status_list, GitDeleter<git_status_list_free>>;
using GitDiff = std::unique_ptr<git_diff, GitDeleter<git_diff_free>>;
using GitPatchHandle = std::unique_ptr<git_patch, GitDeleter<git_patch_free>>;
using GitConfig = std::unique_ptr<git_config, GitDeleter<git_config_free>>;
using GitConfigIterator =
    std::unique_ptr<git_config_iterator, GitDeleter<git_config_iterator_free>>;

// Calls `make(&raw, arguments…)` and owns what it made; null on failure.
template <typename Owner, typename Make, typename... Arguments>
Owner GitMake(Make make, Arguments... arguments) {
  typename Owner::pointer raw = nullptr;
  if (make(&raw, arguments...) < 0) return nullptr;
  return Owner(raw);
}

// Why libgit2's last call on this thread failed.
inline std::string GitReason() {
  const git_error* const error = git_error_last();
  return error == nullptr || error->message == nullptr ? "unknown reason"
                                                       : Printable(error->message);
}

// Starts libgit2, once for the process.  Call before anything else of it.  Thread-safety: any.
void StartGit();

inline std::string GitText(const git_oid& id) {
  char text[GIT_OID_HEXSZ + 1];
  git_oid_tostr(text, sizeof text, &id);
  return text;
}

// Whether git takes the file for what it committed without looking: "assume unchanged", or outside
// of a sparse checkout.
inline bool IsOverlooked(const git_index_entry& entry) {
  return (entry.flags & GIT_INDEX_ENTRY_VALID) != 0 ||
         (entry.flags_extended & GIT_INDEX_ENTRY_SKIP_WORKTREE) != 0;
}
inline bool IsOverlooked(git_index* index, const std::string& path) {
  const git_index_entry* const entry = git_index_get_bypath(index, path.c_str(), 0);
  return entry != nullptr && IsOverlooked(*entry);
}

}  // namespace reprise::capture
