#include "tracker/packs_on_disk.h"

#include <algorithm>

#include "tracker/store_folder.h"

namespace reprise::tracker {

Result<std::vector<Ulid>> PacksOnDisk(FileSystem& files, const std::string& store_folder) {
  std::vector<Ulid> packs;
  const std::string top = StorePaths(store_folder).packs();
  REPRISE_ASSIGN_OR_RETURN(const auto folders, files.List(top));
  for (const DirectoryEntry& folder : folders) {
    if (folder.stat.kind != FileKind::kDirectory) continue;
    REPRISE_ASSIGN_OR_RETURN(const auto entries, files.List(JoinPath(top, folder.name)));
    for (const DirectoryEntry& entry : entries) {
      constexpr std::string_view kSuffix = ".pack";
      if (!entry.name.ends_with(kSuffix)) continue;
      const auto id = Ulid::Parse(entry.name.substr(0, entry.name.size() - kSuffix.size()));
      if (id.ok()) packs.push_back(*id);
    }
  }
  std::ranges::sort(packs);
  return packs;
}

}  // namespace reprise::tracker
