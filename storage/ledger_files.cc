#include "storage/ledger_files.h"

#include <algorithm>
#include <cstring>

#include "storage/base/crc32c.h"
#include "storage/ledger_entry.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kMagic = "RPRLEDGR";
constexpr std::uint32_t kVersion = 1;
// Holds several of the largest frames, so that one buffer without a whole frame means damage.
constexpr std::uint64_t kScanBufferBytes = 4 * kLedgerEntrySizeBytesMax;

Error Damaged(const std::string& path, const std::string& why) {
  return {ErrorCode::kCorruption, "'" + Printable(path) + "' is damaged: " + why};
}

}  // namespace

LedgerPaths::LedgerPaths(std::string store_folder)
    : store(std::move(store_folder)),
      ledger(JoinPath(store, "ledger")),
      keys(JoinPath(store, "keys")),
      entries(JoinPath(ledger, "entries")),
      hashes(JoinPath(ledger, "hashes")),
      index(JoinPath(ledger, "index")),
      checkpoint(JoinPath(ledger, "checkpoint")),
      private_key(JoinPath(keys, "checkpoint.key")),
      public_key(JoinPath(keys, "checkpoint.pub")),
      key_changes(JoinPath(keys, "changes.jsonl")),
      next_key(JoinPath(keys, "next.key")),
      next_change(JoinPath(keys, "next.change")),
      seals(JoinPath(ledger, "seals")) {}

std::string LedgerOrigin(const Ulid& store_id) { return "reprise/" + store_id.ToString(); }

std::string EncodeLedgerHeader(const Ulid& store_id) {
  std::string header(kMagic);
  AppendLe(header, kVersion);
  header += AsText(store_id.bytes());
  AppendLe(header, Crc32c(AsBytes(header)));
  REPRISE_ASSERT(header.size() == kLedgerHeaderSizeBytes);
  return header;
}

Result<Ulid> ReadLedgerHeader(const File& entries) {
  std::string header(kLedgerHeaderSizeBytes, '\0');
  REPRISE_ASSIGN_OR_RETURN(const std::size_t size,
                           entries.ReadAt(0, std::as_writable_bytes(std::span(header))));
  if (size < header.size() || !header.starts_with(kMagic)) {
    return Damaged(entries.path(), "it does not begin as a ledger does");
  }
  const ByteSpan bytes = AsBytes(header);
  const auto version = LoadLe<std::uint32_t>(bytes, kMagic.size());
  // A later version may define everything after its number anew, its checksum included.
  if (version > kVersion) {
    return Error{ErrorCode::kUnsupportedVersion,
                 "the ledger '" + Printable(entries.path()) + "' has version " +
                     std::to_string(version) + ", and this release of reprise reads up to " +
                     std::to_string(kVersion) +
                     "; it was not touched; install a newer release to use it"};
  }
  constexpr std::size_t kChecksumPosition = kLedgerHeaderSizeBytes - 4;
  if (version != kVersion ||
      LoadLe<std::uint32_t>(bytes, kChecksumPosition) != Crc32c(bytes.first(kChecksumPosition))) {
    return Damaged(entries.path(), "the checksum of its header is wrong");
  }
  return Ulid::FromBytes(bytes.subspan(kMagic.size() + 4, Ulid::kSizeBytes));
}

Result<NoteKey> ReadLedgerPublicKey(FileSystem& files, const LedgerPaths& paths,
                                    const Ulid& store_id) {
  REPRISE_ASSIGN_OR_RETURN(const std::string text,
                           ReadFile(files, paths.public_key, kLedgerKeySizeBytesMax));
  if (!text.ends_with('\n')) return Damaged(paths.public_key, "its last line is not complete");
  const auto key = NoteKey::Parse(std::string_view(text).substr(0, text.size() - 1));
  if (!key.ok()) return Damaged(paths.public_key, key.error().message);
  if (key->name != LedgerOrigin(store_id)) {
    return Damaged(paths.public_key, "it is the key of '" + Printable(key->name) + "', not of '" +
                                         LedgerOrigin(store_id) + "'");
  }
  return key;
}

Result<NoteKey> ReadLedgerKey(FileSystem& files, const LedgerPaths& paths, const Ulid& store_id) {
  auto key = ReadLedgerPublicKey(files, paths, store_id);
  if (key.ok()) return key;
  const auto pem = ReadFile(files, paths.private_key, kLedgerKeySizeBytesMax);
  if (!pem.ok()) return key;
  const auto private_key = crypto::Ed25519PrivateKey::FromPem(*pem);
  if (!private_key.ok()) return key;
  return NoteKey{LedgerOrigin(store_id), private_key->PublicKey()};
}

