#include "tests/support/disk_model.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

#include "storage/base/bytes.h"

namespace reprise::testing {
namespace {

constexpr DiskModel::InodeId kRoot = 0;
constexpr int kSymlinksMax = 40;  // As Linux.
constexpr std::size_t kSectorBytes = 512;
constexpr std::size_t kAllCombinationsMax = 3;  // Of changed names: eight.

Error PathError(ErrorCode code, std::string_view action, std::string_view path,
                std::string_view reason) {
  return {code,
          "cannot " + std::string(action) + " '" + Printable(path) + "': " + std::string(reason)};
}

// The names in `path`, last first; empty ones and "." are left out.
void PushReversed(std::string_view path, std::vector<std::string>& names) {
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
    if (!name.empty() && name != ".") names.emplace_back(name);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  }
}

}  // namespace

std::string ToString(const PowerLoss& loss) {
  static constexpr std::array<std::string_view, 8> kNames = {"lost",
                                                             "kept",
                                                             "torn at the first byte",
                                                             "torn in the middle",
                                                             "torn before the last byte",
                                                             "torn at a sector",
                                                             "zeros",
                                                             "only the last write kept"};
  std::string text = "unsynced names ";
  for (const bool survived : loss.names) text += survived ? '1' : '0';
  return text + ", unsynced content " +
         std::string(kNames.at(static_cast<std::size_t>(loss.content)));
}

DiskModel::DiskModel() { inodes_.push_back({.kind = FileKind::kDirectory, .permissions = 0755}); }

Result<DiskModel::Place> DiskModel::Walk(const std::string& path, Follow follow) const {
  if (path.empty() || path.find('\0') != std::string::npos) {
    return PathError(ErrorCode::kInvalidArgument, "use", path, "it is empty or has a zero byte");
  }
  std::vector<InodeId> folders = {kRoot};  // The way here, for "..".
  std::vector<std::string> names;          // Still to go, last first.
  PushReversed(path, names);
  Place place{kRoot, "", kRoot};
  for (int symlinks = 0; !names.empty();) {
    const std::string name = std::move(names.back());
    names.pop_back();
    if (name == "..") {
      if (folders.size() > 1) folders.pop_back();
      place = {folders.back(), "", folders.back()};
      continue;
    }
    const Inode& folder = inodes_[folders.back()];
    const auto found = folder.names.find(name);
    place = {folders.back(), name, std::nullopt};
    if (found == folder.names.end()) {
      if (names.empty()) return place;
      return PathError(ErrorCode::kNotFound, "reach", path, "No such file or directory");
    }
    place.inode = found->second;
    const Inode& inode = inodes_[found->second];
    const bool is_last = names.empty();
    if (inode.kind == FileKind::kSymlink && (!is_last || follow == Follow::kYes)) {
      if (++symlinks > kSymlinksMax) {
        return PathError(ErrorCode::kIoError, "reach", path, "Too many levels of symbolic links");
      }
      if (inode.target.starts_with('/')) folders = {kRoot};
      PushReversed(inode.target, names);
      place = {folders.back(), "", folders.back()};
    } else if (inode.kind == FileKind::kDirectory) {
      folders.push_back(found->second);
    } else if (!is_last) {
      return PathError(ErrorCode::kNotFound, "reach", path, "Not a directory");
    }
  }
  return place;
}

Result<DiskModel::InodeId> DiskModel::Find(const std::string& path, Follow follow) const {
  REPRISE_ASSIGN_OR_RETURN(const Place place, Walk(path, follow));
  if (place.inode.has_value()) return *place.inode;
  return PathError(ErrorCode::kNotFound, "find", path, "No such file or directory");
}

Result<DiskModel::InodeId> DiskModel::FindFolder(const std::string& path) const {
  REPRISE_ASSIGN_OR_RETURN(const InodeId inode, Find(path, Follow::kYes));
  if (inodes_[inode].kind == FileKind::kDirectory) return inode;
  return PathError(ErrorCode::kNotFound, "open the folder", path, "Not a directory");
}

