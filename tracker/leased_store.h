// The store, held only as long as nobody else wants it.
//
// A recorder asks now and then which content the store holds already.  The first question opens the
// store; it stays open for the next ones, and is given up as soon as another process waits.  When
// the lock cannot be had in time, the answer is "nothing is present": content is then stored twice,
// never lost.
//
// Thread-safety: any thread.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "storage/object_store.h"
#include "tracker/store.h"

namespace reprise::tracker {

class LeasedStore final : public storage::PresenceIndex {
 public:
  // A question waits at most `ask_wait_ms_max` for a busy store, and is answered "no" then, which
  // is always right; WithStore() waits as `options` say.
  LeasedStore(FileSystem& files, std::string store_folder, StoreOptions options,
              std::int64_t ask_wait_ms_max = kStoreLockWaitMsMax);

  Result<bool> HasTree(const Digest& tree) override;
  Result<std::vector<bool>> HasChunks(std::span<const Digest> digests) override;
  Result<std::vector<bool>> HasObjects(std::span<const Digest> digests) override;

  // Begins to open the store in the background, for questions that are bound to come.  A failure is
  // told by the first of them.
  void OpenSoon();

  // Damage of the ledger that was met when the store was opened, if it was: what is recorded then
  // is not adopted before that is mended.  Waits for OpenSoon().
  std::optional<Error> LedgerDamage();

  // Calls `work` with the store, opened if it is not, and closes it afterwards.
  // Errors: those of Store::Open and of `work`.
  Result<void> WithStore(const std::function<Result<void>(Store&)>& work);

  // Closes the store, if it is open.  Whoever does something else now must call it: as long as
  // nothing is asked, nobody who waits for the store is noticed.
  void Release();
  // Likewise, if another process waits for it; whether it is closed now.
  bool ReleaseIfContended();

 private:
  enum class Question { kChunks, kObjects };
  // With mutex_ held:
  Result<void> Open(std::int64_t lock_wait_ms_max);
  Result<bool> OpenForQuestion();  // False: it cannot be had.
  void CloseIfContended();
  void Close();
  Result<std::vector<bool>> Ask(Question question, std::span<const Digest> digests);

  FileSystem& files_;
  const std::string store_folder_;
  const StoreOptions options_;
  std::mutex mutex_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<storage::PresenceIndex> presence_;
  const std::int64_t ask_wait_ms_max_;
  std::optional<Error> ledger_damage_;
  bool gave_way_ = false;     // Others come first when it is opened again.
  bool unavailable_ = false;  // The lock was not free in time: not waited for until Release().
  std::jthread opening_;      // Last, so that it has ended before anything else is destroyed.
};

}  // namespace reprise::tracker
