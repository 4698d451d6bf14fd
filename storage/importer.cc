// A folder is imported in steps: walk it; take the digests that the stat cache knows; store the
// files that it does not; ask once whether the store holds the resulting tree, which proves that it
// holds everything below; only if it does not, ask for each file that was not read, store what is
// missing, and store the trees.

#include "storage/importer.h"

#include <algorithm>
#include <atomic>
#include <mutex>

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

// Stores a file, once more if it changed meanwhile.
Result<StoredFile> StoreFile(FileSystem& files, const std::string& path, ObjectWriter& writer) {
  constexpr int kAttempts = 2;
  StoredFile stored;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    REPRISE_ASSIGN_OR_RETURN(const auto file, files.Open(path, OpenMode::kRead));
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

// A file of the walk with its path.
struct FileRef {
  WalkNode* node;
  std::string path;      // To open it by.
  std::string relative;  // To the imported folder.
};

void CollectFiles(WalkNode& folder, const std::string& top, const std::string& relative,
                  std::vector<FileRef>& out) {
  for (const auto& child : folder.children) {
    const std::string below =
        relative.empty() ? child->entry.name : relative + "/" + child->entry.name;
    if (child->entry.kind == FileKind::kDirectory) {
      CollectFiles(*child, top, below, out);
    } else if (child->entry.kind == FileKind::kFile) {
      out.push_back({child.get(), JoinPath(top, below), below});
    }
  }
}

// The tree documents of a walked folder, subfolders first; fills digests and sizes of folders.
void BuildTrees(WalkNode& folder, std::vector<std::string>& documents) {
  Tree tree;
  folder.entry.size_bytes = 0;
  for (const auto& child : folder.children) {
    if (child->entry.kind == FileKind::kDirectory) BuildTrees(*child, documents);
    if (child->entry.kind != FileKind::kSymlink) {
      folder.entry.size_bytes += child->entry.size_bytes;
    }
    tree.entries.push_back(child->entry);
  }
  documents.push_back(EncodeTree(tree));
  folder.entry.digest = crypto::Sha256(documents.back());
}

void Tell(const WalkNode& folder, const std::string& relative, const ImportOptions& options) {
  for (const auto& child : folder.children) {
    const std::string below =
        relative.empty() ? child->entry.name : relative + "/" + child->entry.name;
    options.on_entry(below, child->entry);
    if (child->entry.kind == FileKind::kDirectory) Tell(*child, below, options);
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
                                         .include = options_.include}));
    imported_.warnings = std::move(walk.warnings);
    std::vector<FileRef> all;
    CollectFiles(*walk.root, path_, "", all);
    std::vector<FileRef> known;
    std::vector<FileRef> unknown;
    for (FileRef& file : all) {
      const auto digest = cache_.Find(file.node->stat);
      if (digest.has_value()) file.node->entry.digest = *digest;
      (digest.has_value() ? known : unknown).push_back(file);
    }
    REPRISE_TRY(StoreFiles(unknown));
    std::vector<std::string> trees;
    BuildTrees(*walk.root, trees);
    REPRISE_ASSIGN_OR_RETURN(const bool whole, IsPresent(walk.root->entry.digest));
    if (!whole) {
      REPRISE_ASSIGN_OR_RETURN(const std::vector<FileRef> absent, Absent(known));
      REPRISE_TRY(StoreFiles(absent));
      if (!absent.empty()) {
        trees.clear();
        BuildTrees(*walk.root, trees);
      }
      if (options_.store_trees) REPRISE_TRY(StoreTrees(trees));
    }
    SaveCache(all);
    imported_.kind = FileKind::kDirectory;
    imported_.digest = walk.root->entry.digest;
    imported_.size_bytes = walk.root->entry.size_bytes;
    std::ranges::sort(imported_.unstable);
    if (options_.on_entry) Tell(*walk.root, "", options_);
    return std::move(imported_);
  }

 private:
  Result<bool> IsPresent(const Digest& tree) {
    if (options_.presence == nullptr || !options_.store_trees) return false;
    REPRISE_ASSIGN_OR_RETURN(const bool trees_are_whole, options_.presence->TreesAreWhole());
    if (!trees_are_whole) return false;
    REPRISE_ASSIGN_OR_RETURN(const auto present, options_.presence->HasObjects({&tree, 1}));
    return present[0];
  }

  // Of files whose digest was remembered, those that the store does not hold.
  Result<std::vector<FileRef>> Absent(const std::vector<FileRef>& known) {
    if (options_.presence == nullptr || known.empty()) return known;
    std::vector<Digest> digests;
    digests.reserve(known.size());
    for (const FileRef& file : known) digests.push_back(file.node->entry.digest);
    REPRISE_ASSIGN_OR_RETURN(const auto present, options_.presence->HasObjects(digests));
    std::vector<FileRef> absent;
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (!present[i]) absent.push_back(known[i]);
    }
    return absent;
  }

  Result<void> StoreFiles(const std::vector<FileRef>& refs) {
    return ParallelFor(refs.size(), threads_, [&](std::size_t i) -> Result<void> {
      const FileRef& ref = refs[i];
      REPRISE_ASSIGN_OR_RETURN(const StoredFile stored, StoreFile(files_, ref.path, writer_));
      ref.node->entry.digest = stored.put.digest;
      ref.node->entry.size_bytes = stored.put.size_bytes;
      ref.node->stat = stored.stat;
      ref.node->hashed = stored.stable;
      const std::lock_guard lock(mutex_);
      if (!stored.stable) {
        imported_.unstable.push_back(ref.relative);
        imported_.warnings.push_back("'" + Printable(ref.relative) + "' changed while it was read");
      }
      ++files_done_;
      bytes_done_ += stored.put.size_bytes;
      if (options_.progress) options_.progress(files_done_, bytes_done_);
      return {};
    });
  }

  Result<void> StoreTrees(const std::vector<std::string>& trees) {
    for (const std::string& document : trees) REPRISE_TRY(writer_.Put(AsBytes(document)));
    return {};
  }

  void SaveCache(const std::vector<FileRef>& all) {
    if (options_.cache_folder.empty()) return;
    std::vector<StatCache::Entry> entries;
    entries.reserve(all.size());
    for (const FileRef& file : all) {
      const bool unstable =
          std::ranges::find(imported_.unstable, file.relative) != imported_.unstable.end();
      if (!unstable) entries.push_back({file.node->stat, file.node->entry.digest});
    }
    cache_.Save(std::move(entries), started_unix_ns_);
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
  REPRISE_ASSIGN_OR_RETURN(const StoredFile stored, StoreFile(files, path, writer));
  imported.digest = stored.put.digest;
  imported.size_bytes = stored.put.size_bytes;
  if (!stored.stable) {
    imported.unstable.emplace_back("");
    imported.warnings.push_back("'" + Printable(path) + "' changed while it was read");
  } else {
    cache.Save({{stored.stat, stored.put.digest}}, started_unix_ns);
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
