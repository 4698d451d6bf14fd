#include "storage/private_folder.h"

#include "storage/followed_path.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kStoreName = ".reprise";
constexpr std::string_view kGitName = ".git";

// The store around the resolved `path`.
std::optional<std::string> StoreAroundResolved(FileSystem& files, std::string path) {
  for (; path != "/"; path = ParentPath(path)) {
    if (BaseName(path) == kStoreName || IsStoreFolder(files, path)) return path;
  }
  return std::nullopt;
}

// The git folder around the resolved `path`.  A work tree that somebody keeps inside of one is
// content all the same.
std::optional<std::string> GitAround(FileSystem& files, std::string path) {
  for (; path != "/"; path = ParentPath(path)) {
    if (BaseName(path) == kGitName) return path;
    if (path.find("/.git/") == std::string::npos) return std::nullopt;
    if (Exists(files, JoinPath(path, kGitName))) return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

bool IsPrivateName(std::string_view name) { return name == kGitName || name == kStoreName; }

bool IsStoreFolder(FileSystem& files, const std::string& folder) {
  const std::string path = JoinPath(folder, "format");
  const auto stat = files.StatFollowing(path);
  if (!stat.ok() || stat->kind != FileKind::kFile) return false;
  const auto text = ReadFile(files, path, 4096);
  return text.ok() && text->find("\"reprise/store/") != std::string::npos;
}

std::optional<std::string> StoreAround(FileSystem& files, const std::string& path) {
  return StoreAroundResolved(files, FollowedPath(files, path));
}

Result<void> RequireContent(FileSystem& files, const std::string& path) {
  const std::string resolved = FollowedPath(files, path);
  if (const auto store = StoreAroundResolved(files, resolved)) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(path) + "' lies in the store '" + Printable(*store) +
                     "', and what is in a store, its private key above all, is never content"};
  }
  if (const auto git = GitAround(files, resolved)) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(path) + "' lies in '" + Printable(*git) +
                     "', and what git keeps there is never content; copy it elsewhere first"};
  }
  return {};
}

Result<void> RequireOutsideOfStores(FileSystem& files, const std::string& path) {
  const auto store = StoreAround(files, path);
  if (!store.has_value()) return {};
  return Error{ErrorCode::kInvalidArgument, "'" + Printable(path) + "' lies in the store '" +
                                                Printable(*store) + "'; name a folder elsewhere"};
}

}  // namespace reprise::storage
