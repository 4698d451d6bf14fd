#include "tracker/leased_store.h"

namespace reprise::tracker {

LeasedStore::LeasedStore(FileSystem& files, std::string store_folder, StoreOptions options)
    : files_(files), store_folder_(std::move(store_folder)), options_(std::move(options)) {}

Result<std::vector<bool>> LeasedStore::HasChunks(std::span<const Digest> digests) {
  return Ask(Question::kChunks, digests);
}

Result<std::vector<bool>> LeasedStore::HasObjects(std::span<const Digest> digests) {
  return Ask(Question::kObjects, digests);
}

void LeasedStore::Release() {
  const std::lock_guard lock(mutex_);
  presence_.reset();
  store_.reset();
}

Result<std::vector<bool>> LeasedStore::Ask(Question question, std::span<const Digest> digests) {
  const std::lock_guard lock(mutex_);
  const std::vector<bool> nothing(digests.size(), false);
  if (unavailable_) return nothing;
  if (store_ == nullptr) {
    auto opened = Store::Open(files_, store_folder_, options_);
    if (!opened.ok()) {
      if (opened.error().code != ErrorCode::kTimeout) return std::move(opened).error();
      unavailable_ = true;
      return nothing;
    }
    store_ = *std::move(opened);
    presence_ = storage::NewCatalogPresence(store_->catalog());
  }
  auto answer = question == Question::kChunks ? presence_->HasChunks(digests)
                                              : presence_->HasObjects(digests);
  if (store_->Contended()) {
    presence_.reset();
    store_.reset();
  }
  return answer;
}

}  // namespace reprise::tracker
