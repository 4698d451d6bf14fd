// Content of up to a megabyte is hashed by the thread that puts it and collected with its
// neighbours, so that small files are compressed together.  Longer content is cut and hashed as a
// whole by that thread while the queue's workers hash, deduplicate and compress its chunks.
//
// Memory: each queued or running batch holds at most 2.25 MiB, each putting thread 1.25 MiB, the
// session's sets of digests 64 MiB, and the list of an object's chunks 512 KiB, whatever the size
// of the content.

#include <algorithm>
#include <cstring>
#include <deque>

#include "storage/chunker.h"
#include "storage/crypto/sha256.h"
#include "storage/object_store.h"
#include "storage/task_queue.h"
#include "storage/tensor_header.h"
#include "storage/write_batch.h"

namespace reprise::storage {
namespace {

constexpr std::size_t kReadBytes = kBatchBytes + kChunkBytesMax;
static_assert(kReadBytes >= kTensorHeaderBytesMax);

class Writer final : public ObjectWriter {
 public:
  Writer(FileSystem& files, const WriterOptions& options)
      : state_(files, options), pending_(NewPending()), queue_(options.threads) {}

  Result<PutResult> Put(ByteSpan content) override {
    if (content.size() <= kBatchBytes) return PutSmall(content);
    return PutStream([content](std::uint64_t offset, MutableByteSpan buffer) {
      const std::size_t count = std::min<std::uint64_t>(buffer.size(), content.size() - offset);
      std::memcpy(buffer.data(), content.data() + offset, count);
      return Result<std::size_t>(count);
    });
  }

  Result<PutResult> PutFile(File& file) override {
    return PutStream([&file](std::uint64_t offset, MutableByteSpan buffer) {
      return file.ReadAt(offset, buffer);
    });
  }

  Result<PutResult> PutStream(const ContentSource& source) override;

