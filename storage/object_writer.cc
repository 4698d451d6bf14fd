// Content is read into the buffer of a batch, and cut and hashed there by the thread that puts it;
// nothing copies it on its way to the compressor.  Content of up to a megabyte shares a batch with
// its neighbours, so that small files are compressed together; longer content has batches of its
// own.  Full batches go to the queue, whose workers deduplicate and compress.
//
// Each putting thread takes an open batch for itself, so that none waits for another's reading.
//
// Memory: a batch takes at most 2.25 MiB, and there are at most as many as the queue holds and runs
// and two for each putting thread; the session's sets of digests take 64 MiB, and the list of an
// object's chunks 512 KiB, whatever the size of the content.

#include <algorithm>
#include <cstring>
#include <deque>

#include "storage/chunker.h"
#include "storage/crypto/sha256.h"
#include "storage/crypto/sha256_parts.h"
#include "storage/object_store.h"
#include "storage/task_queue.h"
#include "storage/tensor_header.h"
#include "storage/write_batch.h"

namespace reprise::storage {
namespace {

static_assert(kReadBytes >= kTensorHeaderBytesMax);
static_assert(kChunkBytesMax >= kManifestDigestsMax * Digest::kSizeBytes);

// The batches of a session, used again and again.
// Thread-safety: all methods may be called concurrently; a batch belongs to who took it.
class BatchPool {
 public:
  // One that nobody has put anything into.
  WriteBatch* TakeEmpty() {
    const std::lock_guard lock(mutex_);
    return TakeEmptyLocked();
  }
  // One that is not full.
  WriteBatch* TakeOpen() {
    const std::lock_guard lock(mutex_);
    if (open_.empty()) return TakeEmptyLocked();
    WriteBatch* const batch = open_.back();
    open_.pop_back();
    return batch;
  }
  // For whoever takes the next open one.
  void LeaveOpen(WriteBatch* batch) {
    const std::lock_guard lock(mutex_);
    open_.push_back(batch);
  }
  void Return(WriteBatch* batch) {
    batch->Clear();
    const std::lock_guard lock(mutex_);
    empty_.push_back(batch);
  }
  // All that are open.
  std::vector<WriteBatch*> TakeAllOpen() {
    const std::lock_guard lock(mutex_);
    return std::exchange(open_, {});
  }

 private:
  WriteBatch* TakeEmptyLocked() {
    if (empty_.empty()) return &all_.emplace_back();
    WriteBatch* const batch = empty_.back();
    empty_.pop_back();
    return batch;
  }

  std::mutex mutex_;
  std::deque<WriteBatch> all_;  // None ever moves.
  std::vector<WriteBatch*> empty_;
  std::vector<WriteBatch*> open_;
};

class Writer final : public ObjectWriter {
 public:
  Writer(FileSystem& files, const WriterOptions& options)
      : state_(files, options), queue_(options.threads) {}

  Result<PutResult> Put(ByteSpan content) override {
    return PutStream([content](std::uint64_t offset, MutableByteSpan buffer) {
      const std::size_t count = std::min<std::uint64_t>(buffer.size(), content.size() - offset);
      if (count > 0) std::memcpy(buffer.data(), content.data() + offset, count);
      return Result<std::size_t>(count);
    });
  }

  Result<PutResult> PutStream(const ContentSource& source) override;

  Result<std::vector<Ulid>> Finish() override {
    for (WriteBatch* const batch : batches_.TakeAllOpen()) Submit(batch);
    queue_.Drain();
    REPRISE_TRY(state_.Check());
    return state_.sink.Finish();
  }

  WriterStats stats() const override {
    const std::lock_guard lock(state_.mutex);
    WriterStats stats = state_.stats;
    stats.stored_bytes = state_.sink.stored_bytes();
    return stats;
  }

 private:
  // The digests of one object's chunks.
  class ManifestBuilder {
   public:
    explicit ManifestBuilder(Writer& writer) : writer_(writer) {}

    void Add(const Digest& chunk) {
      if (chunks_.size() == kManifestDigestsMax) Spill();
      chunks_.push_back(chunk);
    }

