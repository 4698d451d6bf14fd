// Folders that a run renames, and what goes with them.
//
// Whether a rename succeeds is seen afterwards: between two file systems, onto a folder that is not
// empty and where it is not allowed it fails, and programs then copy.  What lay in a folder that
// was there before is all looked at then, as the run depends on it from now on.

#include <utility>

#include "tracker/trace/observer.h"

namespace reprise::tracker {
namespace {

// More names in a folder would make the run wait for too long.
constexpr std::size_t kMovedNamesMax = 100'000;

}  // namespace

void Observer::SettleMoves(pid_t thread) {
  for (const Move& move : std::exchange(moves_, {})) {
    const NameView now = LookAt(root_, move.to, false);
    if (now.state != NameState::kFolder || now.stat.device != move.device ||
        now.stat.inode != move.inode) {
      if (thread != 0 && move.thread != thread) moves_.push_back(move);
      continue;
    }
    known_.clear();
    Access& source = accesses_[move.from];
    if ((source.changes & kContentChanged) == 0) {
      MoveFoundBelow(move.from, move.to);
    } else {
      MoveMadeBelow(move.from, move.to);
    }
    Change(source, kChangeRemoved);
    Access& target = accesses_[move.to];
    Change(target, target.state == NameState::kMissing ? kChangeMade : kChangeWritten);
  }
}

// Of a folder that the run made, all that it can have been told of.
void Observer::MoveMadeBelow(const std::string& from, const std::string& to) {
  std::vector<std::string> below;
  for (const auto& [path, access] : accesses_) {
    if (path.starts_with(from + "/") && (access.changes & kChangeMade) != 0) below.push_back(path);
  }
  for (const std::string& path : below) MoveOne(path, to + path.substr(from.size()));
}

// Of a folder that was there before, all that is in it: the run depends on that from now on.
void Observer::MoveFoundBelow(const std::string& from, const std::string& to) {
  std::vector<std::string> folders = {from};
  std::size_t count = 0;
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    for (const auto& [name, state] : ListNames(root_, to + folder.substr(from.size()))) {
      if (++count > kMovedNamesMax) return NoteBlindSpot("moved folders");
      const std::string path = JoinPath(folder, name);
      if (state == NameState::kFolder) folders.push_back(path);
      MoveOne(path, to + path.substr(from.size()));
    }
  }
}

void Observer::MoveOne(const std::string& from, const std::string& to) {
  Access& source = accesses_[from];
  if (source.path.empty()) {
    NameView now = LookAt(root_, to, false);
    now.path = from;
    Describe(std::move(now), root_ + to, source);
  }
  Use(source, source.state == NameState::kFile ? kUseRead : kUseLookedUp);
  const auto moved = moved_.find(from);
  const std::string origin = moved != moved_.end() ? moved->second : from;
  if (moved != moved_.end()) moved_.erase(moved);
  Access& first = accesses_[origin];  // That of what lies there now.
  if (first.state == NameState::kFile && first.kept.empty() && !first.lost &&
      (!first.moved_to.empty() || (first.changes & kContentChanged) == 0)) {
    moved_[to] = origin;
    first.moved_to = to;
    writer_.WriteAccess(first);
  }
  Change(source, kChangeRemoved);
  Access& target = accesses_[to];
  if (target.path.empty()) target.path = to;
  Change(target, target.state == NameState::kMissing ? kChangeMade : kChangeWritten);
}

}  // namespace reprise::tracker
