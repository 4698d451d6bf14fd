#include "tracker/produced_paths.h"

#include "tracker/store_folder.h"

namespace reprise::tracker {
namespace {

constexpr std::uint64_t kListBytesMax = 256U << 20;

std::string ListPath(const std::string& store_folder) {
  return StorePaths(store_folder).produced();
}

}  // namespace

std::set<std::string> ProducedPaths(FileSystem& files, const std::string& store_folder) {
  std::set<std::string> paths;
  const auto text = ReadFile(files, ListPath(store_folder), kListBytesMax);
  if (!text.ok()) return paths;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    // Hexadecimal, because a path may hold any byte but zero.
    if (const auto path = FromHex(line); path.ok() && !path->empty()) paths.insert(*path);
  }
  return paths;
}

Result<void> AddProducedPaths(FileSystem& files, const std::string& store_folder,
                              const std::vector<lineage::ArtifactUse>& outputs) {
  std::set<std::string> paths = ProducedPaths(files, store_folder);
  const std::size_t before = paths.size();
  for (const lineage::ArtifactUse& output : outputs) {
    if (!output.path.starts_with('/') && output.path != ".") paths.insert(output.path);
  }
  if (paths.size() == before) return {};
  std::string text;
  for (const std::string& path : paths) text += ToHex(AsBytes(path)) + "\n";
  return WriteFileAtomically(files, ListPath(store_folder), text, 0600);
}

}  // namespace reprise::tracker
