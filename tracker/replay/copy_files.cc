#include "tracker/replay/copy_files.h"

#include <utility>
#include <vector>

namespace reprise::tracker {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

Result<void> CopyContent(FileSystem& files, const std::string& from, const std::string& to,
                         bool executable) {
  REPRISE_ASSIGN_OR_RETURN(const auto source, files.Open(from, OpenMode::kRead));
  REPRISE_ASSIGN_OR_RETURN(const auto target,
                           files.Open(to, OpenMode::kCreateExclusive, executable ? 0755 : 0644));
  std::vector<std::byte> buffer(kBufferBytes);
  for (std::uint64_t offset = 0;;) {
    REPRISE_ASSIGN_OR_RETURN(const std::size_t read_bytes, source->ReadAt(offset, buffer));
    if (read_bytes == 0) return {};
    REPRISE_TRY(target->WriteAt(offset, ByteSpan(buffer).first(read_bytes)));
    offset += read_bytes;
  }
}

}  // namespace

Result<void> CopyFiles(FileSystem& files, const std::string& from, const std::string& to) {
  REPRISE_ASSIGN_OR_RETURN(const FileStat top, files.StatFollowing(from));
  if (top.kind != FileKind::kDirectory) return CopyContent(files, from, to, top.executable);
  std::vector<std::pair<std::string, std::string>> folders = {{from, to}};
  while (!folders.empty()) {
    const auto [source, target] = std::move(folders.back());
    folders.pop_back();
    REPRISE_TRY(files.CreateDirectory(target));
    REPRISE_ASSIGN_OR_RETURN(const std::vector<DirectoryEntry> entries, files.List(source));
    for (const DirectoryEntry& entry : entries) {
      const std::string inner = JoinPath(source, entry.name);
      const std::string copy = JoinPath(target, entry.name);
      if (entry.stat.kind == FileKind::kDirectory) {
        folders.emplace_back(inner, copy);
      } else if (entry.stat.kind == FileKind::kSymlink) {
        REPRISE_ASSIGN_OR_RETURN(const std::string link, files.ReadLink(inner));
        REPRISE_TRY(files.CreateSymlink(link, copy));
      } else if (entry.stat.kind == FileKind::kFile) {
        REPRISE_TRY(CopyContent(files, inner, copy, entry.stat.executable));
      }
    }
  }
  return {};
}

}  // namespace reprise::tracker
