// One status walk per repository finds what differs, comparing by git's stat cache, so unchanged
// files are not read.  The list of files is the index, minus what is gone, plus what is untracked;
// each is looked at on disk, since the index tells what was committed and not what ran.
// Repositories inside the work (submodules or not) are walked in the same way, as far as they are
// nested.

#include "lineage/capture/git_state.h"

#include <algorithm>
#include <set>

#include "lineage/capture/git2.h"
#include "lineage/capture/git_patch.h"
#include "lineage/capture/redact.h"
#include "lineage/capture/system_view.h"

namespace reprise::capture {

namespace {

constexpr int kNestingMax = 16;

bool HasOwnFolder(std::string_view path) {
  const std::string slashes = "/" + std::string(path) + "/";
  return slashes.find("/.git/") != std::string::npos ||
         slashes.find("/.reprise/") != std::string::npos;
}

std::string WithoutSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

class Reader {
 public:
  Reader(FileSystem& files, std::string project, const GitOptions& options, GitLookup& lookup)
      : files_(files), project_(std::move(project)), options_(options), lookup_(lookup) {}

  // Reads the repository at the top.  Errors: anything; the caller makes a warning of it.
  Result<void> ReadTop(git_repository* repository, std::string root) {
    state_.root = std::move(root);
    ReadHead(repository);
    REPRISE_TRY(ReadRemotes(repository));
    GitPatchWriter patch(options_, state_.patch);
    REPRISE_TRY(Walk(repository, "", 0, patch));
    std::sort(state_.files.begin(), state_.files.end());
    const auto same_path = [](const WorkFile& a, const WorkFile& b) { return a.path == b.path; };
    state_.files.erase(std::unique(state_.files.begin(), state_.files.end(), same_path),
                       state_.files.end());
    std::sort(state_.submodules.begin(), state_.submodules.end(),
              [](const GitSubmodule& a, const GitSubmodule& b) { return a.path < b.path; });
    lookup_.state = std::move(state_);
    return {};
  }

 private:
  static std::optional<std::string> HeadCommit(git_repository* repository) {
    git_oid id;
    if (git_reference_name_to_id(&id, repository, "HEAD") < 0) return std::nullopt;
    return GitText(id);
  }

  void ReadHead(git_repository* repository) {
    state_.commit = HeadCommit(repository);
    // HEAD itself, not what it leads to: a branch without a commit has a name, too.
    const auto head = GitMake<GitReference>(git_reference_lookup, repository, "HEAD");
    if (head == nullptr || git_reference_type(head.get()) != GIT_REFERENCE_SYMBOLIC) return;
    std::string_view name = git_reference_symbolic_target(head.get());
    if (name.starts_with("refs/heads/")) name.remove_prefix(11);
    state_.branch = std::string(name);
  }

  // Reads the configuration itself: git_remote_list() of libgit2 1.5 loses 20 KiB for each entry
  // that is no remote.
  Result<void> ReadRemotes(git_repository* repository) {
    const auto config = GitMake<GitConfig>(git_repository_config_snapshot, repository);
    if (config == nullptr) return Failed("read the configuration");
    const auto entries = GitMake<GitConfigIterator>(git_config_iterator_new, config.get());
    if (entries == nullptr) return Failed("read the configuration");
    std::map<std::string, std::string> urls;
    git_config_entry* entry = nullptr;
    while (git_config_next(&entry, entries.get()) == 0) {
      std::string_view name = entry->name;
      if (!name.starts_with("remote.") || !name.ends_with(".url")) continue;
      name.remove_prefix(std::string_view("remote.").size());
      if (name.size() <= std::string_view(".url").size() || entry->value == nullptr) continue;
      name.remove_suffix(std::string_view(".url").size());
      urls.emplace(name, entry->value);  // Of several the first, from which git fetches.
    }
    for (const auto& [name, value] : urls) {
      RedactedText url = RedactText(value);
      state_.redacted |= url.redacted;
      state_.remotes.push_back({name, std::move(url.text)});
    }
    return {};
  }

  static Error Failed(std::string_view what) {
    return Error{ErrorCode::kIoError, "cannot " + std::string(what) + ": " + GitReason()};
  }