  Result<std::vector<Ulid>> Finish() override {
    Submit(TakePending());
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
  // The digests of one object's chunks, as they become known.
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

  static std::shared_ptr<WriteBatch> NewPending() {
    auto batch = std::make_shared<WriteBatch>();
    batch->bytes.reserve(2 * kBatchBytes);  // It never moves while the lock is held.
    return batch;
  }

  Result<PutResult> PutSmall(ByteSpan content);
  // `filled` bytes of `buffer` are read already.
  Result<PutResult> PutLarge(const ContentSource& read, MutableByteSpan buffer, std::size_t filled);
  std::shared_ptr<WriteBatch> CutBatch(Chunker& chunker, ByteSpan ahead, bool at_end);

  // Of the content that this session puts together; the caller holds state_.mutex.
  void AddItem(const Digest& digest, ByteSpan content, bool is_object, bool is_new);
  void AddListChunk(const Digest& digest, ByteSpan content);
  std::shared_ptr<WriteBatch> TakePendingIfFull();
  std::shared_ptr<WriteBatch> TakePending();
  void Submit(std::shared_ptr<WriteBatch> batch);

  mutable WriteState state_;
  std::shared_ptr<WriteBatch> pending_;  // Guarded by state_.mutex.
  TaskQueue queue_;                      // Last: its threads use what is above.
};

void Writer::AddItem(const Digest& digest, ByteSpan content, bool is_object, bool is_new) {
  pending_->items.push_back({.digest = digest,
                             .start = pending_->bytes.size(),
                             .size_bytes = content.size(),
                             .is_object = is_object,
                             .is_new = is_new});
  if (is_new) pending_->bytes += AsText(content);
}

void Writer::AddListChunk(const Digest& digest, ByteSpan content) {
  std::unique_lock lock(state_.mutex);
  if (!state_.chunks.Insert(digest)) return;
  AddItem(digest, content, /*is_object=*/false, /*is_new=*/true);
  std::shared_ptr<WriteBatch> full = TakePendingIfFull();
  lock.unlock();
  Submit(std::move(full));
}

std::shared_ptr<WriteBatch> Writer::TakePendingIfFull() {
  if (pending_->bytes.size() < kBatchBytes && pending_->items.size() < kBatchItemsMax &&
      pending_->manifests.size() < kBatchItemsMax) {
    return nullptr;
  }
  return std::exchange(pending_, NewPending());
}

std::shared_ptr<WriteBatch> Writer::TakePending() {
  const std::lock_guard lock(state_.mutex);
  return std::exchange(pending_, NewPending());
}

void Writer::Submit(std::shared_ptr<WriteBatch> batch) {
  if (batch == nullptr) return;
  queue_.Run([this, batch = std::move(batch)] { ProcessBatch(state_, *batch); });
}

Result<PutResult> Writer::PutStream(const ContentSource& source) {
  REPRISE_TRY(state_.Check());
  thread_local std::vector<std::byte> buffer(kReadBytes);
  REPRISE_ASSIGN_OR_RETURN(const std::size_t count, source(0, buffer));
  if (count <= kBatchBytes) return PutSmall(ByteSpan(buffer).first(count));
  return PutLarge(source, buffer, count);
}

Result<PutResult> Writer::PutSmall(ByteSpan content) {
  const PutResult result{crypto::Sha256(content), content.size()};
  {
    const std::lock_guard lock(state_.mutex);
    if (state_.failure.has_value()) return *state_.failure;
    state_.stats.logical_bytes += content.size();
    if (!state_.objects.Insert(result.digest)) return result;
  }
  struct Cut {
    Digest digest;
    ByteSpan content;
  };
  std::vector<Cut> cuts;
  Chunker chunker(TensorCuts(content));
  for (ByteSpan rest = content; !rest.empty();) {
    const std::size_t length = chunker.Next(rest);
    cuts.push_back({{}, rest.first(length)});
    rest = rest.subspan(length);
  }
  // An object of one chunk has that chunk's digest: it is hashed once.
  if (cuts.size() == 1) {
    cuts[0].digest = result.digest;
  } else {
    for (Cut& cut : cuts) cut.digest = crypto::Sha256(cut.content);
  }
  std::unique_lock lock(state_.mutex);
  const bool is_object = cuts.size() == 1;
  for (const Cut& cut : cuts) {
    const bool is_new = state_.chunks.Insert(cut.digest);
    if (is_new || is_object) AddItem(cut.digest, cut.content, is_object, is_new);
  }
  if (!is_object) {
    Manifest& manifest = pending_->manifests.emplace_back();
    manifest.object = result.digest;
    manifest.size_bytes = content.size();
    for (const Cut& cut : cuts) manifest.digests.push_back(cut.digest);
  }
  std::shared_ptr<WriteBatch> full = TakePendingIfFull();
  lock.unlock();
  Submit(std::move(full));
  return result;
}

// A batch of the chunks at the front of `ahead`: about kBatchBytes of them, and none whose end is
// not decided yet.
std::shared_ptr<WriteBatch> Writer::CutBatch(Chunker& chunker, ByteSpan ahead, bool at_end) {
  auto batch = std::make_shared<WriteBatch>();
  batch->is_hashed = false;
  std::size_t position = 0;
  while (position < std::min(ahead.size(), kBatchBytes) &&
         (at_end || ahead.size() - position >= kChunkBytesMax)) {
    const std::size_t length = chunker.Next(ahead.subspan(position));
    batch->items.push_back({.digest = {}, .start = position, .size_bytes = length});
    position += length;
  }
  batch->bytes = AsText(ahead.first(position));
  return batch;
}

Result<PutResult> Writer::PutLarge(const ContentSource& read, MutableByteSpan buffer,
                                   std::size_t filled) {
  crypto::Sha256Stream whole;
  CompressionProbe probe;
  ManifestBuilder manifest(*this);
  std::deque<std::shared_ptr<WriteBatch>> batches;
  // Batches refer to `probe`, so none may outlive this call, however it ends.
  const auto await_first = [&] {
    queue_.Wait([&] { return batches.front()->done.load(); });
    for (const BatchItem& item : batches.front()->items) manifest.Add(item.digest);
    batches.pop_front();
  };
  const auto put_all = [&]() -> Result<std::uint64_t> {
    Chunker chunker(TensorCuts(ByteSpan(buffer).first(filled)));
    std::uint64_t offset = 0;  // Of the buffer in the content.
    for (bool at_end = filled<buffer.size(); filled> 0;) {
      REPRISE_TRY(state_.Check());
      const ByteSpan ahead = ByteSpan(buffer).first(filled);
      const std::shared_ptr<WriteBatch> batch = CutBatch(chunker, ahead, at_end);
      const std::size_t taken = batch->bytes.size();
      whole.Update(ahead.first(taken));
      batch->probe = &probe;
      batches.push_back(batch);
      Submit(batch);
      std::memmove(buffer.data(), buffer.data() + taken, filled - taken);
      offset += taken;
      filled -= taken;
      while (batches.size() > 2 * queue_.threads() && batches.front()->done) await_first();
      if (at_end) continue;
      REPRISE_ASSIGN_OR_RETURN(const std::size_t count,
                               read(offset + filled, buffer.subspan(filled)));
      filled += count;
      at_end = filled < buffer.size();
    }
    return offset;
  };
  const Result<std::uint64_t> size_bytes = put_all();
  while (!batches.empty()) await_first();
  if (!size_bytes.ok()) return size_bytes.error();

  const PutResult result{whole.Finish(), *size_bytes};
  Manifest finished = manifest.Finish(result.digest, result.size_bytes);
  if (finished.digests.size() > kManifestDigestsMax) {
    return Error{ErrorCode::kUnsupported, "cannot store content of " +
                                              std::to_string(result.size_bytes) +
                                              " bytes: it has more chunks than 2^26"};
  }
  std::unique_lock lock(state_.mutex);
  if (state_.failure.has_value()) return *state_.failure;
  state_.stats.logical_bytes += result.size_bytes;
  if (!state_.objects.Insert(result.digest)) return result;
  pending_->manifests.push_back(std::move(finished));
  std::shared_ptr<WriteBatch> full = TakePendingIfFull();
  lock.unlock();
  Submit(std::move(full));
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
