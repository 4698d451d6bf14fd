#include "tracker/new_folder.h"

#include <utility>

namespace reprise::tracker {
namespace {

Error IsTaken(const std::string& path, const char* how) {
  return {ErrorCode::kAlreadyExists, "'" + Printable(path) + "' " + how + "; name a new folder"};
}

// Whether `path` is a folder with `count` entries.
Result<void> RequireEntries(FileSystem& files, const std::string& path, std::size_t count) {
  const auto stat = files.StatFollowing(path);
  if (!stat.ok() || stat->kind != FileKind::kDirectory) {
    return IsTaken(path, "exists and is no folder");
  }
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(path));
  return entries.size() == count ? Result<void>() : IsTaken(path, "is not empty");
}

}  // namespace

Result<std::unique_ptr<NewFolder>> NewFolder::Make(FileSystem& files, std::string path) {
  REPRISE_TRY(CreateDirectories(files, ParentPath(path)));
  const auto made = files.CreateDirectory(path);
  if (!made.ok()) {
    if (made.error().code != ErrorCode::kAlreadyExists) return made.error();
    REPRISE_TRY(RequireEntries(files, path, 0));
  }
  // Another process may have found it as empty as we did, or have filled it since.
  const std::string claim = JoinPath(path, kClaimName);
  const auto claimed = files.Open(claim, OpenMode::kCreateExclusive, 0600);
  if (!claimed.ok()) {
    if (claimed.error().code == ErrorCode::kAlreadyExists) return IsTaken(path, "is not empty");
    if (made.ok()) (void)files.RemoveDirectory(path);  // Which leaves one that is not empty alone.
    return claimed.error();
  }
  if (auto alone = RequireEntries(files, path, 1); !alone.ok()) {
    (void)files.RemoveFile(claim);  // The first failure is the one to report.
    return std::move(alone).error();
  }
  return std::unique_ptr<NewFolder>(new NewFolder(files, std::move(path), made.ok()));
}

NewFolder::~NewFolder() {
  if (is_kept_) return;
  // Best effort: the failure that led here is the one to report.
  if (is_made_) {
    (void)RemoveTree(files_, path_);
    return;
  }
  const auto entries = files_.List(path_);
  if (!entries.ok()) return;
  for (const DirectoryEntry& entry : *entries)
    (void)RemoveTree(files_, JoinPath(path_, entry.name));
}

void NewFolder::EndLayout() { (void)files_.RemoveFile(JoinPath(path_, kClaimName)); }

void NewFolder::Keep() {
  EndLayout();
  is_kept_ = true;
}

}  // namespace reprise::tracker