  // Walks one repository; `prefix` is its path from the top, "" or ending in a slash.
  Result<bool> Walk(git_repository* repository, const std::string& prefix, int depth,
                    GitPatchWriter& patch) {
    // Only in memory: nothing below a store is looked at.
    git_ignore_add_rule(repository, ".reprise/\n");
    const auto index = GitMake<GitIndex>(git_repository_index, repository);
    if (index == nullptr) return Failed("read the index");
    GitTree tree;
    if (HeadCommit(repository).has_value()) {
      git_object* object = nullptr;
      if (git_revparse_single(&object, repository, "HEAD^{tree}") < 0) {
        return Failed("read the commit's tree");
      }
      tree.reset(reinterpret_cast<git_tree*>(object));
    }
    std::vector<std::string> inner;  // Repositories inside, that are no submodules.
    REPRISE_ASSIGN_OR_RETURN(bool dirty, ReadStatus(repository, index.get(), prefix, inner));
    REPRISE_ASSIGN_OR_RETURN(const bool moved,
                             ReadIndex(repository, index.get(), tree.get(), prefix, depth, patch));
    dirty |= moved;
    if (dirty) {
      if (auto written = patch.Append(repository, tree.get(), prefix); !written.ok()) {
        lookup_.warnings.push_back("the patch of the code is not complete: " +
                                   written.error().message);
      }
    }
    for (const std::string& path : inner) {
      REPRISE_TRY(ReadInner(path, prefix, std::nullopt, depth, patch));
    }
    return dirty;
  }

  void CountStatus(unsigned status) {
    constexpr unsigned kStaged = GIT_STATUS_INDEX_NEW | GIT_STATUS_INDEX_MODIFIED |
                                 GIT_STATUS_INDEX_DELETED | GIT_STATUS_INDEX_RENAMED |
                                 GIT_STATUS_INDEX_TYPECHANGE;
    constexpr unsigned kModified = GIT_STATUS_WT_MODIFIED | GIT_STATUS_WT_TYPECHANGE |
                                   GIT_STATUS_WT_RENAMED | GIT_STATUS_WT_UNREADABLE;
    if ((status & kStaged) != 0) ++state_.changes.staged;
    if ((status & kModified) != 0) ++state_.changes.modified;
    if ((status & GIT_STATUS_WT_DELETED) != 0) ++state_.changes.deleted;
    if ((status & GIT_STATUS_WT_NEW) != 0) ++state_.changes.untracked;
    if ((status & GIT_STATUS_CONFLICTED) != 0) ++state_.changes.conflicted;
  }

  // Counts the changes and lists untracked files; returns whether there are any changes.
  Result<bool> ReadStatus(git_repository* repository, git_index* index, const std::string& prefix,
                          std::vector<std::string>& inner) {
    git_status_options options = GIT_STATUS_OPTIONS_INIT;
    options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
    options.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED | GIT_STATUS_OPT_RECURSE_UNTRACKED_DIRS |
                    GIT_STATUS_OPT_EXCLUDE_SUBMODULES | GIT_STATUS_OPT_DISABLE_PATHSPEC_MATCH;
    const auto list = GitMake<GitStatusList>(git_status_list_new, repository, &options);
    if (list == nullptr) return Failed("compare the work with the commit");
    bool dirty = false;
    for (std::size_t i = 0; i < git_status_list_entrycount(list.get()); ++i) {
      const git_status_entry* const entry = git_status_byindex(list.get(), i);
      const git_diff_delta* const delta =
          entry->index_to_workdir != nullptr ? entry->index_to_workdir : entry->head_to_index;
      if (delta == nullptr || entry->status == GIT_STATUS_CURRENT) continue;
      const bool is_new = (entry->status & GIT_STATUS_WT_NEW) != 0;
      const std::string path =
          delta->new_file.path != nullptr ? delta->new_file.path : delta->old_file.path;
      if (HasOwnFolder(path)) continue;
      if (is_new && path.ends_with('/')) {  // A repository in the work; others are recursed into.
        inner.push_back(WithoutSlash(path));
        continue;
      }
      if (delta->new_file.mode == GIT_FILEMODE_COMMIT ||
          delta->old_file.mode == GIT_FILEMODE_COMMIT) {
        continue;  // ReadIndex() compares submodules.
      }
      // Not part of a sparse checkout; libgit2 1.5 does not know of them.
      if (entry->status == GIT_STATUS_WT_DELETED && IsOverlooked(index, path)) continue;
      CountStatus(entry->status);
      dirty = true;
      NoteDirty(prefix + path);
      if (is_new) AddUntracked(prefix + path);
    }
    return dirty;
  }

