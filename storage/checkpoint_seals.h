// What others said of a ledger's checkpoints: cosignatures of witnesses, and time stamps.
//
// A checkpoint that somebody is asked about is kept, because the ledger goes on and the answer may
// come later.  Below ledger/seals:
//
//   42.checkpoint     the checkpoint of 42 entries, signed by the log's key alone: what is stamped
//   42.cosignatures   signature lines of witnesses, by name and id of their keys
//   42.1.tsr          a response of RFC 3161 to the stamping of 42.checkpoint; 42.2.tsr the next
//
// and in keys/ what they are verified by, given once: `witnesses` (C2SP verifier keys, one a line)
// and `timestamp-authorities.pem` (certificates).  For the role of a witness itself: `logs` has the
// keys of the logs that are watched, and ledger/witnessed/<SHA-256 of the origin> the newest
// checkpoint that was cosigned of each.  docs/formats/seals.md.
//
// Thread-safety: whoever calls what writes holds the store lock.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/file.h"
#include "storage/base/result.h"
#include "storage/cosignature.h"

namespace reprise::storage {

inline constexpr std::uint64_t kSealFileSizeBytesMax = 1 << 20;
inline constexpr std::size_t kTimestampsOfCheckpointMax = 100;

// One checkpoint with what was said of it.
struct Seal {
  std::uint64_t size = 0;                   // Entries that it covers.
  std::string checkpoint_note;              // Signed by the log's key alone.
  std::vector<NoteSignature> cosignatures;  // By name and id of the key.
  std::vector<std::string> timestamps;      // RFC 3161 responses, DER, in the order of arrival.

  // The note with the cosignatures among its signatures.
  std::string CosignedNote() const;
};

class CheckpointSeals {
 public:
  // Of the store in `store_folder`; nothing is read or written yet.
  CheckpointSeals(FileSystem& files, const std::string& store_folder);

  // All that is kept, by size.
  // Errors: kCorruption  a file cannot be read as what it is.  kIoError.
  Result<std::vector<Seal>> ReadAll() const;

  // Keeps a checkpoint; one of the same size that is kept already stays as it is.
  // Errors: kCorruption  another is kept of this size.  kReadOnly, kIoError, kNoSpace.
  Result<void> Keep(std::uint64_t size, const std::string& checkpoint_note);
  // Adds to a kept checkpoint; a cosignature by a key replaces an earlier one by the same key.
  Result<void> AddCosignature(const Seal& seal, const NoteSignature& cosignature);
  Result<void> AddTimestamp(const Seal& seal, std::string_view response);

  // Errors: kCorruption  the file is damaged.  kIoError.
  Result<std::vector<WitnessKey>> Witnesses() const;
  Result<std::vector<NoteKey>> Logs() const;
  Result<std::string> Authorities() const;  // PEM; "" if there are none.
  // Each is added unless it is there.
  Result<void> AddWitness(const WitnessKey& key);
  Result<void> AddLog(const NoteKey& key);
  Result<void> AddAuthorities(const std::string& pem);

  // The newest checkpoint of `origin` that was cosigned here, with that cosignature.
  Result<std::optional<std::string>> Witnessed(const std::string& origin) const;
  Result<void> PutWitnessed(const std::string& origin, const std::string& note);

 private:
  std::string SealPath(std::uint64_t size, std::string_view suffix) const;
  Result<std::string> ReadOrEmpty(const std::string& path) const;
  Result<void> AddLine(const std::string& path, const std::string& line);

  FileSystem& files_;
  std::string seals_, witnessed_, witnesses_, logs_, authorities_;
};

}  // namespace reprise::storage
