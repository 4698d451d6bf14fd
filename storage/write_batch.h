// The unit of work of an ObjectWriter: about a megabyte of chunks that are deduplicated, compressed
// and appended by one thread.
//
// Thread-safety: a batch belongs to one thread at a time; WriteState to all.

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "storage/chunker.h"
#include "storage/digest_set.h"
#include "storage/object_store.h"
#include "storage/pack.h"
#include "storage/pack_sink.h"

namespace reprise::storage {

// A batch that has so many bytes or items is full.
inline constexpr std::size_t kBatchBytes = 1U << 20;
inline constexpr std::size_t kBatchItemsMax = 4096;
// What is read at once.  It ends in a whole chunk beyond kBatchBytes, wherever the chunks are cut.
inline constexpr std::size_t kReadBytes = kBatchBytes + kChunkBytesMax;

// How compressible one file has been so far; shared by its batches.
struct CompressionProbe {
  std::atomic<std::uint32_t> misses{0};   // Chunks in a row that did not gain.
  std::atomic<std::uint32_t> skipped{0};  // Chunks since the last attempt.
};

struct BatchItem {
  Digest digest;
  std::size_t start = 0;  // In the batch's buffer.
  std::size_t size_bytes = 0;
  bool is_object = false;  // The chunk is a whole object.
  bool is_new = true;      // This session has not had the chunk before; else it has no bytes here.
};

class WriteBatch {
 public:
  // Where content is put before it becomes items; room for kReadBytes unless the batch is full.
  MutableByteSpan Room() { return {buffer_.get() + filled_, kCapacityBytes - filled_}; }
  // The first `size_bytes` of the room belong to the batch.
  void Fill(std::size_t size_bytes) { filled_ += size_bytes; }
  std::size_t filled_bytes() const { return filled_; }
  MutableByteSpan bytes() { return {buffer_.get(), filled_}; }

  bool full() const {
    return filled_ >= kBatchBytes || items.size() >= kBatchItemsMax ||
           manifests.size() >= kBatchItemsMax;
  }
  // Forgets all but the buffer.
  void Clear() {
    items.clear();
    manifests.clear();
    probe.reset();
    filled_ = 0;
  }

  std::vector<BatchItem> items;
  std::vector<Manifest> manifests;
  // Absent: content of several files.  Shared, since no file waits for its batches.
  std::shared_ptr<CompressionProbe> probe;

 private:
  static constexpr std::size_t kCapacityBytes = kBatchBytes + kReadBytes;
  std::unique_ptr<std::byte[]> buffer_ =
      std::make_unique_for_overwrite<std::byte[]>(kCapacityBytes);
  std::size_t filled_ = 0;
};

// What all threads of a session share.
struct WriteState {
  WriteState(FileSystem& files, const WriterOptions& options);

  PresenceIndex* const presence;
  PackSink sink;

  std::mutex mutex;  // Guards what follows.
  RecentDigests chunks;
  RecentDigests objects;
  std::optional<Error> failure;  // The first; the session is then void.
  WriterStats stats;

  void Fail(const Error& error);
  Result<void> Check();
};

// Writes what of `batch` the store and the session do not have yet.  Failures go to `state`.
void ProcessBatch(WriteState& state, WriteBatch& batch);

}  // namespace reprise::storage
