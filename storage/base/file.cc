#include "storage/base/file.h"

#include "storage/base/ulid.h"

namespace reprise {
namespace {

Result<void> CopyBytes(const File& from, File& to) {
  std::vector<std::byte> buffer(std::size_t{1} << 20);
  for (std::uint64_t offset = 0;;) {
    REPRISE_ASSIGN_OR_RETURN(const std::size_t count, from.ReadAt(offset, buffer));
    if (count == 0) return {};
    REPRISE_TRY(to.WriteAt(offset, ByteSpan(buffer).first(count)));
    offset += count;
  }
}

enum class Durability { kAtomic, kDurable };

Result<void> Replace(FileSystem& files, const std::string& path, std::string_view content,
                     mode_t permissions, Durability durability) {
  const std::string temporary = path + ".tmp-" + Ulid::Generate().ToString();
  const auto write = [&]() -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const auto file,
                             files.Open(temporary, OpenMode::kCreateExclusive, permissions));
    REPRISE_TRY(file->WriteAt(0, AsBytes(content)));
    if (durability == Durability::kDurable) REPRISE_TRY(file->Sync());
    return files.Rename(temporary, path);
  };
  if (auto written = write(); !written.ok()) {
    (void)files.RemoveFile(temporary);  // Best effort: the first failure is the one to report.
    return written;
  }
  if (durability == Durability::kDurable) return files.SyncDirectory(ParentPath(path));
  return {};
}

}  // namespace

std::string JoinPath(std::string_view folder, std::string_view name) {
  if (folder.empty() || folder == ".") return std::string(name);
  std::string path(folder);
  if (path.back() != '/') path += '/';
  return path.append(name);
}

std::string ParentPath(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

std::string BaseName(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  return std::string(path.substr(path.rfind('/') + 1));
}

Result<std::string> ReadFile(FileSystem& files, const std::string& path,
                             std::uint64_t size_bytes_max) {
  REPRISE_ASSIGN_OR_RETURN(const auto file, files.Open(path, OpenMode::kRead));
  std::string content;
  std::string buffer(64 * 1024, '\0');
  for (;;) {
    REPRISE_ASSIGN_OR_RETURN(
        const std::size_t count,
        file->ReadAt(content.size(), std::as_writable_bytes(std::span(buffer))));
    content.append(buffer, 0, count);
    if (content.size() > size_bytes_max) {
      return Error{ErrorCode::kInvalidArgument, "'" + Printable(path) + "' is larger than " +
                                                    std::to_string(size_bytes_max) + " bytes"};
    }
    if (count < buffer.size()) return content;
  }
}

Result<void> WriteFileDurably(FileSystem& files, const std::string& path, std::string_view content,
                              mode_t permissions) {
  return Replace(files, path, content, permissions, Durability::kDurable);
}

Result<void> WriteFileAtomically(FileSystem& files, const std::string& path,
                                 std::string_view content, mode_t permissions) {
  return Replace(files, path, content, permissions, Durability::kAtomic);
}

Result<void> CreateDirectories(FileSystem& files, const std::string& path) {
  auto created = files.CreateDirectory(path);
  if (created.ok()) return {};
  if (created.error().code == ErrorCode::kNotFound && ParentPath(path) != path) {
    REPRISE_TRY(CreateDirectories(files, ParentPath(path)));
    created = files.CreateDirectory(path);
    if (created.ok()) return {};
  }
  if (created.error().code == ErrorCode::kAlreadyExists) {
    const auto stat = files.StatFollowing(path);
    if (stat.ok() && stat->kind == FileKind::kDirectory) return {};
  }
  return created;
}

Result<void> FileSystem::Link(const std::string& from, const std::string& to) {
  return Error{ErrorCode::kUnsupported,
               "cannot link '" + Printable(to) + "' to '" + Printable(from) + "'"};
}

Result<void> FileSystem::CopyFile(const std::string& from, const std::string& to,
                                  mode_t permissions) {
  REPRISE_ASSIGN_OR_RETURN(const auto source, Open(from, OpenMode::kRead));
  REPRISE_ASSIGN_OR_RETURN(const auto target, Open(to, OpenMode::kCreateExclusive, permissions));
  auto copied = CopyBytes(*source, *target);
  if (!copied.ok()) (void)RemoveFile(to);  // The first failure is the one to report.
  return copied;
}

Result<void> FileSystem::SetModificationTime(const std::string& path, std::int64_t unix_ns) {
  (void)unix_ns;
  return Error{ErrorCode::kUnsupported, "cannot set the time of '" + Printable(path) + "'"};
}

Result<void> RemoveTree(FileSystem& files, const std::string& path) {
  const auto stat = files.Stat(path);
  if (!stat.ok()) {
    if (stat.error().code == ErrorCode::kNotFound) return {};
    return stat.error();
  }
  if (stat->kind != FileKind::kDirectory) return files.RemoveFile(path);
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(path));
  for (const DirectoryEntry& entry : entries) {
    REPRISE_TRY(RemoveTree(files, JoinPath(path, entry.name)));
  }
  return files.RemoveDirectory(path);
}

bool Exists(FileSystem& files, const std::string& path) { return files.Stat(path).ok(); }

Result<bool> IsThere(FileSystem& files, const std::string& path) {
  const auto stat = files.Stat(path);
  if (stat.ok()) return true;
  if (stat.error().code == ErrorCode::kNotFound) return false;
  return stat.error();
}

}  // namespace reprise
