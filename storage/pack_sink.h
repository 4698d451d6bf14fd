// Where a session's threads put their records: one pack after another.
//
// A full pack is finished (synced, named) by a thread of its own while the next one is filled; at
// most one is being finished at a time, which bounds what is dirty.
//
// Thread-safety: Append from any thread; Finish from one, last.

#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "storage/pack_writer.h"

namespace reprise::storage {

class PackSink {
 public:
  PackSink(FileSystem& files, std::string folder, const Ulid& store_id);
  ~PackSink();
  PackSink(const PackSink&) = delete;
  PackSink& operator=(const PackSink&) = delete;

  // Errors: kIoError, kNoSpace  the session is void, and every later call says so.
  Result<void> Append(EncodedRecord record);

  // Finishes the last pack, syncs the folder, and returns the ids of all packs, oldest first.
  Result<std::vector<Ulid>> Finish();

  std::uint64_t stored_bytes() const;

 private:
  Result<void> AppendLocked(EncodedRecord record);
  Result<void> CloseCurrent();
  Result<void> AwaitClosing();

  FileSystem& files_;
  const std::string folder_;
  const Ulid store_id_;

  mutable std::mutex mutex_;
  std::optional<Error> failure_;  // The first; final.
  std::unique_ptr<PackWriter> current_;
  std::vector<Ulid> packs_;
  std::uint64_t stored_bytes_ = 0;
  std::thread closer_;
  Result<std::uint64_t> closed_{std::uint64_t{0}};  // Of `closer_`, once joined.
};

}  // namespace reprise::storage
