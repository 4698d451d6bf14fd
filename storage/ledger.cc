// Opening trusts what is derived only as far as the signed checkpoint confirms it: the roots of the
// O(log n) largest subtrees must fold to the signed root, and the last entry must lie where the
// index says and have the hash that is stored.  Other stored hashes and positions are confirmed
// when they are used: an entry is checked against its leaf hash, a proof against the root.
// Whatever is not confirmed is derived again from the entries, once.
//
// A batch is the unit of an append: its frames are followed by an empty frame, the mark of its end.
// Entries beyond the checkpoint without that mark were never acknowledged, and are dropped as a
// whole; with it they are written once more and synced before they are signed, because the sync
// of the process that wrote them first may have failed.

#include "storage/ledger.h"

#include <algorithm>
#include <unordered_map>

#include "storage/ledger_files.h"
#include "storage/ledger_proof.h"

namespace reprise::storage {

struct Ledger::Files {
  std::unique_ptr<File> entries;
  RecordColumn hashes{Digest::kSizeBytes};
  RecordColumn index{sizeof(std::uint64_t)};  // Offset just after each entry, and its batch's mark.
};

// What the entries say, from the first on.
struct Ledger::Derived {
  MerkleFrontier frontier;
  std::string hashes;
  std::string index;
  std::uint64_t entries_end = kLedgerHeaderSizeBytes;
};

namespace {

std::string Entry(std::uint64_t sequence) { return "ledger entry " + std::to_string(sequence); }

void AppendHashes(std::string& out, MerkleFrontier& frontier, std::string_view document) {
  for (const Digest& hash : frontier.Append(LeafHash(document))) out += AsText(hash.bytes());
}

// Replaces the last offset of `index`.
void MoveLastOffset(std::string& index, std::uint64_t offset) {
  index.resize(index.size() - sizeof offset);
  AppendLe(index, offset);
}

Result<std::unique_ptr<File>> OpenEntries(FileSystem& files, const LedgerPaths& paths,
                                          bool& writable) {
  if (writable) {
    auto opened = files.Open(paths.entries, OpenMode::kReadWrite);
    if (opened.ok() || opened.error().code != ErrorCode::kReadOnly) return opened;
    writable = false;
  }
  return files.Open(paths.entries, OpenMode::kRead);
}

}  // namespace

Result<void> Ledger::Create(FileSystem& files, const std::string& store_folder,
                            const Ulid& store_id,
                            const std::optional<crypto::Ed25519PrivateKey>& key) {
  const LedgerPaths paths(store_folder);
  if (const auto stat = files.Stat(paths.entries);
      stat.ok() && stat->size_bytes > kLedgerHeaderSizeBytes) {
    return Error{ErrorCode::kAlreadyExists,
                 "there is a ledger with entries at '" + Printable(paths.ledger) + "' already"};
  }
  REPRISE_TRY(CreateDirectories(files, paths.ledger));
  REPRISE_TRY(CreateDirectories(files, paths.keys));
  auto private_key = key.has_value() ? Result<crypto::Ed25519PrivateKey>(*key)
                                     : crypto::Ed25519PrivateKey::Generate();
  if (!private_key.ok()) return private_key.error();
  const std::string origin = LedgerOrigin(store_id);
  const NoteKey public_key{origin, private_key->PublicKey()};
  const storage::Checkpoint empty{origin, 0, EmptyRoot()};
  REPRISE_ASSIGN_OR_RETURN(const std::string note,
                           SignNote(FormatCheckpoint(empty), origin, *private_key));
  REPRISE_TRY(WriteFileDurably(files, paths.private_key, private_key->ToPem(), 0600));
  REPRISE_TRY(WriteFileDurably(files, paths.public_key, public_key.ToText() + "\n"));
  REPRISE_TRY(WriteFileDurably(files, paths.entries, EncodeLedgerHeader(store_id)));
  REPRISE_TRY(WriteFileDurably(files, paths.checkpoint, note));
  return files.SyncDirectory(store_folder);
}

Ledger::Ledger(FileSystem& files, std::unique_ptr<LedgerPaths> paths, KeyChain keys, bool writable)
    : files_(files),
      paths_(std::move(paths)),
      keys_(std::move(keys)),
      writable_(writable),
      open_(std::make_unique<Files>()) {}

Ledger::~Ledger() = default;

Result<std::unique_ptr<Ledger>> Ledger::Open(FileSystem& files, const std::string& store_folder,
                                             const LedgerOptions& options) {
  auto paths = std::make_unique<LedgerPaths>(store_folder);
  bool writable = !options.read_only;
  REPRISE_ASSIGN_OR_RETURN(auto entries, OpenEntries(files, *paths, writable));
  REPRISE_ASSIGN_OR_RETURN(const Ulid store_id, ReadLedgerHeader(*entries));
  REPRISE_ASSIGN_OR_RETURN(const NoteKey key, ReadLedgerKey(files, *paths, store_id));
  auto keys = ReadLedgerKeys(files, *paths, key);
  std::unique_ptr<Ledger> ledger(
      new Ledger(files, std::move(paths), keys.ok() ? *keys : KeyChain(key), writable));
  if (!keys.ok()) ledger->damage_ = keys.error();
  ledger->store_id_ = store_id;
  ledger->open_->entries = std::move(entries);
  REPRISE_TRY(ledger->Load());
  return ledger;
}

Result<void> Ledger::Load() {
  LoadCheckpoint();
  LoadPendingKeyChange();
  const OpenMode mode = writable_ ? OpenMode::kCreate : OpenMode::kRead;
  for (auto [column, path] :
       {std::pair{&open_->hashes, &paths_->hashes}, std::pair{&open_->index, &paths_->index}}) {
    // Absent or unreadable: it counts as empty, and is derived below.
    if (!column->OpenFile(files_, *path, mode).ok()) column->UseMemory("");
  }
  REPRISE_ASSIGN_OR_RETURN(const bool trusted, TrustDerived());
  if (!trusted) {
    REPRISE_ASSIGN_OR_RETURN(Derived derived, Derive());
    if (checkpoint_.has_value() && derived.frontier.size() < checkpoint_->size) {
      damage_ = Error{ErrorCode::kCorruption,
                      "the ledger has " + std::to_string(derived.frontier.size()) +
                          " whole entries, but its checkpoint was signed over " +
                          std::to_string(checkpoint_->size)};
    } else if (checkpoint_.has_value() && derived.frontier.Root() != checkpoint_->root) {
      damage_ = Error{ErrorCode::kCorruption,
                      "the ledger's entries were changed after its checkpoint was signed"};
    }
    REPRISE_TRY(AdoptDerived(std::move(derived)));
  }
  if (writable_ && !damage_.has_value() && !failure_.has_value()) {
    REPRISE_TRY(TakeInTail());
    SettleKeys();
  }
  if (damage_.has_value()) {
    notices_.push_back(damage_->message +
                       "; nothing can be appended: `reprise ledger verify` says what is wrong");
  }
  return {};
}

void Ledger::LoadCheckpoint() {
  auto note = ReadFile(files_, paths_->checkpoint, kLedgerCheckpointSizeBytesMax);
  auto checkpoint =
      note.ok() ? OpenCheckpoint(*note, keys_) : Result<storage::Checkpoint>(note.error());
  if (checkpoint.ok()) {
    checkpoint_ = *std::move(checkpoint);
    keys_.Cut(checkpoint_->size);  // A change that was not signed yet is taken in again.
    checkpoint_note_ = *std::move(note);
    return;
  }
  damage_ = Error{ErrorCode::kCorruption,
                  "the ledger's checkpoint cannot be relied upon: " + checkpoint.error().message};
}

Result<bool> Ledger::TrustDerived() {
  if (!checkpoint_.has_value()) return false;
  const std::uint64_t size = checkpoint_->size;
  if (open_->hashes.count() < StoredHashCount(size) || open_->index.count() < size) return false;
  open_->hashes.Shrink(StoredHashCount(size));
  open_->index.Shrink(size);
  auto frontier =
      MerkleFrontier::Load(size, [&](std::uint64_t position) { return StoredHash(position); });
  if (!frontier.ok() || frontier->Root() != checkpoint_->root) return false;
  const auto end = EndOf(size);
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, open_->entries->Stat());
  if (!end.ok() || *end > stat.size_bytes) return false;
  if (size > 0 && !TryReadBytes(size - 1).ok()) return false;
  frontier_ = *std::move(frontier);
  entries_end_ = *end;
  return true;
}