    Manifest Finish(const Digest& object, std::uint64_t size_bytes) {
      if (!lists_.empty()) Spill();
      const std::uint32_t depth = lists_.empty() ? 0 : 1;
      return {.object = object,
              .size_bytes = size_bytes,
              .depth = depth,
              .digests = depth == 0 ? std::move(chunks_) : std::move(lists_)};
    }

   private:
    void Spill() {
      std::string list;
      for (const Digest& chunk : chunks_) list += AsText(chunk.bytes());
      lists_.push_back(crypto::Sha256(list));
      writer_.AddListChunk(lists_.back(), AsBytes(list));
      chunks_.clear();
    }

    Writer& writer_;
    std::vector<Digest> chunks_;
    std::vector<Digest> lists_;
  };

  // `content` lies at the front of the batch's room.
  Result<PutResult> PutSmall(WriteBatch& batch, ByteSpan content);
  // `filled` bytes are read into the room of `batch`, which is empty.
  Result<PutResult> PutLarge(const ContentSource& read, WriteBatch* batch, std::size_t filled);
  Result<PutResult> PutManifest(Manifest manifest);
  void AddListChunk(const Digest& digest, ByteSpan content);

  // Both take the batch away from the caller.
  void LeaveOrSubmit(WriteBatch* batch);
  void Submit(WriteBatch* batch);

