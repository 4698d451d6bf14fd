#include "storage/folder_walk.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>

#include "storage/ignore.h"
#include "storage/private_folder.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kIgnoreFileName = ".repriseignore";
constexpr std::uint64_t kIgnoreFileBytesMax = 1U << 20;

// The ignore files from the top folder down to one folder.
struct IgnoreChain {
  std::shared_ptr<const IgnoreChain> outer;  // Shared by all folders below.
  IgnoreRules rules;
  std::size_t prefix_bytes =
      0;  // Of the folder's path and its slash, in paths relative to the top.
};

bool IsIgnored(const IgnoreChain* chain, std::string_view path, bool is_folder) {
  for (; chain != nullptr; chain = chain->outer.get()) {
    const auto decided = chain->rules.Decide(path.substr(chain->prefix_bytes), is_folder);
    if (decided.has_value()) return *decided;
  }
  return false;
}

// What of a file's stat its entry does not have; a long folder has many.
struct FileIdentity {
  std::uint64_t device;
  std::uint64_t inode;
  std::int64_t mtime_unix_ns;
  std::int64_t ctime_unix_ns;
};

// Shrinking copies, so it must be worth it.
void FreeSpareRoom(auto& container) {
  if (container.capacity() > container.size() + container.size() / 4) container.shrink_to_fit();
}

struct Job {
  WalkFolder* folder;
  std::string relative;  // "" for the top.
  std::shared_ptr<const IgnoreChain> ignore;
};

class Walker {
 public:
  Walker(FileSystem& files, std::string top, const WalkOptions& options)
      : files_(files), top_(std::move(top)), options_(options) {}

  Result<Walk> Run() {
    Walk walk;
    walk.top = std::make_unique<WalkFolder>();
    jobs_.push_back({walk.top.get(), "", nullptr});
    {
      std::vector<std::jthread> helpers;
      for (unsigned i = 1; i < options_.threads; ++i) helpers.emplace_back([this] { Work(); });
      Work();
    }
    if (failed_.has_value()) return *std::move(failed_);
    std::ranges::sort(warnings_);
    walk.warnings = std::move(warnings_);
    return walk;
  }

