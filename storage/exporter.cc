// Laying stored content out.  Each file is written under a temporary name beside its place, and
// renamed when it is whole and verified.

#include <mutex>

#include "storage/base/ulid.h"
#include "storage/importer.h"
#include "storage/parallel.h"

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

struct PendingFile {
  std::string path;
  Digest digest;
  bool executable;
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
  REPRISE_TRY(EnsureFolder(files, path, options));
  std::vector<PendingFile> pending;
  REPRISE_TRY(WalkTree(reader, tree,
                       [&](const std::string& relative, const TreeEntry& entry) -> Result<void> {
                         std::string place = JoinPath(path, relative);
                         if (entry.kind == FileKind::kDirectory)
                           return EnsureFolder(files, place, options);
                         if (entry.kind == FileKind::kFile) {
                           pending.push_back({std::move(place), entry.digest, entry.executable});
                           return {};
                         }
                         REPRISE_TRY(CheckFree(files, place, options));
                         if (options.overwrite && Exists(files, place))
                           REPRISE_TRY(RemoveTree(files, place));
                         return files.CreateSymlink(entry.target, place);
                       }));
  return ParallelFor(pending.size(), ThreadCount(options.threads), [&](std::size_t i) {
    const PendingFile& file = pending[i];
    return ExportFile(files, reader, file.digest, file.executable, file.path, options);
  });
}

}  // namespace reprise::storage
