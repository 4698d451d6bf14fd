#include "tracker/packs_on_disk.h"

#include <algorithm>
#include <optional>

#include "storage/object_store.h"
#include "tracker/store_folder.h"

namespace reprise::tracker {

namespace {

// The pack whose place in the store is `path`, if there is one.
std::optional<Ulid> PackAt(const std::string& store_folder, const std::string& path) {
  constexpr std::string_view kSuffix = ".pack";
  const std::string name = BaseName(path);
  if (!name.ends_with(kSuffix)) return std::nullopt;
  const auto id = Ulid::Parse(name.substr(0, name.size() - kSuffix.size()));
  if (!id.ok() || storage::PackPath(store_folder, *id) != path) return std::nullopt;
  return *id;
}

}  // namespace

Result<std::vector<Ulid>> PacksOnDisk(FileSystem& files, const std::string& store_folder,
                                      std::vector<std::string>* strays) {
  std::vector<Ulid> packs;
  const auto note_stray = [&](const std::string& path) {
    if (strays != nullptr) strays->push_back(path);
  };
  const std::string top = StorePaths(store_folder).packs();
  REPRISE_ASSIGN_OR_RETURN(const auto folders, files.List(top));
  for (const DirectoryEntry& folder : folders) {
    const std::string folder_path = JoinPath(top, folder.name);
    if (folder.stat.kind != FileKind::kDirectory) {
      note_stray(folder_path);
      continue;
    }
    REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(folder_path));
    for (const DirectoryEntry& entry : entries) {
      const std::string path = JoinPath(folder_path, entry.name);
      const auto id = PackAt(store_folder, path);
      if (id.has_value()) {
        packs.push_back(*id);
      } else {
        note_stray(path);
      }
    }
  }
  std::ranges::sort(packs);
  return packs;
}

Result<void> IndexUnknownPacks(FileSystem& files, const std::string& store_folder,
                               std::span<const Ulid> packs, storage::Catalog& catalog,
                               const std::function<void(const Error&)>& pass_over) {
  std::vector<std::string> keys;
  keys.reserve(packs.size());
  for (const Ulid& pack : packs) keys.emplace_back(AsText(pack.bytes()));
  REPRISE_ASSIGN_OR_RETURN(const auto rows, catalog.MultiGet(storage::Space::kPack, keys));
  for (std::size_t i = 0; i < packs.size(); ++i) {
    if (rows[i].has_value()) continue;
    // They lie in the store already, so no session folder is looked at.
    auto indexed = storage::AdoptPacks(files, store_folder, store_folder, {&packs[i], 1}, catalog);
    if (indexed.ok()) continue;
    if (!pass_over || indexed.error().code != ErrorCode::kCorruption) return indexed;
    pass_over(indexed.error());
  }
  return {};
}

}  // namespace reprise::tracker
