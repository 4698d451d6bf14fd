// Folders come first, then files by several threads; modes and times of folders come last: modes
// may forbid to write, and writing changes times.

#include "tracker/replay/lay_out_root.h"

#include "storage/parallel.h"
#include "tracker/recorder/digest_cache.h"

namespace reprise::tracker {
namespace {

// Below that a file is copied: a program may replace or remove it, which it cannot do to what is
// bound.
constexpr std::uint64_t kBoundDataBytesMin = 1U << 20;

class RootLayout {
 public:
  RootLayout(Store& store, const RootContents& contents, const std::string& base,
             const RootLayoutOptions& options)
      : store_(store),
        contents_(contents),
        base_(base),
        options_(options),
        files_(options.files != nullptr ? *options.files : store.files()) {}

  Result<std::vector<SandboxBind>> LayOut() {
    REPRISE_TRY(MakeNames());
    REPRISE_TRY(WriteFiles());
    for (auto folder = folders_.rbegin(); folder != folders_.rend(); ++folder) {
      REPRISE_TRY(files_.SetPermissions(folder->place, folder->mode));
      if (folder->modified_at_unix_ns == 0) continue;
      REPRISE_TRY(files_.SetModificationTime(folder->place, folder->modified_at_unix_ns));
    }
    return std::move(binds_);
  }

 private:
  struct Folder {
    std::string place;
    std::uint32_t mode;
    std::int64_t modified_at_unix_ns;  // 0: not known.
  };

  std::string PlaceOf(const std::string& path) const { return base_ + path; }

  // All but the content of files.
  Result<void> MakeNames() {
    const DigestCache cache(store_.files(), options_.cache_folder);
    for (const auto& [path, entry] : contents_.entries) {
      const std::string place = PlaceOf(path);
      REPRISE_TRY(MakeFolder(ParentPath(place)));
      switch (entry.kind) {
        case FileKind::kDirectory:
          REPRISE_TRY(MakeFolder(place));
          if (path != "/") {
            folders_.push_back({place, entry.mode, entry.modified_at_unix_ns});
          }
          break;
        case FileKind::kSymlink:
          REPRISE_TRY(files_.CreateSymlink(entry.target, place));
          break;
        case FileKind::kFile:
        case FileKind::kOther:
          if (CanBeBound(cache, path, entry)) {
            binds_.push_back({.source = path, .target = path});
            // A mount point of the sandbox's own would lie in a layer above the folder, and hide
            // its time.
            REPRISE_TRY(files_.Open(place, OpenMode::kCreateExclusive, 0600));
          } else {
            to_write_.push_back(&path);
          }
      }
    }
    return {};
  }

  Result<void> MakeFolder(const std::string& place) {
    if (!made_.insert(place).second) return {};
    return CreateDirectories(files_, place);
  }

  bool CanBeBound(const DigestCache& cache, const std::string& path, const RootEntry& entry) const {
    if (!entry.digest.has_value() || entry.changed || options_.changed.contains(path)) return false;
    if (!lineage::IsOfTheMachine(entry.file_class) && entry.size_bytes < kBoundDataBytesMin)
      return false;
    const auto stat = store_.files().Stat(path);
    if (!stat.ok() || stat->kind != FileKind::kFile || stat->size_bytes != entry.size_bytes ||
        (stat->mode & 07777U) != entry.mode) {
      return false;
    }
    return cache.Find(path, *stat) == entry.digest;
  }

  Result<void> WriteFiles() {
    return storage::ParallelFor(
        to_write_.size(), storage::ThreadCount(0), [this](std::size_t i) -> Result<void> {
          return WriteOne(*to_write_[i], contents_.entries.at(*to_write_[i]));
        });
  }

  Result<void> WriteOne(const std::string& path, const RootEntry& entry) {
    const std::string place = PlaceOf(path);
    {
      REPRISE_ASSIGN_OR_RETURN(const auto file,
                               files_.Open(place, OpenMode::kCreateExclusive, 0600));
      if (!entry.digest.has_value()) {
        // A name without content still says how long it was.
        REPRISE_TRY(file->Truncate(entry.size_bytes));
      } else {
        std::uint64_t offset = 0;
        REPRISE_TRY(store_.objects().Read(*entry.digest, [&](ByteSpan part) -> Result<void> {
          REPRISE_TRY(file->WriteAt(offset, part));
          offset += part.size();
          return {};
        }));
      }
    }
    if (entry.modified_at_unix_ns != 0) {
      REPRISE_TRY(files_.SetModificationTime(place, entry.modified_at_unix_ns));
    }
    return files_.SetPermissions(place, entry.mode);
  }

  Store& store_;
  const RootContents& contents_;
  const std::string& base_;
  const RootLayoutOptions& options_;
  FileSystem& files_;
  std::set<std::string> made_;
  std::vector<Folder> folders_;
  std::vector<const std::string*> to_write_;
  std::vector<SandboxBind> binds_;
};

}  // namespace

Result<std::vector<SandboxBind>> LayOutRoot(Store& store, const RootContents& contents,
                                            const std::string& base,
                                            const RootLayoutOptions& options) {
  return RootLayout(store, contents, base, options).LayOut();
}

}  // namespace reprise::tracker