FileStat DiskModel::Stat(InodeId id) const {
  const Inode& inode = inodes_[id];
  FileStat stat;
  stat.kind = inode.kind;
  stat.executable = (inode.permissions & S_IXUSR) != 0;
  stat.device = 1;
  stat.inode = id + 1;
  stat.mtime_unix_ns = inode.mtime_unix_ns;
  stat.ctime_unix_ns = inode.ctime_unix_ns;
  stat.mode = inode.permissions | (inode.kind == FileKind::kFile        ? S_IFREG
                                   : inode.kind == FileKind::kDirectory ? S_IFDIR
                                                                        : S_IFLNK);
  if (inode.kind == FileKind::kFile) stat.size_bytes = inode.content.size();
  if (inode.kind == FileKind::kSymlink) stat.size_bytes = inode.target.size();
  stat.disk_bytes = (stat.size_bytes + 4095) / 4096 * 4096;
  return stat;
}

std::vector<DirectoryEntry> DiskModel::List(InodeId folder) const {
  std::vector<DirectoryEntry> entries;
  for (const auto& [name, inode] : inodes_[folder].names) entries.push_back({name, Stat(inode)});
  // Nobody may rely on the order, so it is the least convenient one.
  std::reverse(entries.begin(), entries.end());
  return entries;
}

void DiskModel::Touch(Inode& inode, bool is_content) {
  now_unix_ns_ += 1'000'000;
  inode.ctime_unix_ns = now_unix_ns_;
  if (is_content) inode.mtime_unix_ns = now_unix_ns_;
}

void DiskModel::Change(NameChange change) {
  for (const NameEffect& effect : change) {
    Inode& folder = inodes_[effect.folder];
    if (effect.inode.has_value()) {
      folder.names.insert_or_assign(effect.name, *effect.inode);
    } else {
      folder.names.erase(effect.name);
    }
    Touch(folder, true);
  }
  unsynced_names_.push_back(std::move(change));
}

Result<DiskModel::InodeId> DiskModel::Create(const std::string& path, FileKind kind,
                                             mode_t permissions, std::string target) {
  REPRISE_ASSIGN_OR_RETURN(const Place place,
                           Walk(path, kind == FileKind::kFile ? Follow::kYes : Follow::kNo));
  if (place.inode.has_value()) {
    return PathError(ErrorCode::kAlreadyExists, "create", path, "File exists");
  }
  Inode inode{.kind = kind, .permissions = permissions & ~mode_t{022}, .target = std::move(target)};
  if (kind == FileKind::kSymlink) inode.permissions = 0777;
  Touch(inode, true);
  const InodeId id = inodes_.size();
  inodes_.push_back(std::move(inode));
  Change({{place.folder, place.name, id}});
  return id;
}

Result<void> DiskModel::Remove(const std::string& path, FileKind kind) {
  REPRISE_ASSIGN_OR_RETURN(const Place place, Walk(path, Follow::kNo));
  if (!place.inode.has_value()) {
    return PathError(ErrorCode::kNotFound, "remove", path, "No such file or directory");
  }
  const Inode& inode = inodes_[*place.inode];
  const bool is_folder = inode.kind == FileKind::kDirectory;
  if (kind == FileKind::kDirectory) {
    if (!is_folder) return PathError(ErrorCode::kNotFound, "remove", path, "Not a directory");
    if (!inode.names.empty()) {
      return PathError(ErrorCode::kIoError, "remove", path, "Directory not empty");
    }
    if (place.name.empty()) return PathError(ErrorCode::kIoError, "remove", path, "Busy");
  } else if (is_folder) {
    return PathError(ErrorCode::kIoError, "remove", path, "Is a directory");
  }
  Change({{place.folder, place.name, std::nullopt}});
  return {};
}

bool DiskModel::IsInside(InodeId folder, InodeId ancestor) const {
  if (folder == ancestor) return true;
  return std::any_of(
      inodes_[ancestor].names.begin(), inodes_[ancestor].names.end(), [&](const auto& name) {
        return inodes_[name.second].kind == FileKind::kDirectory && IsInside(folder, name.second);
      });
}