 private:
  void Work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return !jobs_.empty() || active_ == 0 || failed_.has_value(); });
      if (jobs_.empty() || failed_.has_value()) break;
      Job job = std::move(jobs_.back());  // Depth first keeps the queue short.
      jobs_.pop_back();
      ++active_;
      lock.unlock();
      auto listed = ListFolder(job);
      lock.lock();
      --active_;
      if (!listed.ok()) {
        if (!failed_.has_value()) failed_ = std::move(listed).error();
      } else {
        for (Job& below : *listed) jobs_.push_back(std::move(below));
      }
      wake_.notify_all();
    }
    wake_.notify_all();
  }

  Result<std::shared_ptr<const IgnoreChain>> ReadIgnoreFile(const Job& job) {
    const bool present = std::ranges::any_of(job.folder->entries, [&](const WalkEntry& entry) {
      return entry.kind() == FileKind::kFile && job.folder->NameOf(entry) == kIgnoreFileName;
    });
    if (!present || !options_.read_ignore_files) return job.ignore;
    const auto text =
        ReadFile(files_, JoinPath(PathOf(job.relative), kIgnoreFileName), kIgnoreFileBytesMax);
    if (!text.ok() && text.error().code == ErrorCode::kNotFound) return job.ignore;
    if (!text.ok()) return text.error();
    auto chain = std::make_shared<IgnoreChain>();
    chain->outer = job.ignore;
    chain->rules = IgnoreRules::Parse(*text);
    chain->prefix_bytes = job.relative.empty() ? 0 : job.relative.size() + 1;
    return std::shared_ptr<const IgnoreChain>(std::move(chain));
  }

  std::string PathOf(const std::string& relative) const {
    return relative.empty() ? top_ : JoinPath(top_, relative);
  }

  static std::string RelativePath(const Job& job, std::string_view name) {
    std::string path = job.relative;
    if (!path.empty()) path += '/';
    path += name;
    return path;
  }

  void WarnOf(const std::string& relative, const std::string& what) {
    const std::lock_guard lock(mutex_);
    warnings_.push_back("'" + Printable(relative) + "' is a " + what + " and was left out");
  }

  Result<void> CheckStop() const { return storage::CheckStop(options_.stop, "listing", top_); }

  bool IsWanted(const Job& job, const WalkEntry& entry, const IgnoreChain* ignore) {
    const std::string_view name = job.folder->NameOf(entry);
    if (IsPrivateName(name)) return false;
    const bool is_folder = entry.kind() == FileKind::kDirectory;
    const bool is_other = entry.kind() == FileKind::kOther;
    if (ignore == nullptr && !options_.include && !is_folder && !is_other) return true;
    const std::string relative = RelativePath(job, name);
    if (IsIgnored(ignore, relative, is_folder)) return false;
    if (options_.include && !options_.include(relative, entry.kind())) return false;
    const bool is_store = is_folder && IsStoreFolder(files_, PathOf(relative));
    if (is_store) WarnOf(relative, "store of Reprise");
    if (is_other) WarnOf(relative, "socket, device or FIFO");
    return !is_store && !is_other;
  }

  // Lists what is directly in the folder, in the order in which the file system has it; of each
  // file, `below` is then its place in the result.
  Result<std::vector<FileIdentity>> ReadEntries(const Job& job) {
    WalkFolder& folder = *job.folder;
    std::vector<FileIdentity> identities;
    const auto add = [&](const DirectoryEntry& listed) -> Result<void> {
      REPRISE_TRY(CheckStop());
      WalkEntry& entry = folder.entries.emplace_back();
      entry.name_bytes = static_cast<std::uint16_t>(listed.name.size());
      entry.kind_value = static_cast<std::uint8_t>(listed.stat.kind);
      REPRISE_ASSIGN_OR_RETURN(entry.name_start, AddText(folder, listed.name));
      if (listed.stat.kind != FileKind::kFile) return {};
      entry.executable = listed.stat.executable;
      entry.size_bytes = listed.stat.size_bytes;
      if (!options_.recall) return {};
      entry.below = static_cast<std::uint32_t>(identities.size());
      identities.push_back({listed.stat.device, listed.stat.inode, listed.stat.mtime_unix_ns,
                            listed.stat.ctime_unix_ns});
      return {};
    };
    REPRISE_TRY(files_.ForEachEntry(PathOf(job.relative), add));
    return identities;
  }

  // In name order, in which files are likely to have been made, and their stats to be remembered
  // side by side.
  void RecallFiles(WalkFolder& folder, std::vector<FileIdentity> identities) const {
    if (!options_.recall) return;
    for (WalkEntry& entry : folder.entries) {
      if (entry.kind() != FileKind::kFile) continue;
      const FileIdentity& identity = identities[entry.below];
      FileStat stat;
      stat.executable = entry.executable;
      stat.size_bytes = entry.size_bytes;
      stat.device = identity.device;
      stat.inode = identity.inode;
      stat.mtime_unix_ns = identity.mtime_unix_ns;
      stat.ctime_unix_ns = identity.ctime_unix_ns;
      const auto digest = options_.recall(stat);
      entry.is_known = digest.has_value();
      entry.digest = digest.value_or(Digest());
    }
  }

  // Where `text` now begins in the folder's text.
  Result<std::uint32_t> AddText(WalkFolder& folder, std::string_view text) const {
    const std::size_t start = folder.text.size();
    if (text.size() > std::numeric_limits<std::uint16_t>::max() ||
        start + text.size() > std::numeric_limits<std::uint32_t>::max()) {
      return Error{ErrorCode::kUnsupported, "cannot list '" + Printable(PathOf(folder.Path())) +
                                                "': its names are longer than 4 GiB together"};
    }
    folder.text += text;
    return static_cast<std::uint32_t>(start);
  }

  Result<void> ReadLink(const Job& job, WalkEntry& entry) {
    WalkFolder& folder = *job.folder;
    const auto target = files_.ReadLink(PathOf(RelativePath(job, folder.NameOf(entry))));
    if (!target.ok()) {
      if (target.error().code != ErrorCode::kNotFound) return target.error();
      entry.is_gone = true;
      return {};
    }
    REPRISE_ASSIGN_OR_RETURN(entry.below, AddText(folder, *target));
    entry.target_bytes = static_cast<std::uint16_t>(target->size());
    return {};
  }

  // Fills the folder's entries; returns the folders among them as jobs.
  Result<std::vector<Job>> ListFolder(const Job& job) {
    WalkFolder& folder = *job.folder;
    REPRISE_TRY(CheckStop());
    auto read = ReadEntries(job);
    if (!read.ok()) {
      if (read.error().code != ErrorCode::kNotFound || folder.parent == nullptr) {
        return std::move(read).error();
      }
      folder.entries.clear();
      folder.is_gone = true;
      return std::vector<Job>();
    }
    std::vector<FileIdentity> identities = *std::move(read);
    REPRISE_ASSIGN_OR_RETURN(const auto ignore, ReadIgnoreFile(job));
    std::erase_if(folder.entries,
                  [&](const WalkEntry& entry) { return !IsWanted(job, entry, ignore.get()); });
    std::ranges::sort(folder.entries, {},
                      [&](const WalkEntry& entry) { return folder.NameOf(entry); });
    RecallFiles(folder, std::move(identities));
    std::vector<Job> jobs;
    for (WalkEntry& entry : folder.entries) {
      if (entry.kind() == FileKind::kSymlink) {
        REPRISE_TRY(CheckStop());
        REPRISE_TRY(ReadLink(job, entry));
      }
      if (entry.kind() != FileKind::kDirectory) continue;
      entry.below = static_cast<std::uint32_t>(folder.folders.size());
      auto& below = folder.folders.emplace_back(std::make_unique<WalkFolder>());
      below->parent = &folder;
      below->place = static_cast<std::uint32_t>(&entry - folder.entries.data());
      jobs.push_back({below.get(), RelativePath(job, folder.NameOf(entry)), ignore});
    }
    FreeSpareRoom(folder.text);
    FreeSpareRoom(folder.entries);
    return jobs;
  }

  FileSystem& files_;
  const std::string top_;
  const WalkOptions& options_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  unsigned active_ = 0;
  std::optional<Error> failed_;
  std::vector<std::string> warnings_;
};

