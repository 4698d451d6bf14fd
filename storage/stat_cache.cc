// Records that are added are collected, and written out in sorted runs when there are many, so that
// memory does not grow with their number.  In the end the runs and the old records that were found
// are merged.

#include "storage/stat_cache.h"

#include <algorithm>
#include <atomic>
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

constexpr std::size_t kRunRecords = 1U << 15;      // 2.25 MiB.
constexpr std::size_t kReadRecords = 512;          // Of each run at a time.
constexpr std::size_t kWrittenBytes = 256U << 10;  // At a time.

// Clocks of file systems advance in steps of up to 10 ms; coarse ones are rare, so be generous.
constexpr std::int64_t kRacyNs = 100'000'000;

}  // namespace

// The records of one sorted run, in order.
class StatCache::Run {
 public:
  Run(const File* file, std::size_t start, std::size_t count)
      : file_(file), next_(start), end_(start + count) {}
  explicit Run(std::vector<Record> records) : records_(std::move(records)) {}

  // nullptr at the end.
  Result<const Record*> Front() {
    if (position_ == records_.size() && next_ < end_) {
      records_.resize(std::min(kReadRecords, end_ - next_));
      const auto bytes = std::as_writable_bytes(std::span(records_));
      REPRISE_ASSIGN_OR_RETURN(const std::size_t count, file_->ReadAt(next_ * kRecordBytes, bytes));
      if (count != bytes.size()) return Error{ErrorCode::kIoError, "a run of the stat cache ends"};
      next_ += records_.size();
      position_ = 0;
    }
    return position_ == records_.size() ? nullptr : &records_[position_];
  }
  void Pop() { ++position_; }

 private:
  const File* file_ = nullptr;
  std::size_t next_ = 0;  // To be read, of the file's records.
  std::size_t end_ = 0;
  std::vector<Record> records_;
  std::size_t position_ = 0;
};

StatCache::StatCache(FileSystem& files, const std::string& folder, const std::string& root,
                     std::int64_t hashed_since_unix_ns)
    : files_(files), hashed_since_unix_ns_(hashed_since_unix_ns) {
  static_assert(sizeof(Record) == kRecordBytes && std::endian::native == std::endian::little,
                "records are written as they lie in memory");
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
  is_found_.resize(records_.size() / kRecordBytes);
}

StatCache::~StatCache() {
  if (spilled_ != nullptr) (void)files_.RemoveFile(spilled_->path());
}

StatCache::Key StatCache::KeyOf(const FileStat& stat) {
  return {stat.device, stat.inode, stat.size_bytes, static_cast<std::uint64_t>(stat.mtime_unix_ns),
          static_cast<std::uint64_t>(stat.ctime_unix_ns)};
}

StatCache::Record StatCache::RecordAt(std::size_t index) const {
  Record record;
  std::memcpy(static_cast<void*>(&record), records_.data() + index * kRecordBytes, kRecordBytes);
  return record;
}

std::optional<Digest> StatCache::Find(const FileStat& stat) {
  const Key wanted = KeyOf(stat);
  std::size_t low = 0;
  std::size_t high = is_found_.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    Key key;
    std::memcpy(key.data(), records_.data() + middle * kRecordBytes, kKeyBytes);
    if (key == wanted) {
      std::atomic_ref(is_found_[middle]).store(1, std::memory_order_relaxed);
      return RecordAt(middle).digest;
    }
    (key < wanted ? low : high) = key < wanted ? middle + 1 : middle;
  }
  return std::nullopt;
}

void StatCache::Add(const FileStat& stat, const Digest& digest) {
  if (path_.empty() ||
      std::max(stat.mtime_unix_ns, stat.ctime_unix_ns) >= hashed_since_unix_ns_ - kRacyNs) {
    return;
  }
  const std::lock_guard lock(mutex_);
  if (failed_) return;
  added_.push_back({KeyOf(stat), digest});
  if (added_.size() == kRunRecords) failed_ = !Spill().ok();
}

Result<void> StatCache::Spill() {
  std::ranges::sort(added_);
  if (spilled_ == nullptr) {
    REPRISE_ASSIGN_OR_RETURN(spilled_, files_.Open(path_ + ".tmp-" + Ulid::Generate().ToString(),
                                                   OpenMode::kCreateExclusive, 0600));
  }
  const auto written =
      spilled_->WriteAt(runs_ * kRunRecords * kRecordBytes, std::as_bytes(std::span(added_)));
  ++runs_;
  added_.clear();
  return written;
}

// In the order of the keys, each once.
Result<void> StatCache::Merge(const std::function<Result<void>(const Record&)>& emit) {
  std::vector<Run> runs;
  for (std::size_t i = 0; i < runs_; ++i) {
    runs.emplace_back(spilled_.get(), i * kRunRecords, kRunRecords);
  }
  std::ranges::sort(added_);
  runs.emplace_back(std::move(added_));
  std::size_t old = 0;
  std::optional<Key> last;
  for (;;) {
    while (old < is_found_.size() && is_found_[old] == 0) ++old;
    std::optional<Record> least;
    Run* from = nullptr;  // nullptr: the old records.
    if (old < is_found_.size()) least = RecordAt(old);
    for (Run& run : runs) {
      REPRISE_ASSIGN_OR_RETURN(const Record* const front, run.Front());
      if (front == nullptr) continue;
      // Of records of one key, what was hashed last is right.
      if (least.has_value() && (from == nullptr ? least->key < front->key : *least <= *front)) {
        continue;
      }
      least = *front;
      from = &run;
    }
    if (!least.has_value()) return {};
    if (from == nullptr) {
      ++old;
    } else {
      from->Pop();
    }
    if (least->key != last) REPRISE_TRY(emit(*least));
    last = least->key;
  }
}

Result<void> StatCache::Write(File& file) {
  std::string bytes;
  std::uint64_t offset = kHeaderBytes;
  std::uint32_t checksum = 0;
  const auto flush = [&]() -> Result<void> {
    checksum = Crc32c(AsBytes(bytes), checksum);
    REPRISE_TRY(file.WriteAt(offset, AsBytes(bytes)));
    offset += bytes.size();
    bytes.clear();
    return {};
  };
  REPRISE_TRY(Merge([&](const Record& record) -> Result<void> {
    bytes += AsText(std::as_bytes(std::span(&record, 1)));
    return bytes.size() < kWrittenBytes ? Result<void>() : flush();
  }));
  REPRISE_TRY(flush());
  std::string header(kMagic);
  AppendLe(header, kVersion);
  AppendLe(header, checksum);
  return file.WriteAt(0, AsBytes(header));
}

void StatCache::Save() {
  if (path_.empty() || failed_) return;
  const bool is_new = runs_ > 0 || !added_.empty() || std::ranges::count(is_found_, 0) > 0;
  if (!is_new) return;
  const std::string temporary = path_ + ".tmp-" + Ulid::Generate().ToString();
  const auto write = [&]() -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const auto file,
                             files_.Open(temporary, OpenMode::kCreateExclusive, 0600));
    REPRISE_TRY(Write(*file));
    return files_.Rename(temporary, path_);
  };
  if (!write().ok()) (void)files_.RemoveFile(temporary);  // Only a cache.
}

}  // namespace reprise::storage