// Of the entries that the checkpoint covers; of all, if there is no checkpoint to say.
Result<Ledger::Derived> Ledger::Derive() {
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, open_->entries->Stat());
  const std::uint64_t limit = checkpoint_.has_value() ? checkpoint_->size : kMerkleSizeMax;
  Derived derived;
  bool complete = false;
  const auto scan = ScanLedgerFrames(
      *open_->entries, kLedgerHeaderSizeBytes, stat.size_bytes,
      [&](std::string_view document, std::uint64_t end_offset) -> Result<void> {
        complete = complete || (derived.frontier.size() == limit && !document.empty());
        if (complete) return {};
        if (!document.empty()) {
          AppendHashes(derived.hashes, derived.frontier, document);
          AppendLe(derived.index, end_offset);
        } else if (!derived.index.empty()) {
          MoveLastOffset(derived.index, end_offset);
        }
        derived.entries_end = end_offset;
        return {};
      });
  if (!scan.ok()) return scan.error();
  return derived;
}

Result<void> Ledger::AdoptDerived(Derived derived) {
  frontier_ = derived.frontier;
  entries_end_ = derived.entries_end;
  // The files of a damaged ledger are left as they are: they tell where it was damaged.
  if (writable_ && !damage_.has_value()) {
    const auto write = [&]() -> Result<void> {
      REPRISE_TRY(open_->hashes.OpenFile(files_, paths_->hashes, OpenMode::kCreate));
      REPRISE_TRY(open_->index.OpenFile(files_, paths_->index, OpenMode::kCreate));
      open_->hashes.Shrink(0);
      open_->index.Shrink(0);
      REPRISE_TRY(open_->hashes.WriteNext(derived.hashes));
      return open_->index.WriteNext(derived.index);
    };
    const auto written = write();
    if (written.ok()) {
      open_->hashes.Grow(StoredHashCount(frontier_.size()));
      open_->index.Grow(frontier_.size());
      return {};
    }
    failure_ = written.error();
  }
  open_->hashes.UseMemory(std::move(derived.hashes));
  open_->index.UseMemory(std::move(derived.index));
  return {};
}

