#include "tracker/replay/work_folder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <utility>

#include "storage/base/ulid.h"
#include "tracker/project_path.h"
#include "tracker/sandbox/sandbox.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kLockEnding = ".lock";
constexpr std::uint32_t kLockWaitMsMax = 1000;  // Whoever sweeps holds one for a moment.

// What the names of temporary folders of that purpose begin with; a ULID follows.
std::string PrefixOf(const std::string& purpose) { return "reprise-" + purpose + "-"; }

// A folder for temporary files may be everybody's: what others put there is theirs.
bool IsOurs(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && status.st_uid == ::geteuid();
}

void RemoveFolder(FileSystem& files, const std::string& path) {
  (void)Sandbox::RemoveScratch(files, path);
  (void)files.RemoveDirectory(path);
}

// Removes the folders of `purpose` whose processes were killed: nobody holds the lock beside them.
// One that has no such file is left alone.  Best effort: what stays does no harm.
void RemoveLeftovers(FileSystem& files, const std::string& parent, const std::string& purpose) {
  const auto entries = files.List(parent);
  if (!entries.ok()) return;
  const std::string prefix = PrefixOf(purpose);
  for (const DirectoryEntry& entry : *entries) {
    const std::string_view name = entry.name;
    if (!name.starts_with(prefix) || !name.ends_with(kLockEnding)) continue;
    const auto id = name.substr(prefix.size(), name.size() - prefix.size() - kLockEnding.size());
    const std::string lock_path = JoinPath(parent, entry.name);
    const std::string path = lock_path.substr(0, lock_path.size() - kLockEnding.size());
    if (!Ulid::Parse(id).ok() || entry.stat.kind != FileKind::kFile || !IsOurs(lock_path)) continue;
    const auto lock = files.Lock(lock_path, LockMode::kExclusive, 0);
    if (!lock.ok()) continue;  // It is at work.
    if (IsOurs(path)) RemoveFolder(files, path);
    if (!Exists(files, path)) (void)files.RemoveFile(lock_path);
  }
}

}  // namespace

Result<WorkFolder> WorkFolder::Make(FileSystem& files, const WorkFolderOptions& options) {
  if (const auto& keep = options.keep_folder; keep.has_value()) {
    if (!options.number.has_value()) return Kept(files, *keep, std::nullopt);
    REPRISE_TRY(CreateDirectories(files, ParentPath(*keep)));
    const bool is_made = files.CreateDirectory(*keep).ok();
    return Kept(files, JoinPath(*keep, std::to_string(*options.number)),
                is_made ? std::optional(*keep) : std::nullopt);
  }
  const char* const temporary = std::getenv("TMPDIR");
  const std::string parent =
      temporary != nullptr && *temporary != '\0' ? AbsolutePath(temporary, "/") : "/tmp";
  RemoveLeftovers(files, parent, options.purpose);
  std::string path = JoinPath(parent, PrefixOf(options.purpose) + Ulid::Generate().ToString());
  REPRISE_ASSIGN_OR_RETURN(
      auto lock, files.Lock(path + std::string(kLockEnding), LockMode::kExclusive, kLockWaitMsMax));
  if (auto made = files.CreateDirectory(path, 0700); !made.ok()) {
    (void)files.RemoveFile(path + std::string(kLockEnding));
    return std::move(made).error();
  }
  WorkFolder folder(files, std::move(path), nullptr, std::nullopt);
  folder.lock_ = std::move(lock);
  return folder;
}

Result<WorkFolder> WorkFolder::Kept(FileSystem& files, std::string path,
                                    std::optional<std::string> above) {
  auto partial = NewFolder::Make(files, path);
  if (partial.ok()) {
    return WorkFolder(files, std::move(path), *std::move(partial), std::move(above));
  }
  if (above.has_value()) (void)files.RemoveDirectory(*above);
  return std::move(partial).error();
}

WorkFolder::WorkFolder(WorkFolder&& other) noexcept
    : files_(other.files_),
      path_(other.path_),
      kept_(std::exchange(other.kept_, true)),
      lock_(std::move(other.lock_)),
      partial_(std::move(other.partial_)),
      above_(std::exchange(other.above_, std::nullopt)) {}

WorkFolder::~WorkFolder() {
  // Left behind only where it cannot be removed: there is nobody to tell.
  if (!kept_) {
    RemoveFolder(files_, path_);
    if (!Exists(files_, path_)) (void)files_.RemoveFile(path_ + std::string(kLockEnding));
  }
  partial_.reset();
  if (above_.has_value()) (void)files_.RemoveDirectory(*above_);  // If nothing is in it.
}

void WorkFolder::EndLayout() {
  if (partial_ != nullptr) partial_->EndLayout();
}

void WorkFolder::Keep() {
  if (partial_ != nullptr) partial_->Keep();
}

Error WorkFolder::NotBegun(Error error) const {
  if (!kept_ || error.code != ErrorCode::kInterrupted) return error;
  return {error.code, "interrupted before the command was started; what was laid out in '" +
                          Printable(path_) + "' is removed again"};
}

std::string WorkFolder::WhatIsLeft() const {
  return kept_ ? "; '" + Printable(path_) + "' stays as the command left it" : "";
}

}  // namespace reprise::tracker