Result<crypto::Ed25519PrivateKey> ReadLedgerPrivateKey(FileSystem& files, const LedgerPaths& paths,
                                                       const NoteKey& key) {
  REPRISE_ASSIGN_OR_RETURN(const std::string pem,
                           ReadFile(files, paths.private_key, kLedgerKeySizeBytesMax));
  auto private_key = crypto::Ed25519PrivateKey::FromPem(pem);
  if (!private_key.ok()) return Damaged(paths.private_key, private_key.error().message);
  if (private_key->PublicKey() != key.key) {
    if (const auto next = ReadFile(files, paths.next_key, kLedgerKeySizeBytesMax); next.ok()) {
      auto next_key = crypto::Ed25519PrivateKey::FromPem(*next);
      if (next_key.ok() && next_key->PublicKey() == key.key) return next_key;
    }
    return Damaged(paths.private_key, "it is not the private half of the key in '" +
                                          Printable(paths.public_key) +
                                          "', by which checkpoints are verified");
  }
  return private_key;
}

Result<KeyChain> ReadLedgerKeys(FileSystem& files, const LedgerPaths& paths, const NoteKey& key) {
  const auto lines = ReadFile(files, paths.key_changes, kLedgerKeySizeBytesMax * 16);
  if (!lines.ok() && lines.error().code == ErrorCode::kNotFound) return KeyChain(key);
  if (!lines.ok()) return lines.error();
  auto chain = KeyChain::Parse(*lines, key);
  if (!chain.ok()) return Damaged(paths.key_changes, chain.error().message);
  return chain;
}

Result<FrameScan> ScanLedgerFrames(
    const File& file, std::uint64_t offset, std::uint64_t end,
    const std::function<Result<void>(std::string_view payload, std::uint64_t end_offset)>& visit) {
  std::string buffer;
  FrameScan total;
  total.valid_bytes = offset;
  while (total.valid_bytes < end) {
    const std::uint64_t base = total.valid_bytes;
    buffer.resize(std::min(kScanBufferBytes, end - base));
    REPRISE_ASSIGN_OR_RETURN(const std::size_t size,
                             file.ReadAt(base, std::as_writable_bytes(std::span(buffer))));
    bool oversized = false;
    const auto scan =
        ScanFrames(AsBytes(buffer).first(size), 0,
                   [&](std::string_view payload, std::uint64_t end_offset) -> Result<void> {
                     oversized = oversized || payload.size() > kLedgerEntrySizeBytesMax;
                     if (oversized) return {};
                     total.valid_bytes = base + end_offset;
                     ++total.frames;
                     return visit(payload, base + end_offset);
                   });
    if (!scan.ok()) return scan.error();
    if (oversized || total.valid_bytes == base) break;
  }
  total.dropped_bytes = end - std::min(end, total.valid_bytes);
  return total;
}

Result<void> RecordColumn::OpenFile(FileSystem& files, const std::string& path, OpenMode mode) {
  REPRISE_ASSIGN_OR_RETURN(file_, files.Open(path, mode));
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, file_->Stat());
  memory_.clear();
  count_ = stat.size_bytes / width_bytes_;
  return {};
}

void RecordColumn::UseMemory(std::string records) {
  file_ = nullptr;
  memory_ = std::move(records);
  count_ = memory_.size() / width_bytes_;
}

void RecordColumn::Shrink(std::uint64_t count) {
  REPRISE_ASSERT(count <= count_);
  count_ = count;
}

Result<void> RecordColumn::Read(std::uint64_t position, MutableByteSpan record) const {
  REPRISE_ASSERT(record.size() == width_bytes_);
  const Error absent{ErrorCode::kCorruption,
                     "the ledger's derived files end before record " + std::to_string(position)};
  if (position >= count_) return absent;
  const std::uint64_t offset = position * width_bytes_;
  if (file_ == nullptr) {
    std::memcpy(record.data(), memory_.data() + offset, record.size());
    return {};
  }
  REPRISE_ASSIGN_OR_RETURN(const std::size_t size, file_->ReadAt(offset, record));
  if (size < record.size()) return absent;
  return {};
}

Result<void> RecordColumn::WriteNext(std::string_view records) {
  const std::uint64_t offset = count_ * width_bytes_;
  if (file_ != nullptr) {
    REPRISE_TRY(file_->WriteAt(offset, AsBytes(records)));
    return file_->Sync();
  }
  memory_.resize(offset);
  memory_ += records;
  return {};
}

}  // namespace reprise::storage