std::string Below(const std::string& top, const std::string& relative) {
  return relative.empty() ? top : JoinPath(top, relative);
}

// Adds to `dropped` what went; whether the folder went itself, with all that was added for it.
Result<bool> DropBelow(FileSystem& files, const std::string& top, WalkFolder& folder,
                       std::vector<std::string>& dropped) {
  if (folder.is_gone) return true;
  const std::size_t dropped_before = dropped.size();
  bool any = false;
  for (WalkEntry& entry : folder.entries) {
    if (entry.kind() == FileKind::kDirectory) {
      REPRISE_ASSIGN_OR_RETURN(entry.is_gone,
                               DropBelow(files, top, *folder.folders[entry.below], dropped));
    }
    any = any || entry.is_gone;
  }
  if (!any) return false;
  const auto stat = files.StatFollowing(Below(top, folder.Path()));
  if (!stat.ok() && stat.error().code == ErrorCode::kNotFound) {
    dropped.resize(dropped_before);
    return true;
  }
  for (const WalkEntry& entry : folder.entries) {
    if (entry.is_gone) dropped.push_back(folder.PathOf(entry));
  }
  std::erase_if(folder.entries, [](const WalkEntry& entry) { return entry.is_gone; });
  for (const WalkEntry& entry : folder.entries) {
    if (entry.kind() != FileKind::kDirectory) continue;
    folder.folders[entry.below]->place = static_cast<std::uint32_t>(&entry - folder.entries.data());
  }
  return false;
}

}  // namespace

TreeEntry WalkFolder::Describe(const WalkEntry& entry) const {
  TreeEntry described;
  described.name = NameOf(entry);
  described.kind = entry.kind();
  if (entry.kind() == FileKind::kSymlink) {
    described.target = text.substr(entry.below, entry.target_bytes);
    return described;
  }
  described.executable = entry.executable;
  described.size_bytes = entry.size_bytes;
  described.digest = entry.digest;
  return described;
}

std::string WalkFolder::Path() const {
  return parent == nullptr ? "" : parent->PathOf(parent->entries[place]);
}

std::string WalkFolder::PathOf(const WalkEntry& entry) const {
  std::string path = Path();
  if (!path.empty()) path += '/';
  path += NameOf(entry);
  return path;
}

Result<Walk> WalkFolders(FileSystem& files, const std::string& path, const WalkOptions& options) {
  return Walker(files, path, options).Run();
}

Result<std::vector<std::string>> DropVanished(FileSystem& files, const std::string& path,
                                              WalkFolder& top) {
  std::vector<std::string> dropped;
  REPRISE_ASSIGN_OR_RETURN(const bool is_gone, DropBelow(files, path, top, dropped));
  if (is_gone) {
    return Error{ErrorCode::kNotFound, "'" + Printable(path) + "' vanished while it was read"};
  }
  return dropped;
}

}  // namespace reprise::storage
