// The append-only log of everything that was recorded in a store, with proofs (RFC 6962).
//
// Every entry is a leaf of a Merkle tree.  After each append the tree's size and root are signed
// (a "checkpoint"), so whoever keeps a checkpoint can later tell whether any entry that it covers
// was changed, removed, reordered or slipped in.  docs/formats/ledger.md; limits of what this
// shows: docs/threat_model.md.
//
// Files below the store's folder: ledger/entries is the truth; ledger/checkpoint is the newest
// signed checkpoint; ledger/hashes and ledger/index are derived from the entries and made again
// when they are missing, short or wrong; keys/checkpoint.key signs, keys/checkpoint.pub verifies,
// keys/changes.jsonl tells which keys signed before (storage/key_change.h); ledger/seals has what
// others said of checkpoints (storage/checkpoint_seals.h).
//
// Durability: Append() first makes the entries survive power loss (one sync), then writes what is
// derived, then replaces the checkpoint.  A crash between leaves entries beyond the checkpoint,
// which the next Open() takes in; a torn one is dropped.
//
// Thread-safety: one thread at a time for each object.  Whoever appends holds the store lock, and
// so does whoever opens for writing.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/file.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/base/ulid.h"
#include "storage/key_change.h"
#include "storage/ledger_entry.h"
#include "storage/merkle.h"
#include "storage/seal_check.h"
#include "storage/signed_note.h"

namespace reprise::storage {

struct LedgerPaths;

struct LedgerOptions {
  // Never write, not even what is derived.  Entries beyond the checkpoint are not seen.
  bool read_only = false;
};

// What Ledger::Verify() found.
struct LedgerVerification {
  std::vector<std::string> problems;  // Empty: the ledger is whole.
  // What was wrong with files that are derived, and is right again: a loss of power can do that.
  // In a ledger that cannot be written, or is damaged, these are problems.
  std::vector<std::string> repaired;
  // What others said of kept checkpoints, by size.  What of it is wrong is among the problems.
  std::vector<CheckedSeal> seals;
  std::uint64_t size = 0;  // Entries found.
  Digest root;             // Of these, as they are now.
  // Entries whose time is before that of the entry above them.  No problem by itself: runs are
  // entered when they are adopted, and clocks are set.
  std::uint64_t times_out_of_order = 0;
};

class Ledger {
 public:
  // Makes an empty ledger in the folder of a store, and its key, a new one unless given.  May be
  // repeated after an interruption.
  // Errors: kAlreadyExists  there is a ledger with entries.  kIoError, kNoSpace.
  static Result<void> Create(FileSystem& files, const std::string& store_folder,
                             const Ulid& store_id,
                             const std::optional<crypto::Ed25519PrivateKey>& key = std::nullopt);

  // Opens the ledger of a store in O(log n) reads, and finishes what a crash interrupted.  On a
  // medium that cannot be written it opens as if `read_only`.  A ledger whose entries or checkpoint
  // are damaged opens too, so that it can be read and verified, but nothing can be appended.
  // Errors: kNotFound            there is none.
  //         kCorruption          its header or its keys cannot be read.
  //         kUnsupportedVersion  a newer release wrote it.
  //         kIoError.
  static Result<std::unique_ptr<Ledger>> Open(FileSystem& files, const std::string& store_folder,
                                              const LedgerOptions& options = {});
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // Whose ledger it is, by its header.
  const Ulid& store_id() const { return store_id_; }
  // How many entries there are.
  std::uint64_t size() const { return frontier_.size(); }
  Digest Root() const { return frontier_.Root(); }
  // The key that signs checkpoints.
  Result<NoteKey> Key() const { return keys_.newest(); }
  // That and those before it.
  const KeyChain& keys() const { return keys_; }

  // Makes a new key and lets the one that signs now vouch for it.  The document that is returned is
  // the payload of an entry of kind kKeyChangeEntry about the log's origin; once this is appended,
  // the new key signs and the old one is gone.  What was begun and not finished is continued: the
  // document is then the earlier one.
  // Errors: kInvalidArgument  a reason that is empty or not one line.  kReadOnly, kCorruption,
  //         kIoError, kNoSpace.
  Result<std::string> PrepareKeyChange(std::string_view reason, std::int64_t time_unix_ms);

  // As a witness: cosigns the checkpoint of another log, whose `text` it is
  // (storage/cosignature.h), with the key that signs now and under its name. Errors: kCorruption
  // the private key cannot be read.  kInvalidArgument  the log is this one.
  Result<NoteSignature> CosignOther(std::string_view text, std::int64_t time_unix_s) const;
  // What is wrong with entries or checkpoint, so that nothing can be appended.
  const std::optional<Error>& damage() const { return damage_; }
  // What Open() found and mended, or could not, as sentences.
  const std::vector<std::string>& notices() const { return notices_; }

