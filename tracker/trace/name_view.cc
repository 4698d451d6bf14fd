// A path is walked name by name, the only way to learn of the symlinks.  Folders that were walked
// before are passed by, so that most names cost one lstat(2).

#include "tracker/trace/name_view.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>

#include "storage/base/posix_stat.h"

namespace reprise::tracker {
namespace {

constexpr int kLinksMax = 40;  // As path_resolution(7): more are a loop.

NameState StateOf(mode_t mode) {
  if (S_ISREG(mode)) return NameState::kFile;
  if (S_ISDIR(mode)) return NameState::kFolder;
  if (S_ISLNK(mode)) return NameState::kSymlink;
  return NameState::kOther;
}

void Describe(const struct stat& st, NameView& view) {
  view.state = StateOf(st.st_mode);
  view.stat = FromStat(st);
}

std::optional<std::string> ReadLinkOf(const std::string& path) {
  std::array<char, PATH_MAX> target;
  const ssize_t size = readlink(path.c_str(), target.data(), target.size());
  if (size <= 0) return std::nullopt;
  return std::string(target.data(), static_cast<std::size_t>(size));
}

// The names of `path` that count, put before those of `rest`.
void PrependNames(std::string_view path, std::deque<std::string>& rest) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const std::string_view name = path.substr(0, slash);
    if (!name.empty() && name != ".") names.emplace_back(name);
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  rest.insert(rest.begin(), names.begin(), names.end());
}

std::string Joined(const std::string& folder, const std::string& name) {
  return folder == "/" ? "/" + name : folder + "/" + name;
}

}  // namespace

Descriptor OpenRootOf(pid_t thread) {
  const std::string path = "/proc/" + std::to_string(thread) + "/root";
  return Descriptor(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

NameView LookAt(const RootFolder& root, const std::string& path, bool follows_last,
                RealFolders* known) {
  NameView view;
  view.path = "/";
  std::deque<std::string> rest;
  PrependNames(path, rest);
  struct stat st;
  if (rest.empty() && lstat((root + "/").c_str(), &st) == 0) Describe(st, view);
  // A slash at the end asks for what a symlink leads to.
  const bool follows = follows_last || path.ends_with('/');
  while (!rest.empty()) {
    const std::string name = std::move(rest.front());
    rest.pop_front();
    if (name == "..") {
      view.path = ParentPath(view.path);
      if (lstat((root + view.path).c_str(), &st) == 0) Describe(st, view);
      continue;
    }
    std::string next = Joined(view.path, name);
    if (known != nullptr && !rest.empty() && known->contains(next)) {
      view.path = std::move(next);
      continue;
    }
    const bool is_there = lstat((root + next).c_str(), &st) == 0;
    const auto target = is_there && S_ISLNK(st.st_mode) && (follows || !rest.empty())
                            ? ReadLinkOf(root + next)
                            : std::nullopt;
    if (target.has_value() && view.links.size() < kLinksMax) {
      view.links.emplace_back(next, *target);
      PrependNames(*target, rest);
      if (target->starts_with('/')) view.path = "/";
      continue;
    }
    view.path = std::move(next);
    if (is_there && !target.has_value()) {
      Describe(st, view);
      if (known != nullptr && view.state == NameState::kFolder) known->insert(view.path);
      continue;
    }
    // Whatever lies below is missing with it.
    for (const std::string& below : rest) view.path = Joined(view.path, below);
    view.state = NameState::kMissing;
    view.stat = {};
    break;
  }
  return view;
}

Listing ListNames(const RootFolder& root, const std::string& folder) {
  Listing listing;
  const std::unique_ptr<DIR, int (*)(DIR*)> names(opendir((root + folder).c_str()), closedir);
  while (names != nullptr) {
    const dirent* entry = readdir(names.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    NameState state = NameState::kOther;
    if (entry->d_type == DT_REG) state = NameState::kFile;
    if (entry->d_type == DT_DIR) state = NameState::kFolder;
    if (entry->d_type == DT_LNK) state = NameState::kSymlink;
    if (entry->d_type == DT_UNKNOWN)
      state = LookAt(root, Joined(folder, entry->d_name), false).state;
    listing.emplace_back(name, state);
  }
  std::ranges::sort(listing);
  return listing;
}

}  // namespace reprise::tracker
