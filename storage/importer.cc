// A folder is imported in steps: walk it; take the digests that the stat cache knows; store the
// files that it does not; ask once whether the store holds the resulting tree, which proves that it
// holds everything below; only if it does not, ask for each file that was not read, store what is
// missing, and store the trees.

#include "storage/importer.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <span>

#include "storage/base/clock.h"
#include "storage/crypto/sha256.h"
#include "storage/folder_walk.h"
#include "storage/parallel.h"
#include "storage/stat_cache.h"

namespace reprise::storage {
namespace {

bool SameContent(const FileStat& a, const FileStat& b) {
  return a.device == b.device && a.inode == b.inode && a.size_bytes == b.size_bytes &&
         a.mtime_unix_ns == b.mtime_unix_ns && a.ctime_unix_ns == b.ctime_unix_ns;
}

struct StoredFile {
  PutResult put;
  FileStat stat;  // Of the content as it was stored.
  bool stable = true;
};

// A file whose next read fails when it is time to stop.
class StoppableFile final : public File {
 public:
  StoppableFile(std::unique_ptr<File> file, const StopFunction& stop)
      : file_(std::move(file)), stop_(stop) {}

  Result<std::size_t> ReadAt(std::uint64_t offset, MutableByteSpan buffer) const override {
    REPRISE_TRY(CheckStop(stop_, "storing '" + Printable(path()) + "'"));
    return file_->ReadAt(offset, buffer);
  }
  Result<void> WriteAt(std::uint64_t offset, ByteSpan bytes) override {
    return file_->WriteAt(offset, bytes);
  }
  Result<void> Sync() override { return file_->Sync(); }
  void StartWriteback(std::uint64_t offset, std::uint64_t size_bytes) override {
    file_->StartWriteback(offset, size_bytes);
  }
  Result<void> Truncate(std::uint64_t size_bytes) override { return file_->Truncate(size_bytes); }
  Result<FileStat> Stat() const override { return file_->Stat(); }
  const std::string& path() const override { return file_->path(); }

 private:
  const std::unique_ptr<File> file_;
  const StopFunction& stop_;
};

Result<std::unique_ptr<File>> OpenToRead(FileSystem& files, const std::string& path,
                                         const StopFunction& stop) {
  auto file = files.Open(path, OpenMode::kRead);
  if (!file.ok() || !stop) return file;
  return std::unique_ptr<File>(std::make_unique<StoppableFile>(*std::move(file), stop));
}

// Stores a file, once more if it changed meanwhile.
Result<StoredFile> StoreFile(FileSystem& files, const std::string& path, ObjectWriter& writer,
                             const StopFunction& stop) {
  constexpr int kAttempts = 2;
  StoredFile stored;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    REPRISE_ASSIGN_OR_RETURN(const auto file, OpenToRead(files, path, stop));
    REPRISE_ASSIGN_OR_RETURN(const FileStat before, file->Stat());
    if (before.kind != FileKind::kFile) {
      return Error{ErrorCode::kInvalidArgument,
                   "'" + Printable(path) + "' is no regular file any more"};
    }
    REPRISE_ASSIGN_OR_RETURN(stored.put, writer.PutFile(*file));
    REPRISE_ASSIGN_OR_RETURN(stored.stat, file->Stat());
    stored.stable =
        SameContent(before, stored.stat) && stored.put.size_bytes == stored.stat.size_bytes;
    if (stored.stable) break;
  }
  return stored;
}

void CollectFiles(WalkNode& folder, std::vector<WalkNode*>& out) {
  for (WalkNode& child : folder.children()) {
    if (child.kind == FileKind::kDirectory) CollectFiles(child, out);
    if (child.kind == FileKind::kFile) out.push_back(&child);
  }
}

// The tree document of a folder whose children have their digests.
std::string EncodeFolder(const WalkNode& folder) {
  TreeEncoder encoder;
  for (const WalkNode& child : folder.children()) encoder.Add(child.Entry());
  return encoder.Finish();
}

// Fills the digests and sizes of a walked folder and of all folders below.
void DigestFolders(WalkNode& folder) {
  folder.size_bytes = 0;
  for (WalkNode& child : folder.children()) {
    if (child.kind == FileKind::kDirectory) DigestFolders(child);
    if (child.kind != FileKind::kSymlink) folder.size_bytes += child.size_bytes;
  }
  folder.digest = crypto::Sha256(EncodeFolder(folder));
}

void Tell(const WalkNode& folder, const std::string& prefix, const ImportOptions& options) {
  for (const WalkNode& child : folder.children()) {
    const std::string path = prefix + child.name;
    options.on_entry(path, child.Entry());
    if (child.kind == FileKind::kDirectory) Tell(child, path + "/", options);
  }
}

class FolderImport {
 public:
  FolderImport(FileSystem& files, const std::string& path, ObjectWriter& writer,
               const ImportOptions& options)
      : files_(files),
        path_(path),
        writer_(writer),
        options_(options),
        threads_(ThreadCount(options.threads)),
        cache_(files, options.cache_folder, path),
        started_unix_ns_(NowUnixMs() * 1'000'000) {}