// Takes in the whole batches after the checkpoint and drops the rest.
Result<void> Ledger::TakeInTail() {
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, open_->entries->Stat());
  if (stat.size_bytes == entries_end_) return {};
  std::vector<std::string> documents;
  std::string frames;
  std::size_t whole_documents = 0;
  std::size_t whole_bytes = 0;
  const auto scan = ScanLedgerFrames(
      *open_->entries, entries_end_, stat.size_bytes,
      [&](std::string_view document, std::uint64_t) -> Result<void> {
        AppendFrame(frames, document);
        if (document.empty()) {
          whole_documents = documents.size();
          whole_bytes = frames.size();
          return {};
        }
        REPRISE_ASSIGN_OR_RETURN(const LedgerEntry entry, DecodeLedgerEntry(document));
        if (entry.sequence != size() + documents.size()) {
          return Error{ErrorCode::kCorruption, Entry(size() + documents.size()) +
                                                   " says that it is entry " +
                                                   std::to_string(entry.sequence)};
        }
        documents.emplace_back(document);
        return {};
      });
  if (!scan.ok()) {
    if (scan.error().code == ErrorCode::kIoError) return scan.error();
    damage_ = scan.error();
    return {};
  }
  documents.resize(whole_documents);
  frames.resize(whole_bytes);
  const std::uint64_t kept_end = entries_end_ + whole_bytes;
  if (kept_end < stat.size_bytes) {
    notices_.push_back("the last " + std::to_string(stat.size_bytes - kept_end) +
                       " bytes of the ledger were being written when a process or the machine "
                       "stopped; they were never acknowledged, and are dropped");
    if (const auto cut = open_->entries->Truncate(kept_end); !cut.ok()) failure_ = cut.error();
  }
  if (!documents.empty() && !failure_.has_value()) {
    const auto taken = Commit(documents, frames, Frames::kInFile);
    if (!taken.ok()) {
      notices_.push_back("the ledger's last entries cannot be signed yet: " +
                         taken.error().message);
    }
  }
  return {};
}

// Whether what is derived was wrong and is right now.
Result<bool> Ledger::HealDerived() {
  if (healed_ || damage_.has_value()) return false;
  healed_ = true;
  REPRISE_ASSIGN_OR_RETURN(Derived derived, Derive());
  if (derived.frontier.size() != size() || derived.frontier.Root() != Root()) return false;
  REPRISE_TRY(AdoptDerived(std::move(derived)));
  notices_.push_back("the ledger's hashes or index were wrong, and were made again");
  return true;
}

