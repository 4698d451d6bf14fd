#include "storage/ledger.h"

#include <map>

#include "storage/base/canonical.h"
#include "storage/frame_log.h"

namespace reprise::storage {
namespace {

constexpr std::string_view kMagic = "RPRSLEDG";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint64_t kHeaderBytes = 16;
constexpr std::uint64_t kOffsetBytes = 8;
constexpr std::uint64_t kHashBytes = Digest::kSizeBytes;

std::string Header() {
  std::string header(kMagic);
  AppendLe(header, kVersion);
  AppendLe(header, std::uint32_t{0});
  return header;
}

std::string LedgerFolder(const std::string& store_folder) {
  return JoinPath(store_folder, "ledger");
}
std::string KeysFolder(const std::string& store_folder) { return JoinPath(store_folder, "keys"); }
std::string PrivateKeyPath(const std::string& keys) { return JoinPath(keys, "checkpoint.key"); }
std::string PublicKeyPath(const std::string& keys) { return JoinPath(keys, "checkpoint.pub"); }

Result<std::string> ReadExactly(const File& file, std::uint64_t offset, std::size_t size_bytes) {
  std::string bytes(size_bytes, '\0');
  REPRISE_ASSIGN_OR_RETURN(const std::size_t count,
                           file.ReadAt(offset, std::as_writable_bytes(std::span(bytes))));
  if (count != size_bytes) {
    return Error{ErrorCode::kCorruption, "'" + Printable(file.path()) + "' is shorter than it was"};
  }
  return bytes;
}

Error Damaged(const std::string& folder, const std::string& what) {
  return {ErrorCode::kCorruption, "the ledger in '" + Printable(folder) + "' is damaged: " + what};
}

}  // namespace

Ledger::Ledger(FileSystem& files, std::string store_folder)
    : files_(files), folder_(LedgerFolder(store_folder)), keys_folder_(KeysFolder(store_folder)) {}

Result<void> Ledger::Create(FileSystem& files, const std::string& store_folder,
                            const Ulid& store_id) {
  const std::string keys = KeysFolder(store_folder);
  const auto key = crypto::Ed25519PrivateKey::Generate();
  const NoteKey public_key{"reprise/" + store_id.ToString(), key.PublicKey()};
  REPRISE_TRY(WriteFileDurably(files, PrivateKeyPath(keys), key.ToPem(), 0600));
  REPRISE_TRY(WriteFileDurably(files, PublicKeyPath(keys), public_key.ToText() + "\n"));
  REPRISE_TRY(
      WriteFileDurably(files, JoinPath(LedgerFolder(store_folder), "entries"), Header(), 0644));
  REPRISE_ASSIGN_OR_RETURN(const auto ledger, Open(files, store_folder));
  return ledger->WriteCheckpoint();
}

Result<std::unique_ptr<Ledger>> Ledger::Open(FileSystem& files, const std::string& store_folder) {
  std::unique_ptr<Ledger> ledger(new Ledger(files, store_folder));
  REPRISE_TRY(ledger->Load());
  return ledger;
}

Result<void> Ledger::Load() {
  REPRISE_ASSIGN_OR_RETURN(entries_,
                           files_.Open(JoinPath(folder_, "entries"), OpenMode::kReadWrite));
  REPRISE_ASSIGN_OR_RETURN(const std::string header, ReadExactly(*entries_, 0, kHeaderBytes));
  if (!header.starts_with(kMagic)) return Damaged(folder_, "its header is not one");
  if (LoadLe<std::uint32_t>(AsBytes(header), 8) > kVersion) {
    return Error{ErrorCode::kUnsupportedVersion,
                 "the ledger in '" + Printable(folder_) +
                     "' was written by a newer release of reprise; it was not touched"};
  }
  REPRISE_ASSIGN_OR_RETURN(index_, files_.Open(JoinPath(folder_, "index"), OpenMode::kCreate));
  REPRISE_ASSIGN_OR_RETURN(hashes_, files_.Open(JoinPath(folder_, "hashes"), OpenMode::kCreate));
  REPRISE_ASSIGN_OR_RETURN(const FileStat entries_stat, entries_->Stat());
  REPRISE_ASSIGN_OR_RETURN(const FileStat index_stat, index_->Stat());
  REPRISE_ASSIGN_OR_RETURN(const FileStat hashes_stat, hashes_->Stat());
  offsets_end_ = index_stat.size_bytes / kOffsetBytes;
  entries_bytes_ = kHeaderBytes;
  if (offsets_end_ > 0) {
    REPRISE_ASSIGN_OR_RETURN(entries_bytes_, EndOf(offsets_end_ - 1));
  }
  // What is derived is believed only if it fits; the last frame must be whole where it says so.
  const bool fits = index_stat.size_bytes % kOffsetBytes == 0 &&
                    entries_bytes_ <= entries_stat.size_bytes &&
                    hashes_stat.size_bytes == StoredHashCount(offsets_end_) * kHashBytes &&
                    (offsets_end_ == 0 || Read(offsets_end_ - 1).ok());
  if (!fits) REPRISE_TRY(RebuildDerived());
  REPRISE_TRY(IndexTail());
  const auto note = Checkpoint();
  if (!note.ok()) return {};  // A missing checkpoint is written by the next Append().
  REPRISE_ASSIGN_OR_RETURN(const NoteKey key, Key());
  const auto text = OpenNote(*note, key);
  const auto checkpoint =
      text.ok() ? ParseCheckpoint(*text) : Result<storage::Checkpoint>(text.error());
  if (checkpoint.ok() && checkpoint->size > offsets_end_) {
    return Damaged(folder_, "it has " + std::to_string(offsets_end_) +
                                " whole entries, but its checkpoint covers " +
                                std::to_string(checkpoint->size) +
                                "; restore it from a copy of the store");
  }
  return {};
}

Result<void> Ledger::RebuildDerived() {
  REPRISE_TRY(index_->Truncate(0));
  REPRISE_TRY(hashes_->Truncate(0));
  offsets_end_ = 0;
  entries_bytes_ = kHeaderBytes;
  return {};
}

// Indexes the whole frames after entries_bytes_: those that a crash kept from being indexed, or
// all.
Result<void> Ledger::IndexTail() {
  REPRISE_ASSIGN_OR_RETURN(const FileStat stat, entries_->Stat());
  if (stat.size_bytes <= entries_bytes_) return {};
  REPRISE_ASSIGN_OR_RETURN(const auto mapping, files_.Map(JoinPath(folder_, "entries")));
  REPRISE_TRY(ScanFrames(mapping->bytes(), entries_bytes_,
                         [&](std::string_view document, std::uint64_t end_offset) {
                           return KeepEntry(document, end_offset);
                         }));
  return {};
}

Result<void> Ledger::KeepEntry(std::string_view document, std::uint64_t end_offset) {
  REPRISE_ASSIGN_OR_RETURN(const auto added,
                           HashesForLeaf(offsets_end_, LeafHash(AsBytes(document)), Hashes()));
  std::string bytes;
  for (const MerkleHash& hash : added) bytes += AsText(hash.bytes());
  REPRISE_TRY(hashes_->WriteAt(StoredHashCount(offsets_end_) * kHashBytes, AsBytes(bytes)));
  std::string offset;
  AppendLe(offset, end_offset);
  REPRISE_TRY(index_->WriteAt(offsets_end_ * kOffsetBytes, AsBytes(offset)));
  ++offsets_end_;
  entries_bytes_ = end_offset;
  return {};
}

Result<std::uint64_t> Ledger::EndOf(std::uint64_t sequence) const {
  REPRISE_ASSIGN_OR_RETURN(const std::string bytes,
                           ReadExactly(*index_, sequence * kOffsetBytes, kOffsetBytes));
  return LoadLe<std::uint64_t>(AsBytes(bytes));
}

Result<MerkleHash> Ledger::HashAt(std::uint64_t index) const {
  REPRISE_ASSIGN_OR_RETURN(const std::string bytes,
                           ReadExactly(*hashes_, index * kHashBytes, kHashBytes));
  return Digest::FromSha256(AsBytes(bytes));
}

HashReader Ledger::Hashes() const {
  return [this](std::uint64_t index) { return HashAt(index); };
}

Result<MerkleHash> Ledger::Root() const { return RootOf(offsets_end_, Hashes()); }

Result<void> Ledger::Append(std::span<const LedgerEntry> entries) {
  if (failed_) return Damaged(folder_, "an earlier write failed; open the store anew");
  if (entries.empty()) return {};
  std::vector<std::string> documents;
  std::string frames;
  for (LedgerEntry entry : entries) {
    entry.sequence = offsets_end_ + documents.size();
    REPRISE_ASSIGN_OR_RETURN(std::string document, EncodeLedgerEntry(entry));
    AppendFrame(frames, document);
    documents.push_back(std::move(document));
  }
  failed_ = true;  // Until everything below has succeeded.
  REPRISE_TRY(entries_->WriteAt(entries_bytes_, AsBytes(frames)));
  REPRISE_TRY(entries_->Truncate(entries_bytes_ + frames.size()));  // Cuts off a torn tail.
  REPRISE_TRY(entries_->Sync());
  std::uint64_t end_offset = entries_bytes_;
  for (const std::string& document : documents) {
    end_offset += 8 + document.size();
    REPRISE_TRY(KeepEntry(document, end_offset));
  }
  REPRISE_TRY(WriteCheckpoint());
  failed_ = false;
  return {};
}

Result<void> Ledger::WriteCheckpoint() {
  REPRISE_ASSIGN_OR_RETURN(const std::string pem, ReadFile(files_, PrivateKeyPath(keys_folder_)));
  REPRISE_ASSIGN_OR_RETURN(const auto key, crypto::Ed25519PrivateKey::FromPem(pem));
  REPRISE_ASSIGN_OR_RETURN(const NoteKey public_key, Key());
  REPRISE_ASSIGN_OR_RETURN(const MerkleHash root, Root());
  const std::string text =
      FormatCheckpoint({.origin = public_key.name, .size = offsets_end_, .root = root});
  return WriteFileAtomically(files_, JoinPath(folder_, "checkpoint"),
                             SignNote(text, public_key.name, key));
}

Result<std::string> Ledger::ReadBytes(std::uint64_t sequence) const {
  if (sequence >= offsets_end_) {
    return Error{ErrorCode::kNotFound, "the ledger has no entry " + std::to_string(sequence)};
  }
  std::uint64_t begin = kHeaderBytes;
  if (sequence > 0) {
    REPRISE_ASSIGN_OR_RETURN(begin, EndOf(sequence - 1));
  }
  REPRISE_ASSIGN_OR_RETURN(const std::uint64_t end, EndOf(sequence));
  const Error damaged = Damaged(folder_, "entry " + std::to_string(sequence) + " is not whole");
  if (end < begin + 8 || end - begin - 8 > kFramePayloadBytesMax) return damaged;
  REPRISE_ASSIGN_OR_RETURN(const std::string frame,
                           ReadExactly(*entries_, begin, static_cast<std::size_t>(end - begin)));
  std::string document;
  REPRISE_ASSIGN_OR_RETURN(
      const FrameScan scan,
      ScanFrames(AsBytes(frame), 0, [&](std::string_view payload, std::uint64_t) -> Result<void> {
        document = payload;
        return {};
      }));
  if (scan.frames != 1 || scan.dropped_bytes != 0) return damaged;
  return document;
}

Result<LedgerEntry> Ledger::Read(std::uint64_t sequence) const {
  REPRISE_ASSIGN_OR_RETURN(const std::string document, ReadBytes(sequence));
  return DecodeLedgerEntry(document);
}

Result<void> Ledger::ForEach(std::uint64_t from,
                             const std::function<Result<void>(const LedgerEntry&)>& visit) const {
  for (std::uint64_t sequence = from; sequence < offsets_end_; ++sequence) {
    REPRISE_ASSIGN_OR_RETURN(const LedgerEntry entry, Read(sequence));
    REPRISE_TRY(visit(entry));
  }
  return {};
}

Result<std::string> Ledger::Checkpoint() const {
  return ReadFile(files_, JoinPath(folder_, "checkpoint"), 1 << 20);
}

Result<NoteKey> Ledger::Key() const {
  REPRISE_ASSIGN_OR_RETURN(const std::string text,
                           ReadFile(files_, PublicKeyPath(keys_folder_), 4096));
  return NoteKey::Parse(text);
}

Result<std::string> Ledger::Sign(std::string_view text) const {
  REPRISE_ASSIGN_OR_RETURN(const std::string pem, ReadFile(files_, PrivateKeyPath(keys_folder_)));
  REPRISE_ASSIGN_OR_RETURN(const auto key, crypto::Ed25519PrivateKey::FromPem(pem));
  REPRISE_ASSIGN_OR_RETURN(const NoteKey public_key, Key());
  if (!text.ends_with('\n') || text.starts_with(public_key.name + "\n")) {
    return Error{ErrorCode::kInvalidArgument, "a text to sign is no whole note, or a checkpoint"};
  }
  return SignNote(text, public_key.name, key);
}

Result<std::vector<MerkleHash>> Ledger::ProveInclusion(std::uint64_t sequence,
                                                       std::uint64_t size) const {
  if (size > offsets_end_) {
    return Error{ErrorCode::kInvalidArgument,
                 "the ledger has not " + std::to_string(size) + " entries"};
  }
  return InclusionPath(sequence, size, Hashes());
}

Result<std::vector<MerkleHash>> Ledger::ProveConsistency(std::uint64_t old_size,
                                                         std::uint64_t size) const {
  if (size > offsets_end_) {
    return Error{ErrorCode::kInvalidArgument,
                 "the ledger has not " + std::to_string(size) + " entries"};
  }
  return ConsistencyPath(old_size, size, Hashes());
}

Result<Json> Ledger::ProofDocument(std::uint64_t sequence) const {
  REPRISE_ASSIGN_OR_RETURN(const std::string entry, ReadBytes(sequence));
  REPRISE_ASSIGN_OR_RETURN(const auto path, ProveInclusion(sequence, offsets_end_));
  REPRISE_ASSIGN_OR_RETURN(const std::string checkpoint, Checkpoint());
  Json hashes = Json::Array{};
  for (const MerkleHash& hash : path) hashes.Append(ToBase64(hash.bytes()));
  return Json()
      .Set("type", "reprise/inclusion-proof/v1")
      .Set("entry", ToBase64(AsBytes(entry)))
      .Set("index", sequence)
      .Set("size", offsets_end_)
      .Set("path", std::move(hashes))
      .Set("checkpoint", checkpoint);
}

Result<LedgerVerification> Ledger::Verify(const std::optional<std::string>& since) const {
  LedgerVerification report;
  report.size = offsets_end_;
  const auto problem = [&](const std::string& sentence) { report.problems.push_back(sentence); };
  REPRISE_ASSIGN_OR_RETURN(const NoteKey key, Key());
  std::vector<MerkleHash> hashes;  // As they should be kept; 64 bytes an entry.
  const HashReader computed = [&](std::uint64_t index) -> Result<MerkleHash> {
    return hashes[static_cast<std::size_t>(index)];
  };
  std::map<std::string, std::uint64_t> latest;
  for (std::uint64_t sequence = 0; sequence < offsets_end_; ++sequence) {
    const std::string where = "entry " + std::to_string(sequence);
    const auto document = ReadBytes(sequence);
    if (!document.ok()) {
      problem(document.error().message);
      return report;  // Nothing after it can be hashed.
    }
    REPRISE_ASSIGN_OR_RETURN(const auto added,
                             HashesForLeaf(sequence, LeafHash(AsBytes(*document)), computed));
    hashes.insert(hashes.end(), added.begin(), added.end());
    const auto entry = DecodeLedgerEntry(*document);
    if (!entry.ok()) {
      problem(where + ": " + entry.error().message);
      continue;
    }
    if (entry->sequence != sequence) problem(where + " calls itself another");
    const auto before = latest.find(entry->subject);
    const std::optional<std::uint64_t> previous =
        before == latest.end() ? std::nullopt : std::optional(before->second);
    if (entry->previous != previous) problem(where + " does not follow its subject's last entry");
    latest[entry->subject] = sequence;
  }
  REPRISE_ASSIGN_OR_RETURN(report.root, RootOf(offsets_end_, computed));
  for (std::uint64_t i = 0; i < hashes.size(); ++i) {
    const auto kept = HashAt(i);
    if (kept.ok() && *kept == hashes[static_cast<std::size_t>(i)]) continue;
    problem("the kept hash " + std::to_string(i) + " is not what its entries give");
    break;
  }
  const auto check = [&](const std::string& note, const std::string& name) -> Result<void> {
    REPRISE_ASSIGN_OR_RETURN(const std::string text, OpenNote(note, key));
    REPRISE_ASSIGN_OR_RETURN(const storage::Checkpoint checkpoint, ParseCheckpoint(text));
    if (checkpoint.origin != key.name) problem(name + " is of another log");
    if (checkpoint.size > offsets_end_) {
      problem(name + " covers " + std::to_string(checkpoint.size) + " entries, but there are " +
              std::to_string(offsets_end_));
      return {};
    }
    REPRISE_ASSIGN_OR_RETURN(const MerkleHash root, RootOf(checkpoint.size, computed));
    if (root != checkpoint.root) {
      problem("the entries that " + name + " covers are not what they were");
    }
    return {};
  };
  const auto note = Checkpoint();
  const auto checked = note.ok() ? check(*note, "the checkpoint") : Result<void>(note.error());
  if (!checked.ok()) problem("the checkpoint cannot be read: " + checked.error().message);
  if (since.has_value()) REPRISE_TRY(check(*since, "the checkpoint that was kept"));
  return report;
}

}  // namespace reprise::storage
