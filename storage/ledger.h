// The ledger: an append-only Merkle log of everything that was ever recorded.
//
// Each entry is a small canonical document ("reprise/ledger-entry/v1") whose bytes are the leaf of
// an RFC 6962 tree.  Whoever kept a signed checkpoint can have it proved that nothing before it was
// changed, removed or reordered.  What an entry is about (a run, a note, …) is the business of the
// layers above; its payload is a digest.
//
// Files in <store>/ledger/: `entries` is the truth; `index` (where each entry ends) and `hashes`
// (of complete subtrees) are derived and rebuilt when they do not fit; `checkpoint` is the newest
// signed note.  The key lies in <store>/keys/.  docs/formats/ledger.md.
//
// Thread-safety: one thread at a time.  The caller holds the store lock.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/merkle.h"
#include "storage/signed_note.h"

namespace reprise::storage {

struct LedgerEntry {
  std::uint64_t sequence = 0;  // Position in the log, from 0; assigned by Append().
  std::int64_t time_unix_ms = 0;
  std::string kind;     // "run", "dataset", "note", …
  std::string subject;  // What it is about: a run's id or "sha256:…".
  std::string actor;
  Digest payload;                         // The document that says it.
  std::optional<std::uint64_t> previous;  // The entry before it about the same subject.

  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

// The canonical document.  Errors: kInvalidArgument  a text that is not UTF-8.
Result<std::string> EncodeLedgerEntry(const LedgerEntry& entry);
// Errors: kCorruption  not what EncodeLedgerEntry() writes.
Result<LedgerEntry> DecodeLedgerEntry(std::string_view document);

struct LedgerVerification {
  std::vector<std::string> problems;  // Sentences; empty when all is well.
  std::uint64_t size = 0;
  MerkleHash root;
};

class Ledger {
 public:
  // Makes an empty ledger and its key in the folder of store `store_id`.
  static Result<void> Create(FileSystem& files, const std::string& store_folder,
                             const Ulid& store_id);

  // Opens it.  A torn frame at the end is left out (and overwritten by the next Append()).
  // Errors: kCorruption          entries are missing or damaged.
  //         kUnsupportedVersion  a newer release wrote it.
  static Result<std::unique_ptr<Ledger>> Open(FileSystem& files, const std::string& store_folder);

  std::uint64_t size() const { return offsets_end_; }
  Result<MerkleHash> Root() const;

  // Appends entries, which survive power loss when the call returns, and signs a new checkpoint.
  // Errors: nothing was acknowledged.  After a failed sync the ledger must be opened anew.
  Result<void> Append(std::span<const LedgerEntry> entries);

  // Errors: kNotFound  sequence >= size().  kCorruption.
  Result<std::string> ReadBytes(std::uint64_t sequence) const;
  Result<LedgerEntry> Read(std::uint64_t sequence) const;

  // Calls `visit` for each entry from `from` on, until it fails.
  Result<void> ForEach(std::uint64_t from,
                       const std::function<Result<void>(const LedgerEntry&)>& visit) const;

  // The newest checkpoint as a signed note.
  Result<std::string> Checkpoint() const;
  Result<NoteKey> Key() const;

  // `text` (which ends with a newline) as a note signed with the log's key.  Its first line must
  // set it apart from a checkpoint, whose first line is the key's name. Errors: kInvalidArgument it
  // is that of a checkpoint.
  Result<std::string> Sign(std::string_view text) const;

  Result<std::vector<MerkleHash>> ProveInclusion(std::uint64_t sequence, std::uint64_t size) const;
  Result<std::vector<MerkleHash>> ProveConsistency(std::uint64_t old_size,
                                                   std::uint64_t size) const;

  // For an auditor: {"type", "entry" (base64), "index", "size", "path": [base64], "checkpoint"}.
  Result<Json> ProofDocument(std::uint64_t sequence) const;

  // Reads every entry and computes everything again: frames, documents, sequence, links, kept
  // hashes, the checkpoint's root and signature.  With `since`, a signed checkpoint of this ledger
  // that was kept elsewhere, also that what it covers is unchanged.
  // Errors: kInvalidArgument  `since` is no checkpoint of this ledger's key.
  Result<LedgerVerification> Verify(const std::optional<std::string>& since) const;

 private:
  Ledger(FileSystem& files, std::string store_folder);

  Result<void> Load();
  Result<void> IndexTail();
  Result<void> RebuildDerived();
  Result<std::uint64_t> EndOf(std::uint64_t sequence) const;
  Result<MerkleHash> HashAt(std::uint64_t index) const;
  HashReader Hashes() const;
  Result<void> KeepEntry(std::string_view document, std::uint64_t end_offset);
  Result<void> WriteCheckpoint();

  FileSystem& files_;
  std::string folder_;
  std::string keys_folder_;
  std::unique_ptr<File> entries_;
  std::unique_ptr<File> index_;
  std::unique_ptr<File> hashes_;
  std::uint64_t entries_bytes_ = 0;  // Up to the end of the last whole frame.
  std::uint64_t offsets_end_ = 0;    // Number of entries.
  bool failed_ = false;
};

}  // namespace reprise::storage