Result<void> Ledger::RebuildDerived() {
  if (damage_.has_value()) return *damage_;
  if (!writable_) {
    return Error{ErrorCode::kReadOnly, "the ledger was opened for reading only"};
  }
  healed_ = false;
  REPRISE_ASSIGN_OR_RETURN(const bool healed, HealDerived());
  if (!healed) {
    return Error{ErrorCode::kCorruption,
                 "the ledger's entries do not have the root that was signed: `reprise ledger "
                 "verify` says what is wrong"};
  }
  if (failure_.has_value()) return *failure_;
  return {};
}

Result<void> Ledger::CheckAppendable() const {
  if (damage_.has_value()) {
    return Annotate(*damage_, "cannot append to the damaged ledger '" + Printable(paths_->ledger) +
                                  "' (see `reprise ledger verify`)");
  }
  if (!writable_) {
    return Error{ErrorCode::kReadOnly, "cannot append to the ledger '" + Printable(paths_->ledger) +
                                           "': it was opened for reading only"};
  }
  if (failure_.has_value()) {
    return Annotate(*failure_, "cannot append to the ledger after an earlier failure");
  }
  return {};
}

// The documents of `entries` with their sequences and links.
Result<std::vector<std::string>> Ledger::EncodeBatch(std::span<const LedgerEntry> entries) {
  std::vector<std::string> documents;
  std::unordered_map<std::string, std::uint64_t> last;  // Of each subject in this batch.
  for (LedgerEntry entry : entries) {
    entry.sequence = size() + documents.size();
    if (const auto found = last.find(entry.subject); found != last.end()) {
      entry.previous = found->second;
    } else if (entry.previous.has_value()) {
      const auto previous =
          *entry.previous < size() ? Read(*entry.previous) : Result<LedgerEntry>(LedgerEntry{});
      if (!previous.ok()) return previous.error();
      if (previous->subject != entry.subject) {
        return Error{ErrorCode::kInvalidArgument,
                     Entry(*entry.previous) + " is not about '" + Printable(entry.subject) +
                         "', and cannot be the previous entry about it"};
      }
    }
    last[entry.subject] = entry.sequence;
    REPRISE_TRY(CheckKeyChangeEntry(entry, pending_key_));
    REPRISE_ASSIGN_OR_RETURN(std::string document, EncodeLedgerEntry(entry));
    documents.push_back(std::move(document));
  }
  return documents;
}

Result<void> Ledger::Append(std::span<const LedgerEntry> entries) {
  REPRISE_TRY(CheckAppendable());
  if (entries.empty()) return {};
  REPRISE_ASSIGN_OR_RETURN(const std::vector<std::string> documents, EncodeBatch(entries));
  std::string frames;
  for (const std::string& document : documents) AppendFrame(frames, document);
  AppendFrame(frames, "");
  return Commit(documents, frames, Frames::kNew);
}

Result<void> Ledger::Commit(const std::vector<std::string>& documents, const std::string& frames,
                            Frames where) {
  auto done = CommitDurably(documents, frames, where);
  if (!done.ok()) failure_ = done.error();
  return done;
}

// `frames` are those of `documents` with the marks of their batches.  Nothing of this object
// changes unless everything succeeds.
Result<void> Ledger::CommitDurably(const std::vector<std::string>& documents,
                                   const std::string& frames, Frames where) {
  KeyChain keys = keys_;
  REPRISE_ASSIGN_OR_RETURN(const auto key_change, FindKeyChange(documents));
  if (key_change.has_value()) REPRISE_TRY(keys.Add(*key_change, *pending_key_));
  const NoteKey& key = keys.newest();
  REPRISE_ASSIGN_OR_RETURN(const auto private_key, ReadLedgerPrivateKey(files_, *paths_, key));
  MerkleFrontier frontier = frontier_;
  std::string hashes;
  std::string index;
  for (const std::string& document : documents) AppendHashes(hashes, frontier, document);
  REPRISE_TRY(ScanFrames(AsBytes(frames), 0,
                         [&](std::string_view document, std::uint64_t end) -> Result<void> {
                           if (!document.empty()) {
                             AppendLe(index, entries_end_ + end);
                           } else if (!index.empty()) {
                             MoveLastOffset(index, entries_end_ + end);
                           }
                           return {};
                         }));
  const storage::Checkpoint checkpoint{key.name, frontier.size(), frontier.Root()};
  REPRISE_ASSIGN_OR_RETURN(std::string note,
                           SignNote(FormatCheckpoint(checkpoint), key.name, private_key));

  // What an earlier process wrote may have been acknowledged: it is synced, but never written over.
  if (where == Frames::kNew) {
    REPRISE_TRY(open_->entries->WriteAt(entries_end_, AsBytes(frames)));
  }
  REPRISE_TRY(open_->entries->Sync());
  REPRISE_TRY(open_->hashes.WriteNext(hashes));
  REPRISE_TRY(open_->index.WriteNext(index));
  if (key_change.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(const std::string lines, keys.Encode());
    REPRISE_TRY(WriteFileDurably(files_, paths_->key_changes, lines));
  }
  REPRISE_TRY(WriteFileDurably(files_, paths_->checkpoint, note));

  open_->hashes.Grow(hashes.size() / Digest::kSizeBytes);
  open_->index.Grow(documents.size());
  frontier_ = std::move(frontier);
  entries_end_ += frames.size();
  checkpoint_ = checkpoint;
  checkpoint_note_ = std::move(note);
  keys_ = std::move(keys);
  if (key_change.has_value()) SettleKeys();
  return {};
}