Result<void> DiskModel::Rename(const std::string& from, const std::string& to) {
  REPRISE_ASSIGN_OR_RETURN(const Place source, Walk(from, Follow::kNo));
  REPRISE_ASSIGN_OR_RETURN(const Place target, Walk(to, Follow::kNo));
  if (!source.inode.has_value()) {
    return PathError(ErrorCode::kNotFound, "rename", from, "No such file or directory");
  }
  const Inode& inode = inodes_[*source.inode];
  const bool is_folder = inode.kind == FileKind::kDirectory;
  if (source.name.empty() || target.name.empty() ||
      (is_folder && IsInside(target.folder, *source.inode) && target.inode != source.inode)) {
    return PathError(ErrorCode::kIoError, "rename", from, "Invalid argument");
  }
  if (target.inode.has_value()) {
    if (*target.inode == *source.inode) return {};
    const Inode& replaced = inodes_[*target.inode];
    if (replaced.kind == FileKind::kDirectory && !is_folder) {
      return PathError(ErrorCode::kIoError, "rename", from, "Is a directory");
    }
    if (replaced.kind != FileKind::kDirectory && is_folder) {
      return PathError(ErrorCode::kNotFound, "rename", from, "Not a directory");
    }
    if (!replaced.names.empty()) {
      return PathError(ErrorCode::kIoError, "rename", from, "Directory not empty");
    }
  }
  Change({{source.folder, source.name, std::nullopt}, {target.folder, target.name, source.inode}});
  Touch(inodes_[*source.inode], false);
  return {};
}

void DiskModel::SetPermissions(InodeId inode, mode_t permissions) {
  inodes_[inode].permissions = permissions;
  Touch(inodes_[inode], false);
}

void DiskModel::Apply(const ContentChange& change, std::string& content) {
  if (change.truncated_to.has_value()) {
    content.resize(*change.truncated_to, '\0');
    return;
  }
  if (change.bytes.empty()) return;
  const std::size_t end = change.offset + change.bytes.size();
  if (content.size() < end) content.resize(end, '\0');
  content.replace(change.offset, change.bytes.size(), change.bytes);
}

void DiskModel::Write(InodeId file, std::uint64_t offset, std::string_view bytes) {
  Inode& inode = inodes_[file];
  inode.changes.push_back({.offset = offset, .bytes = std::string(bytes)});
  Apply(inode.changes.back(), inode.content);
  Touch(inode, true);
}

void DiskModel::Truncate(InodeId file, std::uint64_t size_bytes) {
  Inode& inode = inodes_[file];
  inode.changes.push_back({.truncated_to = size_bytes});
  Apply(inode.changes.back(), inode.content);
  Touch(inode, true);
}

void DiskModel::Sync(InodeId file) {
  Inode& inode = inodes_[file];
  for (const ContentChange& change : inode.changes) {
    if (!change.is_abandoned) Apply(change, inode.durable_content);
  }
  std::erase_if(inode.changes, [](const ContentChange& change) { return !change.is_abandoned; });
}

void DiskModel::FailSync(InodeId file) {
  for (ContentChange& change : inodes_[file].changes) change.is_abandoned = true;
}

void DiskModel::SyncFolder(InodeId folder) {
  Names& durable = inodes_[folder].durable_names;
  for (NameChange& change : unsynced_names_) {
    for (const NameEffect& effect : change) {
      if (effect.folder != folder) continue;
      if (effect.inode.has_value()) {
        durable.insert_or_assign(effect.name, *effect.inode);
      } else {
        durable.erase(effect.name);
      }
    }
    std::erase_if(change, [&](const NameEffect& effect) { return effect.folder == folder; });
  }
  std::erase_if(unsynced_names_, [](const NameChange& change) { return change.empty(); });
}

void DiskModel::SyncAll() {
  for (Inode& inode : inodes_) {
    inode.durable_content = inode.content;
    inode.changes.clear();
    inode.durable_names = inode.names;
  }
  unsynced_names_.clear();
}