  Result<Imported> Import() {
    REPRISE_ASSIGN_OR_RETURN(FolderWalk walk,
                             WalkFolder(files_, path_,
                                        {.read_ignore_files = options_.read_ignore_files,
                                         .threads = threads_,
                                         .include = options_.include,
                                         .stop = options_.stop}));
    imported_.warnings = std::move(walk.warnings);
    std::vector<WalkNode*> all;
    CollectFiles(*walk.root, all);
    std::vector<WalkNode*> known;
    std::vector<WalkNode*> unknown;
    for (WalkNode* file : all) {
      const auto digest = cache_.Find(file->Stat());
      if (digest.has_value()) file->digest = *digest;
      (digest.has_value() ? known : unknown).push_back(file);
    }
    REPRISE_TRY(StoreFiles(unknown));
    REPRISE_TRY(CheckStop());
    DigestFolders(*walk.root);
    REPRISE_ASSIGN_OR_RETURN(const bool whole, IsPresent(walk.root->digest));
    if (!whole) {
      REPRISE_ASSIGN_OR_RETURN(const std::vector<WalkNode*> absent, Absent(known));
      REPRISE_TRY(StoreFiles(absent));
      if (!absent.empty()) DigestFolders(*walk.root);
      if (options_.store_trees) REPRISE_TRY(StoreTrees(*walk.root));
    }
    SaveCache(all, /*is_as_it_was=*/known.size() == all.size() && known.size() == cache_.size());
    imported_.kind = FileKind::kDirectory;
    imported_.digest = walk.root->digest;
    imported_.size_bytes = walk.root->size_bytes;
    std::ranges::sort(imported_.unstable);
    if (options_.on_entry) Tell(*walk.root, "", options_);
    return std::move(imported_);
  }

 private:
  Result<bool> IsPresent(const Digest& tree) {
    if (options_.presence == nullptr || !options_.store_trees) return false;
    REPRISE_ASSIGN_OR_RETURN(const bool proves, options_.presence->TreesAreWhole());
    if (!proves) return false;
    REPRISE_ASSIGN_OR_RETURN(const auto present, options_.presence->HasObjects({&tree, 1}));
    return present[0];
  }

  Result<void> CheckStop() const {
    return storage::CheckStop(options_.stop, "storing '" + Printable(path_) + "'");
  }

  // Of files whose digest was remembered, those that the store does not hold.
  Result<std::vector<WalkNode*>> Absent(const std::vector<WalkNode*>& known) {
    if (options_.presence == nullptr) return known;
    constexpr std::size_t kAskedMax = 4096;
    std::vector<WalkNode*> absent;
    for (std::span<WalkNode* const> rest = known; !rest.empty();) {
      REPRISE_TRY(CheckStop());
      const auto part = rest.first(std::min(rest.size(), kAskedMax));
      rest = rest.subspan(part.size());
      std::vector<Digest> digests;
      for (const WalkNode* file : part) digests.push_back(file->digest);
      REPRISE_ASSIGN_OR_RETURN(const auto present, options_.presence->HasObjects(digests));
      for (std::size_t i = 0; i < part.size(); ++i) {
        if (!present[i]) absent.push_back(part[i]);
      }
    }
    return absent;
  }

