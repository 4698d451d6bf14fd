#include "tracker/recorder/digest_cache.h"

#include "storage/base/clock.h"
#include "tracker/content_digest.h"
#include "tracker/proto/cache.pb.h"

namespace reprise::tracker {
namespace {

constexpr std::int64_t kRacyNs = 2'000'000'000;
constexpr std::size_t kEntriesMax = 200'000;

}  // namespace

DigestCache::DigestCache(FileSystem& files, const std::string& folder, FileSystem* looked_at)
    : files_(files),
      looked_at_(looked_at != nullptr ? *looked_at : files),
      path_(JoinPath(folder, "environment-digests")) {
  const auto bytes = ReadFile(files_, path_, 64 << 20);
  v1::DigestCache cache;
  if (!bytes.ok() || !cache.ParseFromString(*bytes)) return;
  for (const auto& stored : cache.entries()) {
    const auto digest = Digest::FromStored(AsBytes(stored.digest()));
    if (!digest.ok()) continue;
    Entry& entry = entries_[stored.path()];
    entry.digest = *digest;
    entry.stat.device = stored.device();
    entry.stat.inode = stored.inode();
    entry.stat.size_bytes = stored.size_bytes();
    entry.stat.mtime_unix_ns = stored.mtime_unix_ns();
    entry.stat.ctime_unix_ns = stored.ctime_unix_ns();
  }
}

std::optional<Digest> DigestCache::Find(const std::string& path, const FileStat& stat) const {
  const auto known = entries_.find(path);
  if (known == entries_.end() || !IsUnchanged(known->second.stat, stat)) return std::nullopt;
  return known->second.digest;
}

void DigestCache::Remember(const std::string& path, const FileStat& stat, const Digest& digest,
                           std::int64_t read_at_unix_ns) {
  const auto after = looked_at_.StatFollowing(path);
  if (!after.ok() || !IsUnchanged(stat, *after)) return;
  const bool settled =
      std::max(after->mtime_unix_ns, after->ctime_unix_ns) < read_at_unix_ns - kRacyNs;
  if (!settled || entries_.size() >= kEntriesMax) return;
  entries_[path] = {*after, digest};
  changed_ = true;
}

Result<Digest> DigestCache::DigestOf(const std::string& path) {
  REPRISE_ASSIGN_OR_RETURN(const FileStat before, looked_at_.StatFollowing(path));
  if (const auto known = Find(path, before)) return *known;
  const std::int64_t now_unix_ns = NowUnixMs() * 1'000'000;
  REPRISE_ASSIGN_OR_RETURN(const storage::Imported content, DigestContent(looked_at_, path));
  Remember(path, before, content.digest, now_unix_ns);
  return content.digest;
}

void DigestCache::Save() {
  if (!changed_) return;
  v1::DigestCache cache;
  for (const auto& [path, entry] : entries_) {
    auto* const stored = cache.add_entries();
    stored->set_path(path);
    stored->set_device(entry.stat.device);
    stored->set_inode(entry.stat.inode);
    stored->set_size_bytes(entry.stat.size_bytes);
    stored->set_mtime_unix_ns(entry.stat.mtime_unix_ns);
    stored->set_ctime_unix_ns(entry.stat.ctime_unix_ns);
    stored->set_digest(entry.digest.ToStored());
  }
  (void)WriteFileAtomically(files_, path_, cache.SerializeAsString(), 0600);  // Only a cache.
  changed_ = false;
}

}  // namespace reprise::tracker
