#include "storage/folder_walk.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "storage/ignore.h"

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

struct Job {
  WalkNode* node;
  std::string relative;  // "" for the top.
  std::shared_ptr<const IgnoreChain> ignore;
};

class Walker {
 public:
  Walker(FileSystem& files, std::string top, const WalkOptions& options)
      : files_(files), top_(std::move(top)), options_(options) {}

  Result<FolderWalk> Walk() {
    FolderWalk walk;
    walk.root = std::make_unique<WalkNode>();
    walk.root->kind = FileKind::kDirectory;
    jobs_.push_back({walk.root.get(), "", nullptr});
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

  Result<std::shared_ptr<const IgnoreChain>> ReadIgnoreFile(
      const Job& job, const std::vector<DirectoryEntry>& entries) {
    const bool present = std::ranges::any_of(entries, [](const DirectoryEntry& entry) {
      return entry.name == kIgnoreFileName && entry.stat.kind == FileKind::kFile;
    });
    if (!present || !options_.read_ignore_files) return job.ignore;
    REPRISE_ASSIGN_OR_RETURN(
        const std::string text,
        ReadFile(files_, JoinPath(PathOf(job.relative), kIgnoreFileName), kIgnoreFileBytesMax));
    auto chain = std::make_shared<IgnoreChain>();
    chain->outer = job.ignore;
    chain->rules = IgnoreRules::Parse(text);
    chain->prefix_bytes = job.relative.empty() ? 0 : job.relative.size() + 1;
    return std::shared_ptr<const IgnoreChain>(std::move(chain));
  }

  std::string PathOf(const std::string& relative) const {
    return relative.empty() ? top_ : JoinPath(top_, relative);
  }

  static std::string RelativePath(const Job& job, const std::string& name) {
    return job.relative.empty() ? name : job.relative + "/" + name;
  }

  Result<void> CheckStop() const {
    return storage::CheckStop(options_.stop, "listing '" + Printable(top_) + "'");
  }

  void Warn(const std::string& relative) {
    const std::lock_guard lock(mutex_);
    warnings_.push_back("'" + Printable(relative) +
                        "' is a socket, device or FIFO and was left out");
  }

  bool Wanted(const std::string& relative, const DirectoryEntry& entry,
              const IgnoreChain* ignore) const {
    if (entry.name == ".git" || entry.name == ".reprise") return false;
    if (IsIgnored(ignore, relative, entry.stat.kind == FileKind::kDirectory)) return false;
    return !options_.include || options_.include(relative, entry.stat.kind);
  }

  // Fills the folder's children; returns the folders among them as jobs.
  Result<std::vector<Job>> ListFolder(const Job& job) {
    REPRISE_TRY(CheckStop());
    REPRISE_ASSIGN_OR_RETURN(std::vector<DirectoryEntry> entries,
                             files_.List(PathOf(job.relative)));
    std::ranges::sort(entries, {}, &DirectoryEntry::name);
    REPRISE_ASSIGN_OR_RETURN(const auto ignore, ReadIgnoreFile(job, entries));
    job.node->below = std::make_unique<WalkNode::Below>();
    std::vector<WalkNode>& children = job.node->below->children;
    children.reserve(entries.size());
    std::string relative;
    for (DirectoryEntry& entry : entries) {
      relative = RelativePath(job, entry.name);
      if (!Wanted(relative, entry, ignore.get())) continue;
      if (entry.stat.kind == FileKind::kOther) {
        Warn(relative);
        continue;
      }
      WalkNode& node = children.emplace_back();
      node.parent = job.node;
      node.SetStat(entry.stat);
      node.name = std::move(entry.name);
      if (node.kind == FileKind::kSymlink) {
        REPRISE_TRY(CheckStop());
        node.below = std::make_unique<WalkNode::Below>();
        REPRISE_ASSIGN_OR_RETURN(node.below->target, files_.ReadLink(PathOf(relative)));
      }
    }
    // Only now do the children stay where they are.
    std::vector<Job> jobs;
    for (WalkNode& child : children) {
      if (child.kind != FileKind::kDirectory) continue;
      jobs.push_back({&child, RelativePath(job, child.name), ignore});
    }
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

}  // namespace

FileStat WalkNode::Stat() const {
  FileStat stat;
  stat.kind = kind;
  stat.executable = executable;
  stat.size_bytes = size_bytes;
  stat.device = device;
  stat.inode = inode;
  stat.mtime_unix_ns = mtime_unix_ns;
  stat.ctime_unix_ns = ctime_unix_ns;
  return stat;
}

void WalkNode::SetStat(const FileStat& stat) {
  kind = stat.kind;
  executable = kind == FileKind::kFile && stat.executable;
  size_bytes = stat.size_bytes;
  device = stat.device;
  inode = stat.inode;
  mtime_unix_ns = stat.mtime_unix_ns;
  ctime_unix_ns = stat.ctime_unix_ns;
}

TreeEntry WalkNode::Entry() const {
  TreeEntry entry;
  entry.name = name;
  entry.kind = kind;
  if (kind == FileKind::kSymlink) {
    entry.target = below->target;
    return entry;
  }
  entry.executable = executable;
  entry.size_bytes = size_bytes;
  entry.digest = digest;
  return entry;
}

std::string WalkNode::Path() const {
  if (parent == nullptr) return "";
  std::string path = parent->Path();
  if (!path.empty()) path += '/';
  return path + name;
}

Result<FolderWalk> WalkFolder(FileSystem& files, const std::string& path,
                              const WalkOptions& options) {
  return Walker(files, path, options).Walk();
}

}  // namespace reprise::storage
