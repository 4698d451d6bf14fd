// The state of the code as git sees it: commit, changes, and every file of the work as it is on
// disk.
//
// Nothing is written into the repository: its index is not refreshed and no lock is taken, so a git
// command may run at the same time.  No program is run and no hook, filter or file-system monitor
// of the repository is asked, which is why a repository of another owner is read in spite of git's
// safe.directory: that rule protects from running what its configuration names.
//
// The project folder may lie deep in a larger repository.  Then
//  - files         are those below the project folder only;
//  - commit, branch, remotes, changes and patch are the whole repository's, because code outside
//    the project folder is often imported, and "clean" must mean that the commit alone says it all;
//  - project_dirty tells whether anything below the project folder differs from the commit.
//
// Limits: filters are not run, so a file under git-lfs whose times changed, but not its content, is
// reported as modified; repositories with SHA-256 object names, a sparse or split index or
// reftables cannot be read by libgit2 1.5 and are reported as unusable.
//
// Thread-safety: any number of threads at once.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"

namespace reprise::capture {

// A file of the work as it is on disk.
struct WorkFile {
  std::string path;                 // Relative to the project folder; raw bytes.
  FileKind kind = FileKind::kFile;  // kFile or kSymlink.
  bool executable = false;
  bool tracked = false;  // Known to the index; otherwise untracked and not ignored.

  friend auto operator<=>(const WorkFile&, const WorkFile&) = default;
};

// Numbers of changed paths in the repository and its submodules; a path may count in several.
struct GitChanges {
  std::uint64_t staged = 0;      // The index differs from the commit.
  std::uint64_t modified = 0;    // The file differs from the index: content, mode or kind.
  std::uint64_t deleted = 0;     // In the index, not on disk.
  std::uint64_t untracked = 0;   // On disk, neither in the index nor ignored.
  std::uint64_t conflicted = 0;  // A merge left it undecided.
  std::uint64_t submodules = 0;  // Another commit is checked out than the commit names.

  bool any() const {
    return staged + modified + deleted + untracked + conflicted + submodules != 0;
  }
  friend bool operator==(const GitChanges&, const GitChanges&) = default;
};

struct GitRemote {
  std::string name;
  std::string url;  // Credentials replaced by <redacted>.

  friend bool operator==(const GitRemote&, const GitRemote&) = default;
};

// A submodule, or another repository inside the work that is none.
struct GitSubmodule {
  std::string path;                   // Relative to the repository.
  std::optional<std::string> commit;  // Checked out; none: not initialised, or no commit yet.
  std::optional<std::string> pinned;  // What the outer index asks for; none: not a submodule.
  bool dirty = false;                 // Its own files differ from `commit`.

  friend bool operator==(const GitSubmodule&, const GitSubmodule&) = default;
};

struct GitPatch {
  // Unified diff of commit to work, as `git diff --binary --submodule=diff` with untracked files;
  // `git apply` takes it.  Empty: no difference.
  std::string text;
  // Changed paths whose content the text leaves out; a line beginning "# omitted" stands for each.
  std::vector<std::string> omitted;
};

struct GitState {
  std::string root;                   // The repository's working folder, a real path.
  std::optional<std::string> commit;  // 40 hexadecimal digits; none: no commit yet.
  std::optional<std::string> branch;  // "main"; none: detached.
  std::vector<GitRemote> remotes;     // By name.
  bool redacted = false;              // Credentials were taken out of a remote.
  GitChanges changes;
  bool project_dirty = false;
  std::vector<GitSubmodule> submodules;  // By path; nested ones too.
  std::vector<WorkFile> files;           // By path.
  GitPatch patch;

  bool dirty() const { return changes.any(); }
};

struct GitOptions {
  // The patch keeps at most this much; what does not fit is named in GitPatch::omitted.
  std::uint64_t patch_bytes_max = std::uint64_t{16} << 20;
  // A file of which either side is larger is left out of the patch without being read.
  std::uint64_t patch_file_bytes_max = std::uint64_t{4} << 20;
  // Whether the file at an absolute path is a secret; absent: none is.  One that git does not know
  // is a change, and no file of the state; the patch names it without its content.
  std::function<bool(const std::string& path)> is_secret{};
  // Whether the file at an absolute path is data also where git knows it; absent: none is.  The
  // patch names it without its content.
  std::function<bool(const std::string& path)> is_data{};
};

struct GitLookup {
  // None: the project is in no repository, or in one that cannot be used, which `warnings` says.
  // The caller then takes all files of the project folder.
  std::optional<GitState> state;
  std::vector<std::string> warnings;
};

// Why a file at `path` in the project is not part of its code, as a warning.
std::string SecretLeftOut(std::string_view path);

// Looks for the repository of `project_folder` (absolute) as git does: in it and its parents, up to
// the boundary of the file system; GIT_DIR and its kin are not obeyed.  `.git` and `.reprise`
// folders are part of no list and count as no change.
//
// Errors: kNotFound  there is no such folder.  Whatever is wrong with a repository is a warning,
//         since a run must be recorded all the same.
Result<GitLookup> ReadGitState(FileSystem& files, const std::string& project_folder,
                               const GitOptions& options = {});

}  // namespace reprise::capture
