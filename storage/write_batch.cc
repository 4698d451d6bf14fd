// Blocks are filled in the order of the batch, so that what was read together lies together.  Items
// that turn out to be present are closed over in place before a block is compressed.

#include "storage/write_batch.h"

#include <cstring>

namespace reprise::storage {
namespace {

constexpr int kCompressionLevel = 1;
constexpr std::uint32_t kProbeMisses = 16;    // After so many misses …
constexpr std::uint32_t kProbeInterval = 16;  // … only every 16th chunk is tried.
// 2 * 2^18 recent digests in two sets stay below 64 MiB and reach back over 16 GiB of new content.
constexpr std::size_t kDigestsRemembered = 1U << 18;

// 0 where compressing is not worth trying.
int ChooseLevel(CompressionProbe* probe, std::size_t chunks) {
  if (probe == nullptr || probe->misses < kProbeMisses) return kCompressionLevel;
  if ((probe->skipped += static_cast<std::uint32_t>(chunks)) < kProbeInterval) return 0;
  probe->skipped = 0;
  return kCompressionLevel;
}

class BatchWriter {
 public:
  BatchWriter(WriteState& state, WriteBatch& batch) : state_(state), batch_(batch) {}

  Result<void> Run() {
    REPRISE_TRY(state_.Check());
    REPRISE_TRY(DropPresent());
    for (const BatchItem& item : batch_.items) {
      if (item.is_new) REPRISE_TRY(AddToBlock(item));
    }
    REPRISE_TRY(FlushBlock());
    for (const Manifest& manifest : batch_.manifests) {
      REPRISE_TRY(state_.sink.Append(EncodeManifest(manifest)));
      ++objects_;
    }
    const std::lock_guard lock(state_.mutex);
    state_.stats.new_bytes += new_bytes_;
    state_.stats.objects += objects_;
    return {};
  }

 private:
  // Asks the store once for all objects and once for all chunks of the batch.  A whole-object chunk
  // whose chunk is present under another object's name becomes a manifest.
  Result<void> DropPresent() {
    std::vector<Digest> objects;
    for (const BatchItem& item : batch_.items) {
      if (item.is_object) objects.push_back(item.digest);
    }
    for (const Manifest& manifest : batch_.manifests) objects.push_back(manifest.object);
    REPRISE_ASSIGN_OR_RETURN(const std::vector<bool> has_objects, Ask(objects, false));
    std::size_t next_object = 0;
    std::vector<Digest> chunks;
    for (BatchItem& item : batch_.items) {
      if (item.is_object && has_objects[next_object++]) item.is_new = item.is_object = false;
      if (item.is_new) chunks.push_back(item.digest);
    }
    std::erase_if(batch_.manifests, [&](const Manifest&) { return has_objects[next_object++]; });
    REPRISE_ASSIGN_OR_RETURN(const std::vector<bool> has_chunks, Ask(chunks, true));
    std::size_t next_chunk = 0;
    for (BatchItem& item : batch_.items) {
      if (item.is_new && has_chunks[next_chunk++]) item.is_new = false;
      if (item.is_object && !item.is_new) {
        batch_.manifests.push_back({.object = item.digest,
                                    .size_bytes = item.size_bytes,
                                    .depth = 0,
                                    .digests = {item.digest}});
      }
    }
    return {};
  }

  Result<std::vector<bool>> Ask(const std::vector<Digest>& digests, bool chunks) const {
    if (digests.empty() || state_.presence == nullptr) return std::vector<bool>(digests.size());
    return chunks ? state_.presence->HasChunks(digests) : state_.presence->HasObjects(digests);
  }

  Result<void> AddToBlock(const BatchItem& item) {
    if (!block_.empty() && (block_end_ - block_start_ + item.size_bytes > kBlockBytesTarget ||
                            block_.size() == kBlockChunksMax)) {
      REPRISE_TRY(FlushBlock());
    }
    if (block_.empty()) block_start_ = block_end_ = item.start;
    std::byte* const bytes = batch_.bytes().data();
    if (item.start != block_end_) {
      std::memmove(bytes + block_end_, bytes + item.start, item.size_bytes);
    }
    block_end_ += item.size_bytes;
    new_bytes_ += item.size_bytes;
    objects_ += item.is_object ? 1 : 0;
    block_.push_back({.digest = item.digest,
                      .size_bytes = static_cast<std::uint32_t>(item.size_bytes),
                      .is_object = item.is_object});
    return {};
  }

  Result<void> FlushBlock() {
    if (block_.empty()) return {};
    const ByteSpan raw = batch_.bytes().subspan(block_start_, block_end_ - block_start_);
    const int level = ChooseLevel(batch_.probe.get(), block_.size());
    EncodedRecord record = EncodeBlock(block_, raw, level);
    if (batch_.probe != nullptr && level != 0) {
      const bool gained = record.bytes.size() < raw.size();
      batch_.probe->misses = gained ? 0 : batch_.probe->misses + block_.size();
    }
    block_.clear();
    return state_.sink.Append(std::move(record));
  }

  WriteState& state_;
  WriteBatch& batch_;
  std::vector<BlockChunk> block_;
  std::size_t block_start_ = 0;
  std::size_t block_end_ = 0;
  std::uint64_t new_bytes_ = 0;
  std::uint64_t objects_ = 0;
};

}  // namespace

WriteState::WriteState(FileSystem& files, const WriterOptions& options)
    : presence(options.presence),
      sink(files, options.folder, options.store_id),
      chunks(kDigestsRemembered),
      objects(kDigestsRemembered) {}

void WriteState::Fail(const Error& error) {
  const std::lock_guard lock(mutex);
  if (!failure.has_value()) failure = error;
}

Result<void> WriteState::Check() {
  const std::lock_guard lock(mutex);
  if (failure.has_value()) return *failure;
  return {};
}

void ProcessBatch(WriteState& state, WriteBatch& batch) {
  const Result<void> written = BatchWriter(state, batch).Run();
  if (!written.ok()) state.Fail(written.error());
}

}  // namespace reprise::storage
