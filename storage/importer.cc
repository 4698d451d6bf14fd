// A folder is imported in steps: walk it; take the digests that the stat cache knows; store the
// files that it does not; ask once whether the store holds the resulting tree with everything
// below; only if it does not, ask for each file that was not read, store what is missing, and store
// the trees.  What vanishes between these steps is left out, as a deletion before the walk would
// have left it out.  The stat cache may be saved before the session is sealed: it proves nothing of
// the store.

#include "storage/importer.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "storage/base/clock.h"
#include "storage/crypto/sha256.h"
#include "storage/folder_walk.h"
#include "storage/parallel.h"
#include "storage/stat_cache.h"

namespace reprise::storage {
namespace {

struct StoredFile {
  PutResult put;
  FileStat stat;  // Of the content as it was stored.
  bool stable = true;
  bool is_gone = false;  // There is no such file, and nothing was stored.
};

// Stores a file, once more if it changed meanwhile; `on_read` is told how many bytes each read
// gave.  Of one that vanishes then, what was read stays.
Result<StoredFile> StoreFile(FileSystem& files, const std::string& path, ObjectWriter& writer,
                             const StopFunction& stop,
                             const std::function<void(std::uint64_t bytes)>& on_read) {
  constexpr int kAttempts = 2;
  StoredFile stored;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto opened = files.Open(path, OpenMode::kRead);
    if (!opened.ok()) {
      if (opened.error().code != ErrorCode::kNotFound) return std::move(opened).error();
      stored.is_gone = attempt == 0;
      return stored;
    }
    const auto file = *std::move(opened);
    REPRISE_ASSIGN_OR_RETURN(const FileStat before, file->Stat());
    if (before.kind != FileKind::kFile) {
      return Error{ErrorCode::kInvalidArgument,
                   "'" + Printable(path) + "' is no regular file any more"};
    }
    const auto read = [&](std::uint64_t offset, MutableByteSpan buffer) -> Result<std::size_t> {
      REPRISE_TRY(CheckStop(stop, "storing", path));
      REPRISE_ASSIGN_OR_RETURN(const std::size_t bytes, file->ReadAt(offset, buffer));
      on_read(bytes);
      return bytes;
    };
    REPRISE_ASSIGN_OR_RETURN(stored.put, writer.PutStream(read));
    REPRISE_ASSIGN_OR_RETURN(stored.stat, file->Stat());
    stored.stable =
        IsUnchanged(before, stored.stat) && stored.put.size_bytes == stored.stat.size_bytes;
    if (stored.stable) break;
  }
  return stored;
}

// Fills the digests and sizes of a walked folder's subfolders, then returns its own; `stream` is
// clean before and after.
Digest DigestFolder(WalkFolder& folder, std::uint64_t& size_bytes, crypto::Sha256Stream& stream) {
  constexpr std::size_t kHashedBytes = 64U << 10;  // At a time: a document may be very long.
  for (WalkEntry& entry : folder.entries) {
    if (entry.kind() != FileKind::kDirectory) continue;
    entry.size_bytes = 0;
    entry.digest = DigestFolder(*folder.folders[entry.below], entry.size_bytes, stream);
  }
  TreeEncoder encoder;
  for (const WalkEntry& entry : folder.entries) {
    size_bytes += entry.size_bytes;  // 0 of a symlink.
    encoder.Add(folder.Describe(entry));
    if (encoder.ready_bytes() >= kHashedBytes) stream.Update(AsBytes(encoder.Take()));
  }
  stream.Update(AsBytes(encoder.Finish()));
  return stream.Finish();
}

void Tell(const WalkFolder& folder, const std::string& prefix, const ImportOptions& options) {
  for (const WalkEntry& entry : folder.entries) {
    const std::string path = prefix + std::string(folder.NameOf(entry));
    options.on_entry(path, folder.Describe(entry));
    if (entry.kind() == FileKind::kDirectory) {
      Tell(*folder.folders[entry.below], path + "/", options);
    }
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
        cache_(files, options.cache_folder, path, NowUnixMs() * 1'000'000) {}

  Result<Imported> Import() {
    REPRISE_ASSIGN_OR_RETURN(
        Walk walk,
        WalkFolders(files_, path_,
                    {.read_ignore_files = options_.read_ignore_files,
                     .threads = threads_,
                     .include = options_.include,
                     .stop = options_.stop,
                     .recall = [this](const FileStat& stat) { return cache_.Find(stat); }}));
    imported_.warnings = std::move(walk.warnings);
    WalkFolder& top = *walk.top;
    REPRISE_TRY(StoreUnknown(top));
    REPRISE_TRY(DigestFolders(top));
    REPRISE_ASSIGN_OR_RETURN(const bool whole, IsPresent());
    if (!whole) {
      REPRISE_ASSIGN_OR_RETURN(const bool any_absent, StoreAbsent(top));
      if (any_absent) REPRISE_TRY(DigestFolders(top));
      if (options_.store_trees) REPRISE_TRY(StoreTrees(top));
    }
    cache_.Save();
    imported_.kind = FileKind::kDirectory;
    std::ranges::sort(imported_.unstable);
    if (options_.on_entry) Tell(top, "", options_);
    return std::move(imported_);
  }

 private:
  struct FileRef {
    WalkFolder* folder;
    std::uint32_t place;  // In its entries.
  };

  using FileVisit = std::function<Result<void>(const FileRef& file)>;

  // Calls `visit` for each file below `folder` whose digest is known (or not), in name order.
  static Result<void> ForEachFile(WalkFolder& folder, bool known, const FileVisit& visit) {
    for (const WalkEntry& entry : folder.entries) {
      if (entry.kind() == FileKind::kDirectory) {
        REPRISE_TRY(ForEachFile(*folder.folders[entry.below], known, visit));
      } else if (entry.kind() == FileKind::kFile && entry.is_known == known) {
        const auto place = static_cast<std::uint32_t>(&entry - folder.entries.data());
        REPRISE_TRY(visit({&folder, place}));
      }
    }
    return {};
  }

  Result<void> DigestFolders(WalkFolder& top) {
    REPRISE_TRY(CheckStop());
    REPRISE_ASSIGN_OR_RETURN(const auto vanished, DropVanished(files_, path_, top));
    for (const std::string& relative : vanished) {
      imported_.warnings.push_back("'" + Printable(relative) +
                                   "' vanished before it was read and was left out");
    }
    crypto::Sha256Stream stream;
    imported_.size_bytes = 0;
    imported_.digest = DigestFolder(top, imported_.size_bytes, stream);
    return {};
  }

  Result<bool> IsPresent() {
    if (options_.presence == nullptr || !options_.store_trees) return false;
    return options_.presence->HasTree(imported_.digest);
  }

  Result<void> CheckStop() const { return storage::CheckStop(options_.stop, "storing", path_); }

  Result<void> StoreUnknown(WalkFolder& top) {
    constexpr std::size_t kStoredMax = 1U << 16;  // At a time.
    std::vector<FileRef> files;
    REPRISE_TRY(ForEachFile(top, /*known=*/false, [&](const FileRef& file) {
      files.push_back(file);
      return files.size() < kStoredMax ? Result<void>() : StoreFiles(std::exchange(files, {}));
    }));
    return StoreFiles(files);
  }

  // Stores those of the files whose digest was remembered that the store does not hold; whether
  // there were any.
  Result<bool> StoreAbsent(WalkFolder& top) {
    constexpr std::size_t kAskedMax = 4096;  // At a time.
    std::vector<FileRef> files;
    bool any = false;
    const auto store = [&]() -> Result<void> {
      REPRISE_TRY(CheckStop());
      REPRISE_TRY(KeepAbsent(files));
      any = any || !files.empty();
      return StoreFiles(std::exchange(files, {}));
    };
    REPRISE_TRY(ForEachFile(top, /*known=*/true, [&](const FileRef& file) {
      files.push_back(file);
      return files.size() < kAskedMax ? Result<void>() : store();
    }));
    REPRISE_TRY(store());
    return any;
  }

  // Drops the files that the store holds.
  Result<void> KeepAbsent(std::vector<FileRef>& files) {
    if (options_.presence == nullptr || files.empty()) return {};
    std::vector<Digest> digests;
    for (const FileRef& file : files) digests.push_back(file.folder->entries[file.place].digest);
    REPRISE_ASSIGN_OR_RETURN(const auto present, options_.presence->HasObjects(digests));
    std::size_t next = 0;
    std::erase_if(files, [&](const FileRef&) { return present[next++]; });
    return {};
  }

  Result<void> StoreFiles(const std::vector<FileRef>& found) {
    return ParallelFor(found.size(), threads_, [&](std::size_t i) -> Result<void> {
      WalkEntry& entry = found[i].folder->entries[found[i].place];
      const std::string relative = found[i].folder->PathOf(entry);
      REPRISE_ASSIGN_OR_RETURN(const StoredFile stored,
                               StoreFile(files_, JoinPath(path_, relative), writer_, options_.stop,
                                         [this](std::uint64_t bytes) { CountDone(0, bytes); }));
      if (stored.is_gone) {
        entry.is_gone = true;
        return {};
      }
      entry.digest = stored.put.digest;
      entry.size_bytes = stored.put.size_bytes;
      entry.executable = stored.stat.executable;
      if (stored.stable) cache_.Add(stored.stat, stored.put.digest);
      CountDone(1, 0);
      if (stored.stable) return {};
      const std::lock_guard lock(mutex_);
      imported_.unstable.push_back(relative);
      imported_.warnings.push_back("'" + Printable(relative) + "' changed while it was read");
      return {};
    });
  }

  // As they are read, because one file may take minutes.
  void CountDone(std::uint64_t files, std::uint64_t bytes) {
    if (!options_.progress) return;
    const std::lock_guard lock(mutex_);
    files_done_ += files;
    bytes_done_ += bytes;
    options_.progress(files_done_, bytes_done_);
  }

  // Subfolders first.
  Result<void> StoreTrees(const WalkFolder& folder) {
    for (const WalkEntry& entry : folder.entries) {
      if (entry.kind() == FileKind::kDirectory) {
        REPRISE_TRY(StoreTrees(*folder.folders[entry.below]));
      }
    }
    REPRISE_TRY(CheckStop());
    auto next = folder.entries.begin();
    const auto describe_next = [&]() -> std::optional<TreeEntry> {
      if (next == folder.entries.end()) return std::nullopt;
      return folder.Describe(*next++);
    };
    REPRISE_TRY(PutTreeDocument(writer_, describe_next));
    return {};
  }

  FileSystem& files_;
  const std::string& path_;
  ObjectWriter& writer_;
  const ImportOptions& options_;
  const unsigned threads_;
  StatCache cache_;
  std::mutex mutex_;
  std::uint64_t files_done_ = 0;
  std::uint64_t bytes_done_ = 0;
  Imported imported_;
};

Result<Imported> ImportFile(FileSystem& files, const std::string& path, ObjectWriter& writer,
                            const ImportOptions& options) {
  StatCache cache(files, options.cache_folder, path, NowUnixMs() * 1'000'000);
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
  std::uint64_t bytes_done = 0;
  REPRISE_ASSIGN_OR_RETURN(const StoredFile stored,
                           StoreFile(files, path, writer, options.stop, [&](std::uint64_t bytes) {
                             bytes_done += bytes;
                             if (options.progress) options.progress(0, bytes_done);
                           }));
  if (stored.is_gone) {
    return Error{ErrorCode::kNotFound, "'" + Printable(path) + "' vanished before it was read"};
  }
  imported.digest = stored.put.digest;
  imported.size_bytes = stored.put.size_bytes;
  if (!stored.stable) {
    imported.unstable.emplace_back("");
    imported.warnings.push_back("'" + Printable(path) + "' changed while it was read");
  } else {
    cache.Add(stored.stat, stored.put.digest);
    cache.Save();
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
