#include "lineage/capture/system_view.h"

#include <deque>

#include "storage/base/bytes.h"

namespace reprise::capture {
namespace {

constexpr int kSymlinksMax = 40;  // As Linux (MAXSYMLINKS).

void PushParts(std::deque<std::string>& parts, std::string_view path) {
  std::vector<std::string> split = Split(path, '/');
  parts.insert(parts.begin(), std::make_move_iterator(split.begin()),
               std::make_move_iterator(split.end()));
}

}  // namespace

SystemView::SystemView(FileSystem& files, std::string root)
    : files_(&files), root_(std::move(root)) {
  while (!root_.empty() && root_.back() == '/') root_.pop_back();
}

std::string SystemView::Outside(std::string_view path) const {
  return root_.empty() ? std::string(path) : root_ + std::string(path);
}

Result<std::string> SystemView::RealPath(std::string_view path) const {
  if (!path.starts_with('/')) {
    return Error{ErrorCode::kInvalidArgument,
                 "cannot resolve '" + Printable(path) + "': the path must be absolute"};
  }
  std::deque<std::string> parts;
  PushParts(parts, path);
  std::string real;  // Without a trailing slash; "" is the root folder.
  int symlinks = 0;
  while (!parts.empty()) {
    const std::string part = std::move(parts.front());
    parts.pop_front();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      real.resize(real.empty() ? 0 : real.rfind('/'));
      continue;
    }
    std::string next = real + "/" + part;
    REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files_->Stat(Outside(next)));
    if (stat.kind != FileKind::kSymlink) {
      real = std::move(next);
      continue;
    }
    if (++symlinks > kSymlinksMax) {
      return Error{ErrorCode::kIoError, "cannot resolve '" + Printable(path) +
                                            "': more than 40 symbolic links follow each other"};
    }
    REPRISE_ASSIGN_OR_RETURN(const std::string target, files_->ReadLink(Outside(next)));
    if (target.starts_with('/')) real.clear();
    PushParts(parts, target);
  }
  return real.empty() ? "/" : real;
}

Result<FileStat> SystemView::Stat(std::string_view path) const {
  if (root_.empty()) return files_->StatFollowing(std::string(path));
  REPRISE_ASSIGN_OR_RETURN(const std::string real, RealPath(path));
  return files_->Stat(Outside(real));
}

Result<std::unique_ptr<File>> SystemView::Open(std::string_view path) const {
  // Opening a FIFO would block and a device might act, so only regular files are opened.
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, Stat(path));
  if (stat.kind != FileKind::kFile) {
    return Error{ErrorCode::kInvalidArgument,
                 "cannot read '" + Printable(path) + "': it is not a regular file"};
  }
  if (root_.empty()) return files_->Open(std::string(path), OpenMode::kRead);
  REPRISE_ASSIGN_OR_RETURN(const std::string real, RealPath(path));
  return files_->Open(Outside(real), OpenMode::kRead);
}

Result<std::string> SystemView::Read(std::string_view path, std::uint64_t size_bytes_max) const {
  REPRISE_ASSIGN_OR_RETURN(const std::string real, RealPath(path));
  return ReadFile(*files_, Outside(real), size_bytes_max);
}

Result<std::vector<DirectoryEntry>> SystemView::List(std::string_view path) const {
  REPRISE_ASSIGN_OR_RETURN(const std::string real, RealPath(path));
  return files_->List(Outside(real));
}

bool SystemView::IsExecutableFile(std::string_view path) const {
  const Result<FileStat> stat = Stat(path);
  return stat.ok() && stat->kind == FileKind::kFile && (stat->mode & 0111) != 0;
}

std::string AbsolutePath(std::string_view folder, std::string_view path) {
  return path.starts_with('/') ? std::string(path) : JoinPath(folder, path);
}

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<std::string> Below(std::string_view folder, std::string_view path) {
  while (folder.size() > 1 && folder.back() == '/') folder.remove_suffix(1);
  if (path == folder) return "";
  if (folder == "/") return std::string(path.substr(1));
  if (!path.starts_with(folder) || path[folder.size()] != '/') return std::nullopt;
  return std::string(path.substr(folder.size() + 1));
}

}  // namespace reprise::capture
