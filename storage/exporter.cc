// Laying stored content out.  Each file is written under a temporary name beside its place, and
// renamed when it is whole and verified.
//
// Of a tree, files are written by a few threads while the walk goes on to find more: what is found
// is never collected, so memory does not grow with the tree.

#include <mutex>
#include <optional>

#include "storage/base/ulid.h"
#include "storage/importer.h"
#include "storage/parallel.h"
#include "storage/task_queue.h"

namespace reprise::storage {
namespace {

Result<void> WriteObject(FileSystem& files, ObjectReader& reader, const Digest& digest,
                         bool executable, const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(const auto file,
                           files.Open(path, OpenMode::kCreateExclusive, executable ? 0755 : 0644));
  std::uint64_t offset = 0;
  return reader.Read(digest, [&](ByteSpan part) -> Result<void> {
    REPRISE_TRY(file->WriteAt(offset, part));
    offset += part.size();
    return {};
  });
}

Result<void> CheckFree(FileSystem& files, const std::string& path, const ExportOptions& options) {
  if (options.overwrite || !Exists(files, path)) return {};
  return Error{ErrorCode::kAlreadyExists, "'" + Printable(path) + "' exists already"};
}

// A real folder at `path`: a symlink there must not lead what is written below it elsewhere.
Result<void> EnsureFolder(FileSystem& files, const std::string& path,
                          const ExportOptions& options) {
  const auto stat = files.Stat(path);
  if (stat.ok() && stat->kind == FileKind::kDirectory) return {};
  if (stat.ok()) {
    REPRISE_TRY(CheckFree(files, path, options));
    REPRISE_TRY(files.RemoveFile(path));
  }
  return files.CreateDirectory(path);
}

class TreeExport {
 public:
  TreeExport(FileSystem& files, ObjectReader& reader, const ExportOptions& options)
      : files_(files), reader_(reader), options_(options) {}

  Result<void> Export(const Digest& tree, const std::string& top) {
    REPRISE_TRY(EnsureFolder(files_, top, options_));
    Result<void> walked;
    {
      TaskQueue queue(ThreadCount(options_.threads));
      walked = WalkTree(reader_, tree, [&](const std::string& path, const TreeEntry& entry) {
        return Place(JoinPath(top, path), entry, queue);
      });
    }  // What is queued is written now.
    REPRISE_TRY(Check());
    return walked;
  }

 private:
  Result<void> Place(const std::string& path, const TreeEntry& entry, TaskQueue& queue) {
    REPRISE_TRY(Check());
    if (entry.kind == FileKind::kDirectory) return EnsureFolder(files_, path, options_);
    if (entry.kind == FileKind::kSymlink) {
      REPRISE_TRY(CheckFree(files_, path, options_));
      if (options_.overwrite && Exists(files_, path)) REPRISE_TRY(RemoveTree(files_, path));
      return files_.CreateSymlink(entry.target, path);
    }
    queue.Run([this, path, digest = entry.digest, executable = entry.executable] {
      auto exported = ExportFile(files_, reader_, digest, executable, path, options_);
      if (exported.ok()) return;
      const std::lock_guard lock(mutex_);
      if (!failed_.has_value()) failed_ = std::move(exported).error();
    });
    return {};
  }

  // Whether a file could not be written.
  Result<void> Check() {
    const std::lock_guard lock(mutex_);
    if (failed_.has_value()) return *failed_;
    return {};
  }

  FileSystem& files_;
  ObjectReader& reader_;
  const ExportOptions& options_;
  std::mutex mutex_;
  std::optional<Error> failed_;  // The first.
};

}  // namespace

Result<void> ExportFile(FileSystem& files, ObjectReader& reader, const Digest& digest,
                        bool executable, const std::string& path, const ExportOptions& options) {
  REPRISE_TRY(CheckFree(files, path, options));
  const std::string temporary =
      JoinPath(ParentPath(path), ".reprise-" + Ulid::Generate().ToString());
  auto written = WriteObject(files, reader, digest, executable, temporary);
  if (written.ok()) written = files.Rename(temporary, path);
  if (!written.ok()) (void)files.RemoveFile(temporary);  // The first failure is the one to report.
  return written;
}

Result<void> ExportTree(FileSystem& files, ObjectReader& reader, const Digest& tree,
                        const std::string& path, const ExportOptions& options) {
  return TreeExport(files, reader, options).Export(tree, path);
}

}  // namespace reprise::storage
