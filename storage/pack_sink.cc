#include "storage/pack_sink.h"

namespace reprise::storage {

PackSink::PackSink(FileSystem& files, std::string folder, const Ulid& store_id)
    : files_(files), folder_(std::move(folder)), store_id_(store_id) {}

PackSink::~PackSink() {
  if (closer_.joinable()) closer_.join();
}

Result<void> PackSink::AwaitClosing() {
  if (!closer_.joinable()) return {};
  closer_.join();
  if (!closed_.ok()) return closed_.error();
  return {};
}

Result<void> PackSink::CloseCurrent() {
  REPRISE_TRY(AwaitClosing());
  packs_.push_back(current_->id());
  closer_ = std::thread([this, pack = std::move(current_)] { closed_ = pack->Finish(); });
  return {};
}

Result<void> PackSink::AppendLocked(EncodedRecord record) {
  if (current_ == nullptr) {
    REPRISE_ASSIGN_OR_RETURN(current_, PackWriter::Create(files_, folder_, store_id_));
  }
  stored_bytes_ += record.bytes.size();
  REPRISE_TRY(current_->Append(std::move(record)));
  if (current_->full()) REPRISE_TRY(CloseCurrent());
  return {};
}

Result<void> PackSink::Append(EncodedRecord record) {
  const std::lock_guard lock(mutex_);
  if (failure_.has_value()) return *failure_;
  Result<void> appended = AppendLocked(std::move(record));
  if (!appended.ok()) failure_ = appended.error();
  return appended;
}

Result<std::vector<Ulid>> PackSink::Finish() {
  const std::lock_guard lock(mutex_);
  const auto finish = [&]() -> Result<void> {
    if (failure_.has_value()) return *failure_;
    if (current_ != nullptr) REPRISE_TRY(CloseCurrent());
    REPRISE_TRY(AwaitClosing());
    if (!packs_.empty()) REPRISE_TRY(files_.SyncDirectory(folder_));
    return {};
  };
  const Result<void> finished = finish();
  if (!finished.ok()) {
    failure_ = finished.error();
    return *failure_;
  }
  return packs_;
}

std::uint64_t PackSink::stored_bytes() const {
  const std::lock_guard lock(mutex_);
  return stored_bytes_;
}

}  // namespace reprise::storage