  // Lists tracked files and walks submodules; returns whether a submodule's commit changed, or a
  // file that git was told to overlook.
  Result<bool> ReadIndex(git_repository* repository, git_index* index, git_tree* tree,
                         const std::string& prefix, int depth, GitPatchWriter& patch) {
    bool moved = false;
    const std::size_t count = git_index_entrycount(index);
    for (std::size_t i = 0; i < count; ++i) {
      const git_index_entry* const entry = git_index_get_byindex(index, i);
      const std::string path = entry->path;
      if (HasOwnFolder(path)) continue;
      if (entry->mode != GIT_FILEMODE_COMMIT) {
        AddFile(prefix + path, true);
        if (IsOverlooked(*entry) && DiffersFromIndex(repository, *entry, prefix)) {
          ++state_.changes.modified;
          moved = true;
          NoteDirty(prefix + path);
          patch.Omit(prefix + path, "git was told to overlook it");
        }
        continue;
      }
      const std::string pinned = GitText(entry->id);
      if (CommittedId(tree, path) != pinned) {
        ++state_.changes.staged;
        moved = true;
        NoteDirty(prefix + path);
      }
      REPRISE_ASSIGN_OR_RETURN(const std::optional<std::string> commit,
                               ReadInner(path, prefix, pinned, depth, patch));
      if (commit.has_value() && *commit != pinned) {
        ++state_.changes.submodules;
        moved = true;
        NoteDirty(prefix + path);
      }
    }
    return moved;
  }

  // Whether a file that is on disk is not the one in the index, by content and mode.
  bool DiffersFromIndex(git_repository* repository, const git_index_entry& entry,
                        const std::string& prefix) {
    const std::string path = JoinPath(state_.root, prefix + entry.path);
    const Result<FileStat> stat = files_.Stat(path);
    if (!stat.ok()) return false;
    git_oid id;
    if (stat->kind == FileKind::kSymlink) {
      const Result<std::string> target = files_.ReadLink(path);
      return entry.mode != GIT_FILEMODE_LINK || !target.ok() ||
             git_odb_hash(&id, target->data(), target->size(), GIT_OBJECT_BLOB) < 0 ||
             !git_oid_equal(&id, &entry.id);
    }
    const auto mode = stat->executable ? GIT_FILEMODE_BLOB_EXECUTABLE : GIT_FILEMODE_BLOB;
    return stat->kind != FileKind::kFile || entry.mode != mode ||
           git_repository_hashfile(&id, repository, path.c_str(), GIT_OBJECT_BLOB, nullptr) < 0 ||
           !git_oid_equal(&id, &entry.id);
  }

  static std::optional<std::string> CommittedId(git_tree* tree, const std::string& path) {
    if (tree == nullptr) return std::nullopt;
    const auto entry = GitMake<GitTreeEntry>(
        [](git_tree_entry** out, const git_tree* root, const char* name) {
          return git_tree_entry_bypath(out, root, name);
        },
        tree, path.c_str());
    if (entry == nullptr) return std::nullopt;
    return GitText(*git_tree_entry_id(entry.get()));
  }

  // Walks a repository inside the work; returns the commit that is checked out there.
  Result<std::optional<std::string>> ReadInner(const std::string& path, const std::string& prefix,
                                               std::optional<std::string> pinned, int depth,
                                               GitPatchWriter& patch) {
    GitSubmodule submodule{.path = prefix + path, .pinned = std::move(pinned)};
    const std::string folder = JoinPath(state_.root, submodule.path);
    const auto repository = GitMake<GitRepository>(
        git_repository_open_ext, folder.c_str(), unsigned{GIT_REPOSITORY_OPEN_NO_SEARCH}, nullptr);
    if (repository == nullptr || git_repository_workdir(repository.get()) == nullptr) {
      // Not initialised: an empty folder, which is nothing to warn about.
      if (Exists(files_, JoinPath(folder, ".git"))) {
        lookup_.warnings.push_back("the files of the repository in '" + Printable(folder) +
                                   "' are not recorded: " + GitReason());
      }
    } else if (depth + 1 >= kNestingMax) {
      lookup_.warnings.push_back("the files of the repository in '" + Printable(folder) +
                                 "' are not recorded: repositories are nested too deeply");
    } else {
      submodule.commit = HeadCommit(repository.get());
      if (!submodule.pinned.has_value()) {
        // The commit of the outer repository does not know of it at all.
        ++state_.changes.untracked;
        NoteDirty(submodule.path);
      }
      REPRISE_ASSIGN_OR_RETURN(submodule.dirty,
                               Walk(repository.get(), submodule.path + "/", depth + 1, patch));
    }
    std::optional<std::string> commit = submodule.commit;
    state_.submodules.push_back(std::move(submodule));
    return commit;
  }

  // Both take paths from the repository's root.
  void NoteDirty(const std::string& path) {
    state_.project_dirty |= Below(project_, JoinPath(state_.root, path)).has_value();
  }

