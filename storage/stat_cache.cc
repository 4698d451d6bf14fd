#include "storage/stat_cache.h"

#include <algorithm>
#include <array>
#include <bit>

#include "storage/base/crc32c.h"
#include "storage/base/ulid.h"
#include "storage/crypto/sha256.h"

namespace reprise::storage {
namespace {

// Header: magic, version (u32), CRC-32C of the records (u32).  Record: device, inode, size, mtime,
// ctime (u64 each), 32 bytes of the digest; sorted by these five numbers.
constexpr std::string_view kMagic = "RPRSSTAT";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kKeyBytes = 40;
constexpr std::size_t kRecordBytes = kKeyBytes + Digest::kSizeBytes;

// Clocks of file systems advance in steps of up to 10 ms; coarse ones are rare, so be generous.
constexpr std::int64_t kRacyNs = 100'000'000;

using Key = std::array<std::uint64_t, 5>;

Key KeyOf(const FileStat& stat) {
  return {stat.device, stat.inode, stat.size_bytes, static_cast<std::uint64_t>(stat.mtime_unix_ns),
          static_cast<std::uint64_t>(stat.ctime_unix_ns)};
}

Key KeyAt(ByteSpan records, std::size_t index) {
  Key key;
  std::memcpy(key.data(), records.data() + index * kRecordBytes, kKeyBytes);
  return key;
}

}  // namespace

StatCache::StatCache(FileSystem& files, const std::string& folder, const std::string& root)
    : files_(files) {
  if (folder.empty()) return;
  path_ = JoinPath(folder, "stat-" + crypto::Sha256(root).ToHex().substr(0, 32));
  auto mapping = files_.Map(path_);
  if (!mapping.ok()) return;
  const ByteSpan bytes = (*mapping)->bytes();
  if (bytes.size() < kHeaderBytes || AsText(bytes.first(kMagic.size())) != kMagic ||
      LoadLe<std::uint32_t>(bytes, 8) != kVersion ||
      (bytes.size() - kHeaderBytes) % kRecordBytes != 0 ||
      LoadLe<std::uint32_t>(bytes, 12) != Crc32c(bytes.subspan(kHeaderBytes))) {
    return;
  }
  mapping_ = *std::move(mapping);
  records_ = bytes.subspan(kHeaderBytes);
}

std::optional<Digest> StatCache::Find(const FileStat& stat) const {
  const Key wanted = KeyOf(stat);
  std::size_t low = 0;
  std::size_t high = records_.size() / kRecordBytes;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    const Key key = KeyAt(records_, middle);
    if (key == wanted) {
      return Digest::FromSha256(
          records_.subspan(middle * kRecordBytes + kKeyBytes, Digest::kSizeBytes));
    }
    (key < wanted ? low : high) = key < wanted ? middle + 1 : middle;
  }
  return std::nullopt;
}

std::size_t StatCache::size() const { return records_.size() / kRecordBytes; }

StatCache::Record::Record(const FileStat& stat, const Digest& digest_in)
    : key(KeyOf(stat)), digest(digest_in) {}

void StatCache::Save(std::vector<Record> records, std::int64_t hashed_since_unix_ns) {
  static_assert(sizeof(Record) == kRecordBytes && std::endian::native == std::endian::little,
                "records are written as they lie in memory");
  if (path_.empty()) return;
  std::erase_if(records, [&](const Record& record) {
    const auto mtime_unix_ns = static_cast<std::int64_t>(record.key[3]);
    const auto ctime_unix_ns = static_cast<std::int64_t>(record.key[4]);
    return std::max(mtime_unix_ns, ctime_unix_ns) >= hashed_since_unix_ns - kRacyNs;
  });
  std::ranges::sort(records, {}, &Record::key);
  const ByteSpan bytes = std::as_bytes(std::span(records));
  if (mapping_ != nullptr && AsText(records_) == AsText(bytes)) return;
  std::string header(kMagic);
  AppendLe(header, kVersion);
  AppendLe(header, Crc32c(bytes));
  const std::string temporary = path_ + ".tmp-" + Ulid::Generate().ToString();
  const auto write = [&]() -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const auto file,
                             files_.Open(temporary, OpenMode::kCreateExclusive, 0600));
    REPRISE_TRY(file->WriteAt(0, AsBytes(header)));
    REPRISE_TRY(file->WriteAt(header.size(), bytes));
    return files_.Rename(temporary, path_);
  };
  if (!write().ok()) (void)files_.RemoveFile(temporary);  // Only a cache.
}

}  // namespace reprise::storage
