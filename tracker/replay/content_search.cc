#include "tracker/replay/content_search.h"

#include <algorithm>
#include <limits>

#include "storage/tree.h"

namespace reprise::tracker {
namespace {

constexpr std::uint64_t kSearchedFileBytesMax = 1U << 20;

}  // namespace

Result<bool> SearchContent(Store& store, const Digest& content, std::uint64_t size_bytes,
                           const Matches& matches, std::uint64_t& bytes_left) {
  if (size_bytes > std::min(kSearchedFileBytesMax, bytes_left)) return false;
  bytes_left -= size_bytes;
  REPRISE_ASSIGN_OR_RETURN(const std::string text, store.objects().Get(content));
  return matches(text);
}

Result<std::optional<std::string>> FindInFolder(Store& store, const Digest& tree,
                                                const Matches& matches, std::uint64_t& bytes_left) {
  std::optional<std::string> found;
  REPRISE_TRY(storage::WalkTree(
      store.objects(), tree,
      [&](const std::string& path, const storage::TreeEntry& entry) -> Result<void> {
        if (found || entry.kind != FileKind::kFile) return {};
        REPRISE_ASSIGN_OR_RETURN(
            const bool is_one,
            SearchContent(store, entry.digest, entry.size_bytes, matches, bytes_left));
        if (is_one) found = path;
        return {};
      }));
  return found;
}

Result<std::optional<std::string>> FindInCode(Store& store, const lineage::Recipe& recipe,
                                              const Matches& matches) {
  if (!recipe.code.has_value()) return std::optional<std::string>();
  auto unbounded = std::numeric_limits<std::uint64_t>::max();
  return FindInFolder(store, *recipe.code, matches, unbounded);
}

}  // namespace reprise::tracker
