#include "tracker/leased_store.h"

#include <algorithm>
#include <utility>

#include "storage/base/signal_mask.h"

namespace reprise::tracker {

LeasedStore::LeasedStore(FileSystem& files, std::string store_folder, StoreOptions options,
                         std::int64_t ask_wait_ms_max)
    : files_(files),
      store_folder_(std::move(store_folder)),
      options_(std::move(options)),
      ask_wait_ms_max_(std::min(ask_wait_ms_max, options_.lock_wait_ms_max)) {}

Result<std::vector<bool>> LeasedStore::HasChunks(std::span<const Digest> digests) {
  return Ask(Question::kChunks, digests);
}

Result<std::vector<bool>> LeasedStore::HasObjects(std::span<const Digest> digests) {
  return Ask(Question::kObjects, digests);
}

Result<bool> LeasedStore::HasTree(const Digest& tree) {
  const std::lock_guard lock(mutex_);
  REPRISE_ASSIGN_OR_RETURN(const bool open, OpenForQuestion());
  if (!open) return false;
  return presence_->HasTree(tree);
}

void LeasedStore::OpenSoon() {
  const ThreadsTakeNoSignals scope;
  opening_ = std::jthread([this] {
    const std::lock_guard lock(mutex_);
    (void)OpenForQuestion();  // The first question meets the same error.
  });
}

std::optional<Error> LeasedStore::LedgerDamage() {
  if (opening_.joinable()) opening_.join();  // It may not have begun yet.
  const std::lock_guard lock(mutex_);
  return ledger_damage_;
}

Result<void> LeasedStore::WithStore(const std::function<Result<void>(Store&)>& work) {
  const std::lock_guard lock(mutex_);
  REPRISE_TRY(Open(options_.lock_wait_ms_max));
  auto done = work(*store_);
  Close();
  return done;
}

void LeasedStore::Release() {
  const std::lock_guard lock(mutex_);
  Close();
  unavailable_ = false;
}

bool LeasedStore::ReleaseIfContended() {
  const std::lock_guard lock(mutex_);
  CloseIfContended();
  return store_ == nullptr;
}

Result<void> LeasedStore::Open(std::int64_t lock_wait_ms_max) {
  if (store_ != nullptr) return {};
  StoreOptions options = options_;
  options.lock_wait_ms_max = lock_wait_ms_max;
  if (std::exchange(gave_way_, false)) {
    Store::LetWaitersPass(files_, store_folder_, ask_wait_ms_max_);
  }
  REPRISE_ASSIGN_OR_RETURN(store_, Store::Open(files_, store_folder_, options));
  presence_ = storage::NewCatalogPresence(store_->catalog());
  ledger_damage_ = store_->ledger_damage();
  return {};
}

Result<bool> LeasedStore::OpenForQuestion() {
  if (unavailable_) return false;
  if (auto opened = Open(ask_wait_ms_max_); !opened.ok()) {
    if (opened.error().code != ErrorCode::kTimeout) return std::move(opened).error();
    unavailable_ = true;
    return false;
  }
  return true;
}

void LeasedStore::CloseIfContended() {
  if (store_ == nullptr || !store_->Contended()) return;
  Close();
  gave_way_ = true;
}

void LeasedStore::Close() {
  presence_.reset();
  store_.reset();
}

Result<std::vector<bool>> LeasedStore::Ask(Question question, std::span<const Digest> digests) {
  const std::lock_guard lock(mutex_);
  REPRISE_ASSIGN_OR_RETURN(const bool open, OpenForQuestion());
  if (!open) return std::vector<bool>(digests.size(), false);
  auto answer = question == Question::kChunks ? presence_->HasChunks(digests)
                                              : presence_->HasObjects(digests);
  CloseIfContended();
  return answer;
}

}  // namespace reprise::tracker
