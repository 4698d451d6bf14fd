// The unit of work of an ObjectWriter: about a megabyte of chunks that are hashed, deduplicated,
// compressed and appended by one thread.
//
// Thread-safety: a batch belongs to one thread at a time; WriteState to all.

#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "storage/digest_set.h"
#include "storage/object_store.h"
#include "storage/pack.h"
#include "storage/pack_sink.h"

namespace reprise::storage {

inline constexpr std::size_t kBatchBytes = 1U << 20;
inline constexpr std::size_t kBatchItemsMax = 4096;

// How compressible one file has been so far; shared by its batches.
struct CompressionProbe {
  std::atomic<std::uint32_t> misses{0};   // Chunks in a row that did not gain.
  std::atomic<std::uint32_t> skipped{0};  // Chunks since the last attempt.
};

struct BatchItem {
  Digest digest;
  std::size_t start = 0;  // In Batch::bytes.
  std::size_t size_bytes = 0;
  bool is_object = false;  // The chunk is a whole object.
  bool is_new = true;      // This session has not had the chunk before; else it has no bytes here.
};

struct WriteBatch {
  std::string bytes;
  std::vector<BatchItem> items;
  std::vector<Manifest> manifests;
  bool is_hashed = true;              // Else the items' digests and is_new are still to be found.
  CompressionProbe* probe = nullptr;  // Not owned; nullptr: content of several files.
  std::atomic<bool> done{false};
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
