#include "tracker/import/mlflow_files.h"

#include <algorithm>

namespace reprise::tracker {
namespace {

constexpr std::size_t kDepthMax = 32;
constexpr std::uint64_t kValueBytesMax = 1U << 20;
constexpr std::size_t kLineBytesMax = 64U << 10;
constexpr std::size_t kPieceBytes = 256U << 10;

Result<FileStat> StatRegular(FileSystem& files, const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files.Stat(path));
  if (stat.kind != FileKind::kFile) {
    return Error{ErrorCode::kCorruption, "'" + Printable(path) + "' is no regular file"};
  }
  return stat;
}

Result<void> AddFilesBelow(FileSystem& files, const std::string& folder, const std::string& prefix,
                           std::size_t depth, std::vector<std::string>& paths) {
  if (depth == kDepthMax) return {};
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(folder));
  for (const DirectoryEntry& entry : entries) {
    if (entry.stat.kind == FileKind::kFile) paths.push_back(prefix + entry.name);
    if (entry.stat.kind != FileKind::kDirectory) continue;
    REPRISE_TRY(AddFilesBelow(files, JoinPath(folder, entry.name), prefix + entry.name + "/",
                              depth + 1, paths));
  }
  return {};
}

}  // namespace

bool IsRealFolder(FileSystem& files, const std::string& path) {
  const auto stat = files.Stat(path);
  return stat.ok() && stat->kind == FileKind::kDirectory;
}

Result<std::vector<std::string>> SubfoldersOf(FileSystem& files, const std::string& folder) {
  std::vector<std::string> names;
  if (!IsRealFolder(files, folder)) return names;
  REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(folder));
  for (const DirectoryEntry& entry : entries) {
    if (entry.stat.kind == FileKind::kDirectory) names.push_back(entry.name);
  }
  std::ranges::sort(names);
  return names;
}

Result<std::vector<std::string>> FilesBelow(FileSystem& files, const std::string& folder) {
  std::vector<std::string> paths;
  if (!IsRealFolder(files, folder)) return paths;
  REPRISE_TRY(AddFilesBelow(files, folder, "", 0, paths));
  std::ranges::sort(paths);
  return paths;
}

Result<std::map<std::string, std::string>> ValuesBelow(FileSystem& files,
                                                       const std::string& folder) {
  std::map<std::string, std::string> values;
  REPRISE_ASSIGN_OR_RETURN(const std::vector<std::string> paths, FilesBelow(files, folder));
  for (const std::string& path : paths) {
    auto value = ReadFile(files, JoinPath(folder, path), kValueBytesMax);
    if (!value.ok() && value.error().code == ErrorCode::kInvalidArgument) {
      return Error{ErrorCode::kCorruption, value.error().message};
    }
    REPRISE_ASSIGN_OR_RETURN(values[path], std::move(value));
  }
  return values;
}

Result<FlatYaml> ReadFlatYaml(FileSystem& files, const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, StatRegular(files, path));
  if (stat.size_bytes > kYamlBytesMax) {
    return Error{ErrorCode::kCorruption, "'" + Printable(path) + "' is too large for MLflow's own"};
  }
  REPRISE_ASSIGN_OR_RETURN(const std::string text, ReadFile(files, path, kYamlBytesMax));
  auto yaml = ParseFlatYaml(text);
  if (!yaml.ok()) return Annotate(std::move(yaml).error(), "'" + Printable(path) + "'");
  return yaml;
}

Result<void> ForEachLine(FileSystem& files, const std::string& path,
                         const std::function<Result<void>(std::string_view line)>& visit) {
  REPRISE_TRY(StatRegular(files, path));
  REPRISE_ASSIGN_OR_RETURN(const auto file, files.Open(path, OpenMode::kRead));
  const auto visit_line = [&](std::string_view line) -> Result<void> {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line.empty() ? Result<void>() : visit(line);
  };
  std::string pending;
  for (std::uint64_t offset = 0;;) {
    const std::size_t kept = pending.size();
    if (kept > kLineBytesMax) {
      return Error{ErrorCode::kCorruption, "'" + Printable(path) + "' has a line without end"};
    }
    pending.resize(kept + kPieceBytes);
    REPRISE_ASSIGN_OR_RETURN(const std::size_t count,
                             file->ReadAt(offset, std::as_writable_bytes(std::span(
                                                      pending.data() + kept, kPieceBytes))));
    pending.resize(kept + count);
    offset += count;
    std::string_view rest = pending;
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      REPRISE_TRY(visit_line(rest.substr(0, end)));
      rest.remove_prefix(end + 1);
    }
    if (count == 0) return visit_line(rest);
    pending.erase(0, pending.size() - rest.size());
  }
}

}  // namespace reprise::tracker
