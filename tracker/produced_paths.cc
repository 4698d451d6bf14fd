#include "tracker/produced_paths.h"

#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

using storage::Space;

constexpr std::uint64_t kListBytesMax = 256U << 20;
constexpr std::string_view kProducedPrefix = "produced/";
constexpr std::string_view kReadPrefix = "read/";
// Before what was only read; no hexadecimal digit, so that an older release passes over the line.
constexpr char kReadMark = 'r';

std::string ListPath(const std::string& store_folder) {
  return StorePaths(store_folder).produced();
}

// The line of a row; empty: it is of another kind.  Hexadecimal, because a path may hold any byte
// but zero.
std::string LineOf(std::string_view key) {
  if (key.starts_with(kProducedPrefix)) {
    return ToHex(AsBytes(key.substr(kProducedPrefix.size()))) + "\n";
  }
  if (key.starts_with(kReadPrefix)) {
    return kReadMark + ToHex(AsBytes(key.substr(kReadPrefix.size()))) + "\n";
  }
  return "";
}

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

Result<void> IndexPaths(std::string_view prefix, const std::vector<lineage::ArtifactUse>& uses,
                        const storage::Catalog& catalog, std::set<std::string>& known,
                        storage::CatalogBatch& batch) {
  for (const lineage::ArtifactUse& use : uses) {
    if (use.path.starts_with('/') || use.path == "." || use.path.empty()) continue;
    const std::string key = std::string(prefix) + use.path;
    if (known.contains(key)) continue;
    REPRISE_ASSIGN_OR_RETURN(const auto row, catalog.Get(Space::kName, key));
    if (!row.has_value()) batch.Put(Space::kName, key, "");
    known.insert(key);
  }
  return {};
}

}  // namespace

DataPaths ReadDataPaths(FileSystem& files, const std::string& store_folder) {
  DataPaths paths;
  const auto text = ReadFile(files, ListPath(store_folder), kListBytesMax);
  if (!text.ok()) return paths;
  std::string_view rest = *text;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    std::string_view line = rest.substr(0, end);
    const bool is_read = line.starts_with(kReadMark);
    if (is_read) line.remove_prefix(1);
    const auto path = FromHex(line);
    if (path.ok() && !path->empty()) (is_read ? paths.read : paths.produced).insert(*path);
    rest.remove_prefix(end + 1);
  }
  return paths;
}

std::set<std::string> ProducedPaths(FileSystem& files, const std::string& store_folder) {
  return ReadDataPaths(files, store_folder).produced;
}

Result<void> IndexProducedPaths(const std::vector<lineage::ArtifactUse>& outputs,
                                const storage::Catalog& catalog, std::set<std::string>& known,
                                storage::CatalogBatch& batch) {
  return IndexPaths(kProducedPrefix, outputs, catalog, known, batch);
}

Result<void> IndexReadPaths(const std::vector<lineage::ArtifactUse>& inputs,
                            const storage::Catalog& catalog, std::set<std::string>& known,
                            storage::CatalogBatch& batch) {
  return IndexPaths(kReadPrefix, inputs, catalog, known, batch);
}

Result<void> AppendProducedPaths(FileSystem& files, const std::string& store_folder,
                                 const storage::Catalog& catalog,
                                 const storage::CatalogBatch& batch) {
  std::string text;
  for (const auto& change : batch.changes()) {
    if (change.space == Space::kName) text += LineOf(change.key);
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
  for (const std::string_view prefix : {kProducedPrefix, kReadPrefix}) {
    REPRISE_TRY(catalog.Scan(Space::kName, {.prefix = std::string(prefix)},
                             [&](std::string_view key, std::string_view) {
                               text += LineOf(key);
                               return true;
                             }));
  }
  return WriteFileDurably(files, ListPath(store_folder), text);
}

}  // namespace reprise::tracker
