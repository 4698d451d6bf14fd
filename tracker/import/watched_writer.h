// A writer that remembers whose failure a failure was: while content of others is read and stored
// in one go, either end may fail, and only a failure of the store is one of all that is stored.
//
// Thread-safety: as ObjectWriter.

#pragma once

#include <atomic>
#include <utility>
#include <vector>

#include "storage/object_store.h"

namespace reprise::tracker {

class WatchedWriter final : public storage::ObjectWriter {
 public:
  // `writer` must outlive it.
  explicit WatchedWriter(storage::ObjectWriter& writer) : writer_(writer) {}

  // Whether the store failed, and not only a source of content.
  bool failed() const { return failed_; }

  Result<storage::PutResult> Put(ByteSpan content) override {
    return Watched(writer_.Put(content), false);
  }
  Result<storage::PutResult> PutStream(const storage::ContentSource& source) override {
    std::atomic<bool> source_failed = false;
    auto put = writer_.PutStream([&](std::uint64_t offset, MutableByteSpan buffer) {
      auto read = source(offset, buffer);
      if (!read.ok()) source_failed = true;
      return read;
    });
    return Watched(std::move(put), source_failed);
  }
  Result<std::vector<Ulid>> Finish() override { return Watched(writer_.Finish(), false); }
  storage::WriterStats stats() const override { return writer_.stats(); }

 private:
  template <typename T>
  Result<T> Watched(Result<T> done, bool source_failed) {
    if (!done.ok() && !source_failed) failed_ = true;
    return done;
  }

  storage::ObjectWriter& writer_;
  std::atomic<bool> failed_ = false;
};

}  // namespace reprise::tracker
