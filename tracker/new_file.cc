#include "tracker/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "storage/base/ulid.h"

namespace reprise::tracker {
namespace {

Error IsTaken(const std::string& path) {
  return {ErrorCode::kAlreadyExists, "'" + Printable(path) + "' exists already; name a new file"};
}

Result<void> RequireAbsent(FileSystem& files, const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(const bool is_there, IsThere(files, path));
  return is_there ? IsTaken(path) : Result<void>();
}

// The name of an open file, by which it is opened again and linked.
std::string NameOfDescriptor(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

}  // namespace

Result<std::unique_ptr<NewFile>> NewFile::Make(FileSystem& files, const std::string& path) {
  REPRISE_TRY(RequireAbsent(files, path));
  std::unique_ptr<NewFile> made(new NewFile(files, path));
  REPRISE_TRY(made->MakeFolders());
  REPRISE_TRY(made->OpenFile());
  return made;
}

NewFile::~NewFile() {
  file_.reset();
  if (unnamed_ >= 0) close(unnamed_);
  if (is_kept_) return;
  // Best effort: there is a failure to report already.  A folder that somebody else uses stays.
  if (!temporary_.empty()) (void)files_.RemoveFile(temporary_);
  for (auto folder = made_folders_.rbegin(); folder != made_folders_.rend(); ++folder) {
    (void)files_.RemoveDirectory(*folder);
  }
}

Result<void> NewFile::MakeFolders() {
  std::vector<std::string> absent;
  for (std::string folder = ParentPath(path_); !Exists(files_, folder);
       folder = ParentPath(folder)) {
    absent.push_back(folder);
  }
  for (auto folder = absent.rbegin(); folder != absent.rend(); ++folder) {
    const auto made = files_.CreateDirectory(*folder);
    if (made.ok()) {
      made_folders_.push_back(*folder);
    } else if (made.error().code != ErrorCode::kAlreadyExists) {
      return made.error();
    }
  }
  return {};
}

Result<void> NewFile::OpenFile() {
  if (OpenUnnamed()) return {};
  temporary_ = path_ + ".tmp-" + Ulid::Generate().ToString();
  auto opened = files_.Open(temporary_, OpenMode::kCreateExclusive);
  if (!opened.ok()) {
    temporary_.clear();
    return std::move(opened).error();
  }
  file_ = *std::move(opened);
  return {};
}

// False: it cannot be had here, for whatever reason.
bool NewFile::OpenUnnamed() {
  unnamed_ = open(ParentPath(path_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0644);
  if (unnamed_ < 0) return false;
  // By its name, so that writing goes through `files_`.
  auto opened = files_.Open(NameOfDescriptor(unnamed_), OpenMode::kReadWrite);
  if (opened.ok()) {
    file_ = *std::move(opened);
    return true;
  }
  close(std::exchange(unnamed_, -1));
  return false;
}

Result<void> NewFile::Keep() {
  const bool has_name = unnamed_ < 0;
  // Unlike a rename, a link replaces nothing that came meanwhile.
  const auto linked = files_.Link(has_name ? temporary_ : NameOfDescriptor(unnamed_), path_);
  if (linked.ok()) {
    is_kept_ = true;
    if (has_name) REPRISE_TRY(files_.RemoveFile(temporary_));
  } else if (linked.error().code == ErrorCode::kAlreadyExists) {
    return IsTaken(path_);
  } else if (has_name && linked.error().code == ErrorCode::kUnsupported) {
    REPRISE_TRY(RequireAbsent(files_, path_));
    REPRISE_TRY(files_.Rename(temporary_, path_));
    is_kept_ = true;
  } else {
    return linked;
  }
  REPRISE_TRY(files_.SyncDirectory(ParentPath(path_)));
  for (auto folder = made_folders_.rbegin(); folder != made_folders_.rend(); ++folder) {
    REPRISE_TRY(files_.SyncDirectory(ParentPath(*folder)));
  }
  return {};
}

}  // namespace reprise::tracker