  // Appends `entries` in order; all of them survive power loss when it succeeds.  Their sequences
  // are assigned.  `previous` must be the sequence of the last entry in the log about the same
  // subject, if there is one; among `entries` themselves the links are set.
  // Errors: kInvalidArgument  an entry that has no document, or a wrong `previous`.
  //         kCorruption       the ledger is damaged: see Verify().
  //         kReadOnly         it was opened for reading.
  //         kIoError, kNoSpace  nothing is acknowledged, and this object appends no more.  The
  //                           entries may nevertheless be there after the next Open().
  Result<void> Append(std::span<const LedgerEntry> entries);

  // The entry, or its exact bytes, checked against its hash.
  // Errors: kNotFound  no such entry.  kCorruption, kIoError.
  Result<LedgerEntry> Read(std::uint64_t sequence);
  Result<std::string> ReadBytes(std::uint64_t sequence);

  // Calls `visit` for each entry from `from` on, in order, until it fails.  Each is checked.
  // Errors: as Read(); those of `visit`.
  Result<void> ForEach(std::uint64_t from,
                       const std::function<Result<void>(const LedgerEntry& entry)>& visit);

  // The newest checkpoint: the text of a signed note, which covers all entries.
  // Errors: kCorruption  it is damaged.
  Result<std::string> Checkpoint() const;

  // `text` (which ends with a newline) as a note signed with the log's key.  Its first line must
  // set it apart from a checkpoint, whose first line is the key's name.
  // Errors: kInvalidArgument  it is that of a checkpoint, or no whole text.
  Result<std::string> Sign(std::string_view text) const;

  // Proofs about the tree of the first `size` entries (RFC 6962 §2.1), checked before they are
  // returned.
  // Errors: kInvalidArgument  beyond the end, or size 0.  kCorruption, kIoError.
  Result<std::vector<Digest>> ProveInclusion(std::uint64_t sequence, std::uint64_t size);
  Result<std::vector<Digest>> ProveConsistency(std::uint64_t size1, std::uint64_t size2);

  // The root of the first `size` entries, by the stored hashes, which a proof shows to be right.
  // Errors: as ProveConsistency().
  Result<Digest> RootAt(std::uint64_t size);

  // The document "reprise/inclusion-proof/v1" (storage/ledger_proof.h): the entry's bytes, its
  // inclusion proof and the newest checkpoint.
  Result<Json> ProofDocument(std::uint64_t sequence);

  // Reads every entry again from the files and checks checksums, documents, sequences, links to
  // previous entries, all hashes, the root, the checkpoint's signature, the keys and how they
  // followed each other, and the kept checkpoints with their cosignatures and time stamps.  With
  // `since_note`, a checkpoint that was kept elsewhere, also that the log still begins with what
  // it covers.  Derived files that are wrong are made again, if the ledger may be written.
  // Errors: kInvalidArgument  `since_note` is no checkpoint at all; one that another key signed is
  //                           a problem, because the key may have been replaced with the log.
  //         kIoError          the check could not be carried out.
  Result<LedgerVerification> Verify(const std::optional<std::string>& since_note = std::nullopt);

  // Makes what is derived again from the entries.
  // Errors: kCorruption  the entries are damaged themselves.  kReadOnly, kIoError, kNoSpace.
  Result<void> RebuildDerived();

 private:
  struct Files;  // Open files and columns.
  struct Derived;

  Ledger(FileSystem& files, std::unique_ptr<LedgerPaths> paths, KeyChain keys, bool writable);

  Result<void> Load();
  void LoadCheckpoint();
  void LoadPendingKeyChange();
  void SettleKeys();
  Result<void> TrySettleKeys();
  Result<std::optional<std::uint64_t>> FindKeyChange(
      const std::vector<std::string>& documents) const;
  Result<bool> TrustDerived();
  Result<Derived> Derive();
  Result<void> AdoptDerived(Derived derived);
  Result<void> TakeInTail();
  Result<bool> HealDerived();
  enum class Frames { kNew, kInFile };
  Result<void> Commit(const std::vector<std::string>& documents, const std::string& frames,
                      Frames where);
  Result<void> CommitDurably(const std::vector<std::string>& documents, const std::string& frames,
                             Frames where);
  Result<void> CheckAppendable() const;
  Result<std::vector<std::string>> EncodeBatch(std::span<const LedgerEntry> entries);
  Result<Digest> StoredHash(std::uint64_t position) const;
  Result<std::uint64_t> EndOf(std::uint64_t count) const;
  Result<std::string> TryReadBytes(std::uint64_t sequence) const;

  FileSystem& files_;
  std::unique_ptr<LedgerPaths> paths_;
  KeyChain keys_;
  std::optional<KeyChange> pending_key_;  // Prepared, and not in force yet.
  Ulid store_id_;
  bool writable_;
  std::unique_ptr<Files> open_;
  MerkleFrontier frontier_;
  std::uint64_t entries_end_ = 0;  // Offset just after the last entry.
  std::string checkpoint_note_;
  std::optional<storage::Checkpoint> checkpoint_;  // Absent: the file is missing or damaged.
  std::optional<Error> damage_;                    // Of entries or checkpoint.
  std::optional<Error> failure_;                   // Of the device; this object appends no more.
  bool healed_ = false;
  std::vector<std::string> notices_;
};

}  // namespace reprise::storage