  mutable WriteState state_;
  BatchPool batches_;
  TaskQueue queue_;  // Last: its threads use what is above.
};

void Writer::LeaveOrSubmit(WriteBatch* batch) {
  if (batch->full()) return Submit(batch);
  batches_.LeaveOpen(batch);
}

void Writer::Submit(WriteBatch* batch) {
  queue_.Run([this, batch] {
    ProcessBatch(state_, *batch);
    batches_.Return(batch);
  });
}

void Writer::AddListChunk(const Digest& digest, ByteSpan content) {
  {
    const std::lock_guard lock(state_.mutex);
    if (!state_.chunks.Insert(digest)) return;
  }
  WriteBatch* const batch = batches_.TakeOpen();
  batch->items.push_back(
      {.digest = digest, .start = batch->filled_bytes(), .size_bytes = content.size()});
  std::memcpy(batch->Room().data(), content.data(), content.size());
  batch->Fill(content.size());
  LeaveOrSubmit(batch);
}

Result<PutResult> Writer::PutStream(const ContentSource& source) {
  REPRISE_TRY(state_.Check());
  WriteBatch* batch = batches_.TakeOpen();
  const MutableByteSpan room = batch->Room().first(kReadBytes);
  const Result<std::size_t> count = source(0, room);
  if (count.ok() && *count > kBatchBytes) {
    WriteBatch* const own = batches_.TakeEmpty();
    std::memcpy(own->Room().data(), room.data(), *count);
    batches_.LeaveOpen(batch);
    return PutLarge(source, own, *count);
  }
  Result<PutResult> put = count.ok() ? PutSmall(*batch, room.first(*count)) : count.error();
  LeaveOrSubmit(batch);
  return put;
}

Result<PutResult> Writer::PutSmall(WriteBatch& batch, ByteSpan content) {
  std::vector<BatchItem> cuts;
  Chunker chunker(TensorCuts(content));
  for (std::size_t start = 0; start < content.size();) {
    const std::size_t length = chunker.Next(content.subspan(start));
    cuts.push_back({.start = start, .size_bytes = length});
    start += length;
  }
  PutResult result{{}, content.size()};
  const bool is_object = cuts.size() == 1;
  if (is_object) {  // Which has its chunk's digest.
    result.digest = cuts[0].digest = crypto::Sha256(content);
  } else {
    const auto digests = crypto::NewSha256Parts();
    for (BatchItem& cut : cuts)
      cut.digest = digests->Add(content.subspan(cut.start, cut.size_bytes));
    result.digest = digests->Finish();
  }
  const std::lock_guard lock(state_.mutex);
  if (state_.failure.has_value()) return *state_.failure;
  state_.stats.logical_bytes += content.size();
  if (!state_.objects.Insert(result.digest)) return result;
  if (!is_object) {
    Manifest& manifest = batch.manifests.emplace_back();
    manifest.object = result.digest;
    manifest.size_bytes = content.size();
    for (const BatchItem& cut : cuts) manifest.digests.push_back(cut.digest);
  }
  bool any_new = false;
  for (BatchItem& cut : cuts) {
    cut.start += batch.filled_bytes();
    cut.is_object = is_object;
    cut.is_new = state_.chunks.Insert(cut.digest);
    if (cut.is_new || is_object) batch.items.push_back(cut);
    any_new |= cut.is_new;
  }
  if (any_new) batch.Fill(content.size());
  return result;
}

Result<PutResult> Writer::PutLarge(const ContentSource& read, WriteBatch* batch,
                                   std::size_t filled) {
  Chunker chunker(TensorCuts(batch->Room().first(filled)));
  const auto digests = crypto::NewSha256Parts();
  const auto probe = std::make_shared<CompressionProbe>();
  ManifestBuilder manifest(*this);
  std::uint64_t offset = 0;  // Of the batch's first byte in the content.
  for (bool at_end = filled < kReadBytes;;) {
    const ByteSpan ahead = batch->Room().first(filled);
    std::size_t taken = 0;
    // About kBatchBytes, and no chunk whose end is not decided yet.
    while (taken < std::min(filled, kBatchBytes) && (at_end || filled - taken >= kChunkBytesMax)) {
      const std::size_t length = chunker.Next(ahead.subspan(taken));
      const Digest digest = digests->Add(ahead.subspan(taken, length));
      batch->items.push_back({.digest = digest, .start = taken, .size_bytes = length});
      manifest.Add(digest);
      taken += length;
    }
    {
      const std::lock_guard lock(state_.mutex);
      for (BatchItem& item : batch->items) item.is_new = state_.chunks.Insert(item.digest);
    }
    WriteBatch* const next = batches_.TakeEmpty();
    const ByteSpan rest = ahead.subspan(taken);
    if (!rest.empty()) std::memcpy(next->Room().data(), rest.data(), rest.size());
    batch->Fill(taken);
    batch->probe = probe;
    Submit(batch);
    batch = next;
    offset += taken;
    filled -= taken;
    if (at_end && filled == 0) break;
    if (at_end) continue;
    const MutableByteSpan buffer = batch->Room().first(kReadBytes).subspan(filled);
    const Result<std::size_t> count = read(offset + filled, buffer);
    const Result<void> usable = count.ok() ? state_.Check() : count.error();
    if (!usable.ok()) {
      batches_.Return(batch);
      return usable.error();
    }
    filled += *count;
    at_end = *count < buffer.size();
  }
  batches_.Return(batch);
  return PutManifest(manifest.Finish(digests->Finish(), offset));
}

Result<PutResult> Writer::PutManifest(Manifest manifest) {
  const PutResult result{manifest.object, manifest.size_bytes};
  if (manifest.digests.size() > kManifestDigestsMax) {
    return Error{ErrorCode::kUnsupported, "cannot store content of " +
                                              std::to_string(result.size_bytes) +
                                              " bytes: it has more chunks than 2^26"};
  }
  {
    const std::lock_guard lock(state_.mutex);
    if (state_.failure.has_value()) return *state_.failure;
    state_.stats.logical_bytes += result.size_bytes;
    if (!state_.objects.Insert(result.digest)) return result;
  }
  WriteBatch* const batch = batches_.TakeOpen();
  batch->manifests.push_back(std::move(manifest));
  LeaveOrSubmit(batch);
  return result;
}

}  // namespace

Result<std::unique_ptr<ObjectWriter>> NewObjectWriter(FileSystem& files, WriterOptions options) {
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, files.StatFollowing(options.folder));
  if (stat.kind != FileKind::kDirectory) {
    return Error{
        ErrorCode::kInvalidArgument,
        "cannot write a session into '" + Printable(options.folder) + "': it is not a folder"};
  }
  return std::unique_ptr<ObjectWriter>(std::make_unique<Writer>(files, options));
}

}  // namespace reprise::storage