Result<Digest> Ledger::StoredHash(std::uint64_t position) const {
  std::array<std::byte, Digest::kSizeBytes> hash{};
  REPRISE_TRY(open_->hashes.Read(position, hash));
  return Digest::FromSha256(hash);
}

// The offset just after the first `count` entries and the mark of their batch.
Result<std::uint64_t> Ledger::EndOf(std::uint64_t count) const {
  if (count == 0) return std::uint64_t{kLedgerHeaderSizeBytes};
  std::array<std::byte, sizeof(std::uint64_t)> offset{};
  REPRISE_TRY(open_->index.Read(count - 1, offset));
  return LoadLe<std::uint64_t>(offset);
}

Result<std::string> Ledger::TryReadBytes(std::uint64_t sequence) const {
  REPRISE_ASSIGN_OR_RETURN(const std::uint64_t start, EndOf(sequence));
  REPRISE_ASSIGN_OR_RETURN(const std::uint64_t end, EndOf(sequence + 1));
  const Error damaged{ErrorCode::kCorruption,
                      Entry(sequence) + " in '" + Printable(paths_->entries) +
                          "' is damaged: `reprise ledger verify` checks all entries"};
  constexpr std::uint64_t kSizeMax = kLedgerEntrySizeBytesMax + 2 * kLedgerFrameHeaderSizeBytes;
  if (start < kLedgerHeaderSizeBytes || end <= start || end - start > kSizeMax) return damaged;
  std::string bytes(end - start, '\0');
  REPRISE_ASSIGN_OR_RETURN(const std::size_t size,
                           open_->entries->ReadAt(start, std::as_writable_bytes(std::span(bytes))));
  std::string document;
  std::uint64_t frames = 0;
  const auto scan = ScanFrames(AsBytes(bytes).first(size), 0,
                               [&](std::string_view payload, std::uint64_t) -> Result<void> {
                                 if (frames++ == 0) document = payload;
                                 return {};
                               });
  if (!scan.ok() || scan->valid_bytes != bytes.size() || document.empty()) return damaged;
  REPRISE_ASSIGN_OR_RETURN(const Digest hash, StoredHash(StoredHashIndex(0, sequence)));
  if (LeafHash(document) != hash) return damaged;
  return document;
}

Result<std::string> Ledger::ReadBytes(std::uint64_t sequence) {
  if (sequence >= size()) {
    return Error{ErrorCode::kNotFound, "there is no " + Entry(sequence) + ": the ledger has " +
                                           std::to_string(size()) + " entries"};
  }
  auto document = TryReadBytes(sequence);
  if (document.ok() || document.error().code != ErrorCode::kCorruption) return document;
  REPRISE_ASSIGN_OR_RETURN(const bool healed, HealDerived());
  return healed ? TryReadBytes(sequence) : document;
}

Result<LedgerEntry> Ledger::Read(std::uint64_t sequence) {
  REPRISE_ASSIGN_OR_RETURN(const std::string document, ReadBytes(sequence));
  auto entry = DecodeLedgerEntry(document);
  if (!entry.ok()) return Annotate(std::move(entry).error(), Entry(sequence));
  if (entry->sequence != sequence) {
    return Error{ErrorCode::kCorruption,
                 Entry(sequence) + " says that it is entry " + std::to_string(entry->sequence)};
  }
  return entry;
}

