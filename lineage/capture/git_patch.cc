// libgit2 makes one file's patch at a time and holds both sides of it in memory, so sizes are
// looked up first and large files are left out unread.  What stands in for them is a comment line
// between the files' patches, which patch(1) and `git apply` skip.

#include "lineage/capture/git_patch.h"

#include <sys/stat.h>

#include <algorithm>
#include <set>
#include <vector>

#include "storage/base/file.h"

namespace reprise::capture {
namespace {

// The size of one side without reading it; 0 if it does not exist.
std::uint64_t SizeOf(git_repository* repository, const git_diff_file& side,
                     const std::string& root) {
  if (side.mode == GIT_FILEMODE_UNREADABLE || side.mode == GIT_FILEMODE_COMMIT) return 0;
  if ((side.flags & GIT_DIFF_FLAG_VALID_ID) != 0 && !git_oid_is_zero(&side.id)) {
    git_odb* odb = nullptr;
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_INVALID;
    if (git_repository_odb(&odb, repository) == 0) {
      const int found = git_odb_read_header(&size, &type, odb, &side.id);
      git_odb_free(odb);
      if (found == 0) return size;
    }
  }
  const Result<FileStat> stat = PosixFileSystem().Stat(JoinPath(root, side.path));
  return stat.ok() && stat->kind == FileKind::kFile ? stat->size_bytes : 0;
}

// Deleted from the index and there all the same, as a file or link.
std::set<std::string> DeletedButOnDisk(git_repository* repository, git_diff* diff) {
  const std::string root = git_repository_workdir(repository);
  std::set<std::string> paths;
  for (std::size_t i = 0; i < git_diff_num_deltas(diff); ++i) {
    const git_diff_delta* const delta = git_diff_get_delta(diff, i);
    if (delta->status != GIT_DELTA_DELETED) continue;
    const Result<FileStat> stat = PosixFileSystem().Stat(JoinPath(root, delta->new_file.path));
    if (stat.ok() && (stat->kind == FileKind::kFile || stat->kind == FileKind::kSymlink)) {
      paths.insert(delta->new_file.path);
    }
  }
  return paths;
}

}  // namespace

void GitPatchWriter::Omit(const std::string& path, const std::string& why) {
  patch_.text += "# omitted " + Printable(path) + ": " + why + "\n";
  patch_.omitted.push_back(path);
}

Result<void> GitPatchWriter::Append(git_repository* repository, git_tree* tree,
                                    const std::string& prefix) {
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  // A file that became a link is a deletion and an addition, or `git apply` would not take it.
  options.flags = GIT_DIFF_INCLUDE_UNTRACKED | GIT_DIFF_RECURSE_UNTRACKED_DIRS |
                  GIT_DIFF_SHOW_UNTRACKED_CONTENT | GIT_DIFF_SHOW_BINARY |
                  GIT_DIFF_DISABLE_PATHSPEC_MATCH;
  options.id_abbrev = GIT_OID_HEXSZ;  // `git apply` wants full ids of binary files.
  const std::string old_prefix = "a/" + prefix;
  const std::string new_prefix = "b/" + prefix;
  options.old_prefix = old_prefix.c_str();
  options.new_prefix = new_prefix.c_str();
  options.max_size = static_cast<git_off_t>(options_.patch_file_bytes_max);
  const auto by_index =
      GitMake<GitDiff>(git_diff_tree_to_workdir_with_index, repository, tree, &options);
  if (by_index == nullptr) return Error{ErrorCode::kIoError, GitReason()};
  const std::set<std::string> back = DeletedButOnDisk(repository, by_index.get());
  Result<void> appended = AppendFiles(repository, by_index.get(), prefix, back);
  if (back.empty()) return appended;
  // The index does not know these any more, or as something else.  Comparing without it reads every
  // file that is looked at, so only they are compared in this way.
  std::vector<std::string> names(back.begin(), back.end());
  std::vector<char*> paths;
  for (std::string& name : names) paths.push_back(name.data());
  options.pathspec = {paths.data(), paths.size()};
  const auto by_content = GitMake<GitDiff>(git_diff_tree_to_workdir, repository, tree, &options);
  if (by_content == nullptr) return Error{ErrorCode::kIoError, GitReason()};
  Result<void> rest = AppendFiles(repository, by_content.get(), prefix, {});
  return appended.ok() ? rest : appended;
}

Result<void> GitPatchWriter::AppendFiles(git_repository* repository, git_diff* diff,
                                         const std::string& prefix,
                                         const std::set<std::string>& left_out) {
  const std::string root = git_repository_workdir(repository);
  const auto index = GitMake<GitIndex>(git_repository_index, repository);
  if (index == nullptr) return Error{ErrorCode::kIoError, GitReason()};
  Result<void> first_failure;
  for (std::size_t i = 0; i < git_diff_num_deltas(diff); ++i) {
    const git_diff_delta* const delta = git_diff_get_delta(diff, i);
    const std::string path = delta->new_file.path;
    if (delta->status == GIT_DELTA_DELETED && IsOverlooked(index.get(), path)) continue;
    const std::string slashes = "/" + path + "/";
    if (slashes.find("/.reprise/") != std::string::npos || left_out.contains(path)) continue;
    if (path.ends_with('/')) continue;  // A repository inside, which has a patch of its own.
    if (delta->status == GIT_DELTA_UNTRACKED && options_.is_secret &&
        options_.is_secret(JoinPath(root, path))) {
      Omit(prefix + path, "it looks like a secret");
      continue;
    }
    if (options_.is_data && options_.is_data(JoinPath(root, path))) {
      Omit(prefix + path, "it is data");
      continue;
    }
    const std::uint64_t size = std::max(SizeOf(repository, delta->old_file, root),
                                        SizeOf(repository, delta->new_file, root));
    if (size > options_.patch_file_bytes_max) {
      Omit(prefix + path,
           "larger than " + std::to_string(options_.patch_file_bytes_max) + " bytes");
      continue;
    }
    // One file that cannot be read does not cost the others their place.
    if (auto appended = AppendFile(diff, i, prefix + path); !appended.ok() && first_failure.ok()) {
      first_failure = std::move(appended);
    }
  }
  return first_failure;
}

Result<void> GitPatchWriter::AppendFile(git_diff* diff, std::size_t position,
                                        const std::string& path) {
  const auto patch = GitMake<GitPatchHandle>(git_patch_from_diff, diff, position);
  if (patch == nullptr) {
    Omit(path, "it could not be compared");
    return Error{ErrorCode::kIoError, "cannot compare '" + Printable(path) + "': " + GitReason()};
  }
  git_buf text{};
  if (git_patch_to_buf(&text, patch.get()) < 0) {
    Omit(path, "it could not be compared");
    return Error{ErrorCode::kIoError, "cannot compare '" + Printable(path) + "': " + GitReason()};
  }
  const std::string_view bytes(text.ptr, text.size);
  if (patch_.text.size() + bytes.size() > options_.patch_bytes_max) {
    Omit(path, "the patch is larger than " + std::to_string(options_.patch_bytes_max) + " bytes");
  } else {
    patch_.text += bytes;
  }
  git_buf_dispose(&text);
  return {};
}

}  // namespace reprise::capture
