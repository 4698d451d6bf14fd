#include "storage/private_folder.h"

#include <algorithm>
#include <deque>

namespace reprise::storage {
namespace {

constexpr std::string_view kStoreName = ".reprise";
constexpr std::string_view kGitName = ".git";

constexpr int kLinksMax = 40;  // As Linux has it.

std::deque<std::string> Parts(std::string_view path) {
  std::deque<std::string> parts;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (!part.empty() && part != ".") parts.emplace_back(part);
  }
  return parts;
}

// Where the absolute `path` leads; what is not there is taken as it is named.
std::string Follow(FileSystem& files, const std::string& path) {
  std::deque<std::string> pending = Parts(path);
  std::string resolved = "/";
  for (int links = 0; !pending.empty();) {
    const std::string part = std::move(pending.front());
    pending.pop_front();
    if (part == "..") {
      resolved = ParentPath(resolved);
      continue;
    }
    const std::string next = JoinPath(resolved, part);
    const auto stat = files.Stat(next);
    const auto target = stat.ok() && stat->kind == FileKind::kSymlink && ++links <= kLinksMax
                            ? files.ReadLink(next)
                            : Result<std::string>(Error{ErrorCode::kNotFound, "no link"});
    if (!target.ok()) {
      resolved = next;
      continue;
    }
    if (target->starts_with('/')) resolved = "/";
    const std::deque<std::string> parts = Parts(*target);
    pending.insert(pending.begin(), parts.begin(), parts.end());
  }
  return resolved;
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
  for (std::string part = Follow(files, path); part != "/"; part = ParentPath(part)) {
    if (BaseName(part) == kStoreName || IsStoreFolder(files, part)) return part;
  }
  return std::nullopt;
}

Result<void> RequireContent(FileSystem& files, const std::string& path) {
  if (const auto store = StoreAround(files, path)) {
    return Error{ErrorCode::kInvalidArgument,
                 "'" + Printable(path) + "' lies in the store '" + Printable(*store) +
                     "', and what is in a store, its private key above all, is never content"};
  }
  if (const auto git = GitAround(files, Follow(files, path))) {
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
