#include "lineage/content_overlap.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "storage/tree.h"

namespace reprise::lineage {
namespace {

struct Chunk {
  Digest digest;
  std::uint64_t size_bytes = 0;
};

Result<void> CheckCancelled(const OverlapOptions& options) {
  if (options.is_cancelled == nullptr || !options.is_cancelled()) return {};
  return Error{ErrorCode::kInterrupted, "stopped on request"};
}

Result<std::vector<Chunk>> ChunksOf(storage::ObjectReader& objects, const Digest& file,
                                    const OverlapOptions& options) {
  constexpr std::size_t kChunksUnasked = 4096;
  REPRISE_ASSIGN_OR_RETURN(const storage::ObjectInfo info, objects.Describe(file));
  std::vector<Chunk> chunks;
  std::uint64_t bytes = 0;
  const auto add = [&](const Digest& digest, std::uint64_t size_bytes) -> Result<void> {
    chunks.push_back({digest, size_bytes});
    bytes += size_bytes;
    return chunks.size() % kChunksUnasked == 0 ? CheckCancelled(options) : Result<void>();
  };
  REPRISE_TRY(objects.VisitChunks(file, add, nullptr));
  if (bytes == info.size_bytes) return chunks;
  return Error{ErrorCode::kCorruption,
               "the chunks of " + file.ToString() + " do not add up to it; run 'reprise fsck'"};
}

struct Known {  // A chunk of `a`.
  std::uint64_t size_bytes = 0;
  std::uint64_t left = 0;  // Occurrences that no chunk of `b` has been matched with.
  std::size_t file = 0;    // The first that has it.
};

}  // namespace

Result<FoundFiles> FilesOf(storage::ObjectReader& objects, const ArtifactUse& use,
                           std::size_t files_max) {
  FoundFiles found;
  if (use.kind == ArtifactKind::kFile) {
    found.files.push_back({use.path, use.role, use.digest, use.size_bytes});
    return found;
  }
  auto walked = storage::WalkTree(
      objects, use.digest,
      [&](const std::string& path, const storage::TreeEntry& entry) -> Result<void> {
        if (entry.kind != FileKind::kFile) return {};
        found.was_cut = found.files.size() >= files_max;
        if (found.was_cut) return Error{ErrorCode::kInterrupted, "that is enough"};
        found.files.push_back(
            {use.path.empty() || use.path == "." ? path : JoinPath(use.path, path), use.role,
             entry.digest, entry.size_bytes});
        return {};
      });
  if (!walked.ok() && !found.was_cut) return std::move(walked).error();
  return found;
}

Result<ContentOverlap> FindContentOverlap(storage::ObjectReader& objects,
                                          const std::vector<ContentFile>& a,
                                          const std::vector<ContentFile>& b,
                                          const OverlapOptions& options) {
  ContentOverlap overlap;
  std::uint64_t files_done = 0;
  std::unordered_map<Digest, Known> known;
  // Calls `use` for the chunks of one file, unless they cannot be told.
  const auto visit = [&](const ContentFile& file, std::uint64_t& bytes,
                         const std::function<void(const Chunk&)>& use) -> Result<void> {
    REPRISE_TRY(CheckCancelled(options));
    const auto chunks = ChunksOf(objects, file.digest, options);
    ++files_done;
    if (!chunks.ok()) {
      if (!IsDamage(chunks.error())) return chunks.error();
      overlap.unread.push_back(file.path);
      bytes += file.size_bytes;
      return {};
    }
    for (const Chunk& chunk : *chunks) {
      bytes += chunk.size_bytes;
      use(chunk);
    }
    if (options.progress != nullptr) {
      options.progress(files_done, overlap.a_bytes + overlap.b_bytes);
    }
    return {};
  };
  for (std::size_t i = 0; i < a.size(); ++i) {
    REPRISE_TRY(visit(a[i], overlap.a_bytes, [&](const Chunk& chunk) {
      Known& entry = known.try_emplace(chunk.digest, Known{chunk.size_bytes, 0, i}).first->second;
      ++entry.left;
    }));
  }
  std::map<std::pair<std::size_t, std::size_t>, std::uint64_t> shares;
  for (std::size_t i = 0; i < b.size(); ++i) {
    REPRISE_TRY(visit(b[i], overlap.b_bytes, [&](const Chunk& chunk) {
      const auto entry = known.find(chunk.digest);
      if (entry == known.end() || chunk.size_bytes == 0) return;
      shares[{entry->second.file, i}] += chunk.size_bytes;
      if (entry->second.left == 0) return;
      --entry->second.left;
      overlap.shared_bytes += chunk.size_bytes;
    }));
  }
  for (const auto& [files, bytes] : shares) {
    overlap.files.push_back({files.first, files.second, bytes});
  }
  std::ranges::stable_sort(overlap.files, std::greater<>(), &SharingFiles::shared_bytes);
  return overlap;
}

std::string PercentOf(std::uint64_t part, std::uint64_t whole) {
  std::uint64_t tenths = 0;
  if (part > 0 && part >= whole) {
    tenths = 1000;
  } else if (part > 0) {
    const long double share = static_cast<long double>(part) / static_cast<long double>(whole);
    tenths = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(share * 1000 + 0.5L), 1, 999);
  }
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

}  // namespace reprise::lineage
