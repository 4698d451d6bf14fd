#include "tracker/audit/check/bundle_reader.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace reprise::tracker {
namespace {

class FolderReader {
 public:
  FolderReader(FileSystem& files, const std::string& folder, const BundleLimits& limits)
      : files_(files), folder_(folder), limits_(limits), left_bytes_(limits.bundle_bytes_max) {}

  Result<BundleFileSet> Read() {
    std::deque<std::string> pending = {""};
    while (!pending.empty()) {
      const std::string folder = std::move(pending.front());
      pending.pop_front();
      REPRISE_ASSIGN_OR_RETURN(std::vector<DirectoryEntry> entries,
                               files_.List(folder.empty() ? folder_ : JoinPath(folder_, folder)));
      // That of an empty bundle itself is missed by its first check.
      if (entries.empty() && !folder.empty()) bundle_.empty_folders.push_back(folder);
      count_ += entries.size();
      if (count_ > limits_.files_max) {
        return Error{ErrorCode::kCorruption, "there are more files than in any bundle"};
      }
      std::ranges::sort(entries, {}, &DirectoryEntry::name);
      for (const DirectoryEntry& entry : entries) {
        std::string path = folder.empty() ? entry.name : JoinPath(folder, entry.name);
        if (entry.stat.kind == FileKind::kDirectory) {
          pending.push_back(std::move(path));
        } else {
          REPRISE_TRY(Add(std::move(path), entry.stat));
        }
      }
    }
    std::ranges::sort(bundle_.empty_folders);
    return std::move(bundle_);
  }

 private:
  Result<void> Add(std::string path, const FileStat& stat) {
    if (stat.kind != FileKind::kFile) {
      return Error{ErrorCode::kCorruption, "'" + path + "' is no regular file"};
    }
    const std::uint64_t bytes_max = std::min(limits_.file_bytes_max, left_bytes_);
    if (stat.size_bytes > bytes_max) {
      return Error{ErrorCode::kCorruption, "'" + path + "' is larger than anything in a bundle"};
    }
    REPRISE_ASSIGN_OR_RETURN(std::string bytes,
                             ReadFile(files_, JoinPath(folder_, path), bytes_max));
    left_bytes_ -= bytes.size();
    bundle_.files.emplace(std::move(path), std::move(bytes));
    return {};
  }

  FileSystem& files_;
  const std::string& folder_;
  const BundleLimits limits_;
  std::uint64_t left_bytes_;
  std::uint64_t count_ = 0;  // Of files and folders.
  BundleFileSet bundle_;
};

}  // namespace

const std::string* BundleFileSet::Find(std::string_view path) const {
  const auto found = files.find(std::string(path));
  return found == files.end() ? nullptr : &found->second;
}

Result<BundleFileSet> ReadBundle(FileSystem& files, const std::string& path,
                                 const BundleLimits& limits) {
  const auto stat = files.StatFollowing(path);
  if (!stat.ok()) return Annotate(stat.error(), "there is no bundle to check");
  if (stat->kind == FileKind::kDirectory) return FolderReader(files, path, limits).Read();
  if (stat->kind != FileKind::kFile) {
    return Error{ErrorCode::kCorruption, "'" + path + "' is neither a folder nor a .zip"};
  }
  // Its own headers come on top, and nothing in it need be compressed.
  const std::uint64_t archive_bytes_max = limits.bundle_bytes_max + limits.bundle_bytes_max / 4;
  if (stat->size_bytes > archive_bytes_max) {
    return Error{ErrorCode::kCorruption, "'" + path + "' is larger than any bundle"};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto archive, files.Map(path));
  return ReadBundleArchive(AsText(archive->bytes()), limits);
}

}  // namespace reprise::tracker
