#include "storage/followed_path.h"

#include <algorithm>
#include <deque>
#include <string_view>
#include <utility>

namespace reprise::storage {
namespace {

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

}  // namespace

std::string FollowedPath(FileSystem& files, const std::string& path) {
  std::deque<std::string> pending = Parts(path);
  std::string resolved(1, '/');
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
    if (target->starts_with('/')) resolved.assign(1, '/');
    const std::deque<std::string> parts = Parts(*target);
    pending.insert(pending.begin(), parts.begin(), parts.end());
  }
  return resolved;
}

}  // namespace reprise::storage