Result<void> Ledger::ForEach(std::uint64_t from,
                             const std::function<Result<void>(const LedgerEntry& entry)>& visit) {
  for (std::uint64_t sequence = from; sequence < size(); ++sequence) {
    REPRISE_ASSIGN_OR_RETURN(const LedgerEntry entry, Read(sequence));
    REPRISE_TRY(visit(entry));
  }
  return {};
}

Result<std::string> Ledger::Checkpoint() const {
  if (damage_.has_value()) return *damage_;
  return checkpoint_note_;
}

Result<std::string> Ledger::Sign(std::string_view text) const {
  if (!text.ends_with('\n') || text.starts_with(keys_.newest().name + "\n")) {
    return Error{ErrorCode::kInvalidArgument, "a text to sign is no whole note, or a checkpoint"};
  }
  const NoteKey& key = keys_.newest();
  REPRISE_ASSIGN_OR_RETURN(const auto private_key, ReadLedgerPrivateKey(files_, *paths_, key));
  return SignNote(text, key.name, private_key);
}

Result<std::vector<Digest>> Ledger::ProveInclusion(std::uint64_t sequence, std::uint64_t size) {
  if (size > this->size()) {
    return Error{ErrorCode::kInvalidArgument, "the ledger has " + std::to_string(this->size()) +
                                                  " entries, not " + std::to_string(size)};
  }
  const HashReader read = [&](std::uint64_t position) { return StoredHash(position); };
  const auto prove = [&]() -> Result<std::vector<Digest>> {
    REPRISE_ASSIGN_OR_RETURN(auto proof, storage::ProveInclusion(sequence, size, read));
    REPRISE_ASSIGN_OR_RETURN(const std::string document, TryReadBytes(sequence));
    REPRISE_ASSIGN_OR_RETURN(const Digest root, RootOf(size, read));
    REPRISE_TRY(VerifyInclusion(sequence, size, LeafHash(document), proof, root));
    if (size == this->size() && root != Root()) {
      return Error{ErrorCode::kCorruption, "the ledger's stored hashes are wrong"};
    }
    return proof;
  };
  auto proof = prove();
  if (proof.ok() || proof.error().code != ErrorCode::kCorruption) return proof;
  REPRISE_ASSIGN_OR_RETURN(const bool healed, HealDerived());
  return healed ? prove() : proof;
}

Result<std::vector<Digest>> Ledger::ProveConsistency(std::uint64_t size1, std::uint64_t size2) {
  if (size2 > size()) {
    return Error{ErrorCode::kInvalidArgument, "the ledger has " + std::to_string(size()) +
                                                  " entries, not " + std::to_string(size2)};
  }
  const HashReader read = [&](std::uint64_t position) { return StoredHash(position); };
  const auto prove = [&]() -> Result<std::vector<Digest>> {
    REPRISE_ASSIGN_OR_RETURN(auto proof, storage::ProveConsistency(size1, size2, read));
    REPRISE_ASSIGN_OR_RETURN(const Digest root1, RootOf(size1, read));
    REPRISE_ASSIGN_OR_RETURN(const Digest root2, RootOf(size2, read));
    REPRISE_TRY(VerifyConsistency(size1, size2, root1, root2, proof));
    if (size2 == size() && root2 != Root()) {
      return Error{ErrorCode::kCorruption, "the ledger's stored hashes are wrong"};
    }
    return proof;
  };
  auto proof = prove();
  if (proof.ok() || proof.error().code != ErrorCode::kCorruption) return proof;
  REPRISE_ASSIGN_OR_RETURN(const bool healed, HealDerived());
  return healed ? prove() : proof;
}

Result<Digest> Ledger::RootAt(std::uint64_t size) {
  if (size == 0) return EmptyRoot();
  REPRISE_TRY(ProveConsistency(size, this->size()));
  return RootOf(size, [&](std::uint64_t position) { return StoredHash(position); });
}

Result<Json> Ledger::ProofDocument(std::uint64_t sequence) {
  LedgerProof proof;
  REPRISE_ASSIGN_OR_RETURN(proof.checkpoint_note, Checkpoint());
  REPRISE_ASSIGN_OR_RETURN(proof.entry, ReadBytes(sequence));
  REPRISE_ASSIGN_OR_RETURN(proof.hashes, ProveInclusion(sequence, size()));
  proof.index = sequence;
  return LedgerProofToJson(proof, size());
}

}  // namespace reprise::storage
