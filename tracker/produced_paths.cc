#include "tracker/produced_paths.h"

#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

using storage::Space;

constexpr std::uint64_t kListBytesMax = 256U << 20;
constexpr std::string_view kRowPrefix = "produced/";

std::string ListPath(const std::string& store_folder) {
  return StorePaths(store_folder).produced();
}

// Hexadecimal, because a path may hold any byte but zero.
std::string Line(std::string_view path) { return ToHex(AsBytes(path)) + "\n"; }

// False too when there is no file.
Result<bool> EndsWithWholeLine(FileSystem& files, const std::string& store_folder) {
  const auto file = files.Open(ListPath(store_folder), OpenMode::kRead);
  if (!file.ok()) {
    if (file.error().code == ErrorCode::kNotFound) return false;
    return file.error();
  }
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, (*file)->Stat());
  if (stat.size_bytes == 0) return true;
  char last = '\0';
  REPRISE_TRY((*file)->ReadAt(stat.size_bytes - 1, std::as_writable_bytes(std::span(&last, 1))));
  return last == '\n';
}

}  // namespace

std::set<std::string> ProducedPaths(FileSystem& files, const std::string& store_folder) {
  std::set<std::string> paths;
  const auto text = ReadFile(files, ListPath(store_folder), kListBytesMax);
  if (!text.ok()) return paths;
  std::string_view rest = *text;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    const auto path = FromHex(rest.substr(0, end));
    if (path.ok() && !path->empty()) paths.insert(*path);
    rest.remove_prefix(end + 1);
  }
  return paths;
}

Result<void> IndexProducedPaths(const std::vector<lineage::ArtifactUse>& outputs,
                                const storage::Catalog& catalog, std::set<std::string>& known,
                                storage::CatalogBatch& batch) {
  for (const lineage::ArtifactUse& output : outputs) {
    if (output.path.starts_with('/') || output.path == "." || known.contains(output.path)) continue;
    const std::string key = std::string(kRowPrefix) + output.path;
    REPRISE_ASSIGN_OR_RETURN(const auto row, catalog.Get(Space::kName, key));
    if (!row.has_value()) batch.Put(Space::kName, key, "");
    known.insert(output.path);
  }
  return {};
}

Result<void> AppendProducedPaths(FileSystem& files, const std::string& store_folder,
                                 const storage::Catalog& catalog,
                                 const storage::CatalogBatch& batch) {
  std::string text;
  for (const auto& change : batch.changes()) {
    if (change.space != Space::kName || !change.key.starts_with(kRowPrefix)) continue;
    text += Line(std::string_view(change.key).substr(kRowPrefix.size()));
  }
  if (text.empty()) return {};
  REPRISE_ASSIGN_OR_RETURN(const bool is_whole, EndsWithWholeLine(files, store_folder));
  if (!is_whole) REPRISE_TRY(RewriteProducedPaths(files, store_folder, catalog));
  REPRISE_ASSIGN_OR_RETURN(const auto file,
                           files.Open(ListPath(store_folder), OpenMode::kReadWrite));
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, file->Stat());
  REPRISE_TRY(file->WriteAt(stat.size_bytes, AsBytes(text)));
  return file->Sync();
}

Result<void> RewriteProducedPaths(FileSystem& files, const std::string& store_folder,
                                  const storage::Catalog& catalog) {
  std::string text;
  REPRISE_TRY(catalog.Scan(Space::kName, {.prefix = std::string(kRowPrefix)},
                           [&](std::string_view key, std::string_view) {
                             text += Line(key.substr(kRowPrefix.size()));
                             return true;
                           }));
  return WriteFileDurably(files, ListPath(store_folder), text);
}

}  // namespace reprise::tracker