std::vector<std::vector<bool>> DiskModel::NameOutcomes() const {
  const std::size_t count = unsynced_names_.size();
  std::vector<std::vector<bool>> outcomes;
  if (count <= kAllCombinationsMax) {
    for (std::size_t bits = 0; bits < (std::size_t{1} << count); ++bits) {
      std::vector<bool>& outcome = outcomes.emplace_back(count);
      for (std::size_t i = 0; i < count; ++i) outcome[i] = ((bits >> i) & 1) != 0;
    }
    return outcomes;
  }
  // None, some prefixes in order of time, all; then the newest alone or missing: reordering.
  constexpr std::size_t kPrefixes = 6;
  for (std::size_t i = 0; i <= kPrefixes; ++i) {
    std::vector<bool>& outcome = outcomes.emplace_back(count, false);
    std::fill_n(outcome.begin(), count * i / kPrefixes, true);
  }
  for (std::size_t i = count - kAllCombinationsMax; i < count; ++i) {
    outcomes.emplace_back(count, false)[i] = true;
    outcomes.emplace_back(count, true)[i] = false;
  }
  return outcomes;
}

std::vector<PowerLoss> DiskModel::PowerLosses() const {
  const bool has_content = std::any_of(inodes_.begin(), inodes_.end(),
                                       [](const Inode& inode) { return !inode.changes.empty(); });
  std::vector<PowerLoss> losses;
  for (std::vector<bool>& names : NameOutcomes()) {
    for (int content = 0; content <= static_cast<int>(SurvivingContent::kLastOnly); ++content) {
      losses.push_back({names, static_cast<SurvivingContent>(content)});
      if (!has_content) break;
    }
  }
  return losses;
}

PowerLoss DiskModel::NothingLost() const {
  return {std::vector<bool>(unsynced_names_.size(), true), SurvivingContent::kAll};
}

std::string DiskModel::Surviving(const Inode& inode, SurvivingContent survival) {
  std::string content = inode.durable_content;
  if (survival == SurvivingContent::kNone || inode.changes.empty()) return content;
  if (survival == SurvivingContent::kAll) return inode.content;
  if (survival == SurvivingContent::kZeros) {
    for (ContentChange change : inode.changes) {
      std::fill(change.bytes.begin(), change.bytes.end(), '\0');
      Apply(change, content);
    }
    return content;
  }
  ContentChange last = inode.changes.back();
  const std::size_t size = last.bytes.size();
  if (survival != SurvivingContent::kLastOnly) {
    for (std::size_t i = 0; i + 1 < inode.changes.size(); ++i) Apply(inode.changes[i], content);
    if (last.truncated_to.has_value()) return content;
  }
  if (survival == SurvivingContent::kTornAtFirstByte)
    last.bytes.resize(std::min<std::size_t>(size, 1));
  if (survival == SurvivingContent::kTornInMiddle) last.bytes.resize(size / 2);
  if (survival == SurvivingContent::kTornBeforeLastByte && size > 0) last.bytes.resize(size - 1);
  if (survival == SurvivingContent::kTornAtSector && size > 0) {
    const std::uint64_t end = (last.offset + size - 1) / kSectorBytes * kSectorBytes;
    last.bytes.resize(end > last.offset ? end - last.offset : 0);
  }
  Apply(last, content);
  return content;
}

DiskModel DiskModel::AfterPowerLoss(const PowerLoss& loss) const {
  REPRISE_ASSERT(loss.names.size() == unsynced_names_.size());
  DiskModel disk = *this;
  for (std::size_t i = 0; i < unsynced_names_.size(); ++i) {
    if (!loss.names[i]) continue;
    for (const NameEffect& effect : unsynced_names_[i]) {
      Names& names = disk.inodes_[effect.folder].durable_names;
      if (effect.inode.has_value()) {
        names.insert_or_assign(effect.name, *effect.inode);
      } else {
        names.erase(effect.name);
      }
    }
  }
  for (Inode& inode : disk.inodes_) {
    inode.content = Surviving(inode, loss.content);
    inode.names = inode.durable_names;
  }
  disk.SyncAll();
  return disk;
}

}  // namespace reprise::testing
