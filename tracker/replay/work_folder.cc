#include "tracker/replay/work_folder.h"

#include <cstdlib>
#include <utility>

#include "storage/base/ulid.h"
#include "tracker/project_path.h"
#include "tracker/sandbox/sandbox.h"

namespace reprise::tracker {

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
  std::string path =
      JoinPath(parent, "reprise-" + options.purpose + "-" + Ulid::Generate().ToString());
  REPRISE_TRY(files.CreateDirectory(path, 0700));
  return WorkFolder(files, std::move(path), nullptr, std::nullopt);
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
      partial_(std::move(other.partial_)),
      above_(std::exchange(other.above_, std::nullopt)) {}

WorkFolder::~WorkFolder() {
  // Left behind only where it cannot be removed: there is nobody to tell.
  if (!kept_) {
    (void)Sandbox::RemoveScratch(files_, path_);
    (void)files_.RemoveDirectory(path_);
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