  Result<void> StoreFiles(const std::vector<WalkNode*>& nodes) {
    return ParallelFor(nodes.size(), threads_, [&](std::size_t i) -> Result<void> {
      WalkNode& node = *nodes[i];
      const std::string relative = node.Path();
      REPRISE_ASSIGN_OR_RETURN(const StoredFile stored, StoreFile(files_, JoinPath(path_, relative),
                                                                  writer_, options_.stop));
      node.SetStat(stored.stat);
      node.digest = stored.put.digest;
      node.size_bytes = stored.put.size_bytes;
      node.is_stable = stored.stable;
      const std::lock_guard lock(mutex_);
      if (!stored.stable) {
        imported_.unstable.push_back(relative);
        imported_.warnings.push_back("'" + Printable(relative) + "' changed while it was read");
      }
      ++files_done_;
      bytes_done_ += stored.put.size_bytes;
      if (options_.progress) options_.progress(files_done_, bytes_done_);
      return {};
    });
  }

  // Subfolders first.
  Result<void> StoreTrees(const WalkNode& folder) {
    for (const WalkNode& child : folder.children()) {
      if (child.kind == FileKind::kDirectory) REPRISE_TRY(StoreTrees(child));
    }
    REPRISE_TRY(CheckStop());
    REPRISE_TRY(writer_.Put(AsBytes(EncodeFolder(folder))));
    return {};
  }

  void SaveCache(const std::vector<WalkNode*>& all, bool is_as_it_was) {
    if (options_.cache_folder.empty() || is_as_it_was) return;
    std::vector<StatCache::Record> records;
    records.reserve(all.size());
    for (const WalkNode* file : all) {
      if (file->is_stable) records.emplace_back(file->Stat(), file->digest);
    }
    cache_.Save(std::move(records), started_unix_ns_);
  }

  FileSystem& files_;
  const std::string& path_;
  ObjectWriter& writer_;
  const ImportOptions& options_;
  const unsigned threads_;
  StatCache cache_;
  const std::int64_t started_unix_ns_;
  std::mutex mutex_;
  std::uint64_t files_done_ = 0;
  std::uint64_t bytes_done_ = 0;
  Imported imported_;
};

Result<Imported> ImportFile(FileSystem& files, const std::string& path, ObjectWriter& writer,
                            const ImportOptions& options) {
  StatCache cache(files, options.cache_folder, path);
  const std::int64_t started_unix_ns = NowUnixMs() * 1'000'000;
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files.StatFollowing(path));
  Imported imported;
  imported.executable = stat.executable;
  if (const auto digest = cache.Find(stat); digest.has_value() && options.presence != nullptr) {
    REPRISE_ASSIGN_OR_RETURN(const auto present, options.presence->HasObjects({&*digest, 1}));
    if (present[0]) {
      imported.digest = *digest;
      imported.size_bytes = stat.size_bytes;
      return imported;
    }
  }
  REPRISE_ASSIGN_OR_RETURN(const StoredFile stored, StoreFile(files, path, writer, options.stop));
  imported.digest = stored.put.digest;
  imported.size_bytes = stored.put.size_bytes;
  if (!stored.stable) {
    imported.unstable.emplace_back("");
    imported.warnings.push_back("'" + Printable(path) + "' changed while it was read");
  } else {
    cache.Save({StatCache::Record(stored.stat, stored.put.digest)}, started_unix_ns);
  }
  if (options.progress) options.progress(1, imported.size_bytes);
  return imported;
}

}  // namespace

Result<Imported> Import(FileSystem& files, const std::string& path, ObjectWriter& writer,
                        const ImportOptions& options) {
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files.StatFollowing(path));
  switch (stat.kind) {
    case FileKind::kDirectory:
      return FolderImport(files, path, writer, options).Import();
    case FileKind::kFile:
      return ImportFile(files, path, writer, options);
    default:
      return Error{ErrorCode::kInvalidArgument, "'" + Printable(path) +
                                                    "' is a socket, device or FIFO, which has no "
                                                    "content to store; name a file or folder"};
  }
}

}  // namespace reprise::storage
