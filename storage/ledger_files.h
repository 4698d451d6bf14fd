// The files of a ledger, below storage/ledger.h; nobody else includes this.
//
// Thread-safety: one thread at a time for each object.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/frame_log.h"
#include "storage/key_change.h"
#include "storage/ledger_entry.h"
#include "storage/signed_note.h"

namespace reprise::storage {

inline constexpr std::size_t kLedgerHeaderSizeBytes = 32;
inline constexpr std::size_t kLedgerFrameHeaderSizeBytes = 8;
inline constexpr std::uint64_t kLedgerCheckpointSizeBytesMax = 64 * 1024;
inline constexpr std::uint64_t kLedgerKeySizeBytesMax = 64 * 1024;

struct LedgerPaths {
  explicit LedgerPaths(std::string store_folder);

  std::string store, ledger, keys;      // Folders.
  std::string entries, hashes, index;   // In `ledger`.
  std::string checkpoint;               // In `ledger`.
  std::string private_key, public_key;  // In `keys`.
  std::string key_changes;              // In `keys`: how they followed each other.
  std::string next_key, next_change;    // In `keys`: of a change that is not in force yet.
  std::string seals;                    // Folder, in `ledger`.
};

// The origin of the checkpoints of a store's ledger, which is also the name of their key.
std::string LedgerOrigin(const Ulid& store_id);

// The header of the file of entries.
std::string EncodeLedgerHeader(const Ulid& store_id);
// Reads it from the start of `entries`.
// Errors: kCorruption, kUnsupportedVersion, kIoError.
Result<Ulid> ReadLedgerHeader(const File& entries);

// The key by which the checkpoints of `store_id` are verified: keys/checkpoint.pub, or, when that
// is damaged, the public half of keys/checkpoint.key.
// Errors: kCorruption  neither can be read, or it is another log's.
Result<NoteKey> ReadLedgerKey(FileSystem& files, const LedgerPaths& paths, const Ulid& store_id);
// That, and how keys followed each other.
// Errors: kCorruption  the changes cannot be read, or are another log's.
Result<KeyChain> ReadLedgerKeys(FileSystem& files, const LedgerPaths& paths, const NoteKey& key);
// Errors: kCorruption  keys/checkpoint.pub is damaged or another log's.
Result<NoteKey> ReadLedgerPublicKey(FileSystem& files, const LedgerPaths& paths,
                                    const Ulid& store_id);
// The private half of `key`: keys/checkpoint.key, or keys/next.key while a change takes force.
// Errors: kCorruption  keys/checkpoint.key is damaged, or is not the private half of `key`.
Result<crypto::Ed25519PrivateKey> ReadLedgerPrivateKey(FileSystem& files, const LedgerPaths& paths,
                                                       const NoteKey& key);

// Whether an entry may be appended while `pending` is the change of keys that was prepared: entries
// of kind kKeyChangeEntry may only say that.
// Errors: kInvalidArgument  it may not.
Result<void> CheckKeyChangeEntry(const LedgerEntry& entry, const std::optional<KeyChange>& pending);

// Calls `visit` for each whole frame of [offset, end) of the file, as ScanFrames(), but reading
// with a buffer of fixed size.  A payload beyond kLedgerEntrySizeBytesMax counts as damage.
// Errors: kIoError; those of `visit`.
Result<FrameScan> ScanLedgerFrames(
    const File& file, std::uint64_t offset, std::uint64_t end,
    const std::function<Result<void>(std::string_view payload, std::uint64_t end_offset)>& visit);

// Records of one size, in a file or, when nothing may or should be written, in memory.
class RecordColumn {
 public:
  explicit RecordColumn(std::size_t width_bytes) : width_bytes_(width_bytes) {}

  // Uses the file at `path`; a partial record at its end is left out.
  Result<void> OpenFile(FileSystem& files, const std::string& path, OpenMode mode);
  // Uses `records` instead.
  void UseMemory(std::string records);

  std::uint64_t count() const { return count_; }
  // Forgets the records from `count` on, which must not be beyond the end.
  void Shrink(std::uint64_t count);

  // Fills `record`, which must be of the column's width.
  // Errors: kCorruption  there is no such record.  kIoError.
  Result<void> Read(std::uint64_t position, MutableByteSpan record) const;

  // Writes `records` after the last one, durably, but does not count them before Grow().  Durable,
  // because a checkpoint is believed to have whole records for all entries that it covers.
  Result<void> WriteNext(std::string_view records);
  void Grow(std::uint64_t records) { count_ += records; }

 private:
  std::size_t width_bytes_;
  std::uint64_t count_ = 0;
  std::unique_ptr<File> file_;  // Absent: memory_ holds the records.
  std::string memory_;
};

}  // namespace reprise::storage
