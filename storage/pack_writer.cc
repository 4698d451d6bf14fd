#include "storage/pack_writer.h"

#include "storage/crypto/sha256.h"

namespace reprise::storage {
namespace {

// Writing back early keeps the final sync short and the amount of dirty memory bounded.
constexpr std::uint64_t kWritebackBytes = 8U << 20;

}  // namespace

PackWriter::PackWriter(FileSystem& files, std::string folder, const Ulid& id)
    : files_(files),
      folder_(std::move(folder)),
      id_(id),
      temporary_(JoinPath(folder_, id_.ToString() + ".pack.tmp")) {}

Result<std::unique_ptr<PackWriter>> PackWriter::Create(FileSystem& files, const std::string& folder,
                                                       const Ulid& store_id) {
  std::unique_ptr<PackWriter> writer(new PackWriter(files, folder, Ulid::Generate()));
  REPRISE_ASSIGN_OR_RETURN(writer->file_,
                           files.Open(writer->temporary_, OpenMode::kCreateExclusive));
  REPRISE_TRY(writer->Write(AsBytes(EncodePackHeader({store_id, writer->id_}))));
  return writer;
}

Result<void> PackWriter::Write(ByteSpan bytes) {
  REPRISE_TRY(file_->WriteAt(offset_, bytes));
  offset_ += bytes.size();
  if (offset_ - written_back_ >= kWritebackBytes) {
    file_->StartWriteback(written_back_, offset_ - written_back_);
    written_back_ = offset_;
  }
  return {};
}

Result<void> PackWriter::Append(EncodedRecord record) {
  REPRISE_ASSERT(offset_ + record.bytes.size() <= UINT32_MAX);
  for (PackEntry& entry : record.entries) {
    entry.offset = static_cast<std::uint32_t>(offset_);
    entries_.push_back(entry);
  }
  return Write(AsBytes(record.bytes));
}

Result<std::uint64_t> PackWriter::Finish() {
  const std::string footer = EncodeFooter(entries_);
  const std::uint64_t footer_offset = offset_;
  REPRISE_TRY(Write(AsBytes(footer)));
  REPRISE_TRY(Write(AsBytes(EncodeTrailer({.footer_offset = footer_offset,
                                           .entries = static_cast<std::uint32_t>(entries_.size()),
                                           .footer_sha256 = crypto::Sha256(footer)}))));
  REPRISE_TRY(file_->Sync());
  file_.reset();
  REPRISE_TRY(files_.Rename(temporary_, JoinPath(folder_, id_.ToString() + ".pack")));
  return offset_;
}

}  // namespace reprise::storage