  // Who gives a secret to git has decided; what git does not know is left where it is.
  void AddUntracked(const std::string& path) {
    const std::string absolute = JoinPath(state_.root, path);
    if (!options_.is_secret || !options_.is_secret(absolute)) return AddFile(path, false);
    if (const auto relative = Below(project_, absolute)) {
      lookup_.warnings.push_back(SecretLeftOut(*relative));
    }
  }

  void AddFile(const std::string& path, bool tracked) {
    const std::string absolute = JoinPath(state_.root, path);
    std::optional<std::string> relative = Below(project_, absolute);
    if (!relative.has_value() || relative->empty()) return;
    const Result<FileStat> stat = files_.Stat(absolute);
    // Gone from the disk, or a folder where the commit has a file: its files are untracked.
    if (!stat.ok() || stat->kind == FileKind::kDirectory) return;
    if (stat->kind == FileKind::kOther) {
      lookup_.warnings.push_back("'" + Printable(*relative) +
                                 "' is not recorded: it is neither a file nor a link");
      return;
    }
    // A tracked path below a symlink is not what is on disk under that name.
    if (tracked && IsBehindSymlink(absolute)) return;
    state_.files.push_back({.path = *std::move(relative),
                            .kind = stat->kind,
                            .executable = stat->kind == FileKind::kFile && stat->executable,
                            .tracked = tracked});
  }

  bool IsBehindSymlink(const std::string& absolute) {
    const std::string folder = ParentPath(absolute);
    if (folder.size() <= state_.root.size() || folder == last_folder_) return false;
    const Result<FileStat> stat = files_.Stat(folder);
    if (stat.ok() && stat->kind == FileKind::kSymlink) return true;
    if (IsBehindSymlink(folder)) return true;
    last_folder_ = folder;  // Files of one folder stand together in the index.
    return false;
  }

  FileSystem& files_;
  const std::string project_;
  const GitOptions& options_;
  GitLookup& lookup_;
  GitState state_;
  std::string last_folder_;
};

// True if the repository ignores the whole project folder and tracks nothing in it, as one that
// keeps a home folder's settings does.
bool IgnoresProject(git_repository* repository, const std::string& below) {
  int ignored = 0;
  if (below.empty() ||
      git_ignore_path_is_ignored(&ignored, repository, (below + "/").c_str()) < 0 || ignored == 0) {
    return false;
  }
  const auto index = GitMake<GitIndex>(git_repository_index, repository);
  if (index == nullptr) return false;
  std::size_t position = 0;
  return git_index_find_prefix(&position, index.get(), (below + "/").c_str()) < 0;
}

std::string Unusable(const std::string& folder, const std::string& reason) {
  return "the git repository of '" + Printable(folder) + "' cannot be used (" + reason +
         "); all files of the folder are recorded without it";
}

}  // namespace

std::string SecretLeftOut(std::string_view path) {
  return "'" + Printable(path) +
         "' looks like a secret, and is not part of the recorded code; whoever needs it in a rerun "
         "must supply it again";
}

Result<GitLookup> ReadGitState(FileSystem& files, const std::string& project_folder,
                               const GitOptions& options) {
  StartGit();
  REPRISE_ASSIGN_OR_RETURN(const std::string project, SystemView(files).RealPath(project_folder));
  GitLookup lookup;
  git_repository* raw = nullptr;
  const int opened = git_repository_open_ext(&raw, project.c_str(), 0, nullptr);
  const GitRepository repository(raw);
  if (opened == GIT_ENOTFOUND) {
    // libgit2 also says so of a damaged repository, which is worth a word.
    if (Exists(files, JoinPath(project, ".git"))) {
      lookup.warnings.push_back(Unusable(project, "it is damaged or incomplete"));
    }
    return lookup;
  }
  if (opened < 0) {
    lookup.warnings.push_back(Unusable(project, GitReason()));
    return lookup;
  }
  const char* const workdir = git_repository_workdir(repository.get());
  if (workdir == nullptr) {
    lookup.warnings.push_back(Unusable(project, "it is bare: it has no working folder"));
    return lookup;
  }
  const Result<std::string> root = SystemView(files).RealPath(workdir);
  const std::optional<std::string> below =
      root.ok() ? Below(*root, project) : std::optional<std::string>();
  if (!below.has_value()) {
    lookup.warnings.push_back(Unusable(project, "its working folder is elsewhere"));
    return lookup;
  }
  if (IgnoresProject(repository.get(), *below)) {
    lookup.warnings.push_back(Unusable(project, "it ignores this folder"));
    return lookup;
  }
  if (auto read = Reader(files, project, options, lookup).ReadTop(repository.get(), *root);
      !read.ok()) {
    lookup = {};
    lookup.warnings.push_back(Unusable(project, read.error().message));
  }
  return lookup;
}

}  // namespace reprise::capture
