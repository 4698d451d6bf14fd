// The store, held only as long as nobody else wants it.
//
// A recorder asks now and then which content the store holds already.  The first question opens the
// store; it stays open for the next ones, and is given up as soon as another process waits.  When
// the lock cannot be had in time, the answer is "nothing is present": content is then stored twice,
// never lost.
//
// Thread-safety: any thread.

#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "storage/object_store.h"
#include "tracker/store.h"

namespace reprise::tracker {

class LeasedStore final : public storage::PresenceIndex {
 public:
  LeasedStore(FileSystem& files, std::string store_folder, StoreOptions options);

  Result<bool> TreesAreWhole() override;
  Result<std::vector<bool>> HasChunks(std::span<const Digest> digests) override;
  Result<std::vector<bool>> HasObjects(std::span<const Digest> digests) override;

  // Begins to open the store in the background, for questions that are bound to come.  A failure is
  // told by the first of them.
  void OpenSoon();

  // Calls `work` with the store, opened if it is not, and closes it afterwards.
  // Errors: those of Store::Open and of `work`.
  Result<void> WithStore(const std::function<Result<void>(Store&)>& work);

  // Closes the store, if it is open.
  void Release();
  // Likewise, if another process waits for it; whether it is closed now.
  bool ReleaseIfContended();

 private:
  enum class Question { kChunks, kObjects };
  // With mutex_ held:
  Result<void> Open();
  Result<bool> OpenForQuestion();  // False: it cannot be had.
  void Close();
  Result<std::vector<bool>> Ask(Question question, std::span<const Digest> digests);

  FileSystem& files_;
  const std::string store_folder_;
  const StoreOptions options_;
  std::mutex mutex_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<storage::PresenceIndex> presence_;
  bool unavailable_ = false;  // The lock was not free in time once; it is not waited for again.
  std::jthread opening_;      // Last, so that it has ended before anything else is destroyed.
};

}  // namespace reprise::tracker
