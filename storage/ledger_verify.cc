// Ledger::Verify(): one pass over the entries as they lie in the file, with O(log n) memory for
// hashes.  Nothing is taken from what the open ledger knows.
//
// Frames cannot be found again after a damaged one, but the index says where the next entry begins
// if it was not damaged too; the leaf hash of the damaged entry is then taken from the stored
// hashes.  So each damaged entry is named, and whether the others are what was signed still shows.

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "storage/base/file.h"
#include "storage/checkpoint_seals.h"
#include "storage/crypto/sha256.h"
#include "storage/ledger.h"
#include "storage/ledger_files.h"

namespace reprise::storage {
namespace {

// A ledger with more problems is not described better by more of them.
constexpr std::size_t kProblemsMax = 100;

class Verifier {
 public:
  Verifier(FileSystem& files, const LedgerPaths& paths, KeyChain keys)
      : files_(files), paths_(paths), keys_(std::move(keys)) {}

  Result<LedgerVerification> Run(const std::optional<std::string>& since_note) {
    REPRISE_ASSIGN_OR_RETURN(entries_, files_.Open(paths_.entries, OpenMode::kRead));
    CheckKeys();
    CheckCheckpoint();
    CheckSeals();
    if (since_note.has_value()) REPRISE_TRY(CheckSince(*since_note));
    if (!hashes_.OpenFile(files_, paths_.hashes, OpenMode::kRead).ok()) hashes_.UseMemory("");
    if (!index_.OpenFile(files_, paths_.index, OpenMode::kRead).ok()) index_.UseMemory("");
    NoteRoots();
    REPRISE_TRY(ScanEntries());
    CompareDerived();
    CompareKeyChanges();
    CompareCheckpoints();
    report_.size = frontier_.size();
    report_.root = frontier_.Root();
    if (suppressed_ > 0) {
      report_.problems.push_back("and " + std::to_string(suppressed_) + " further problems");
    }
    return std::move(report_);
  }

 private:
  // A checkpoint whose root the entries must have at its size.
  struct Expectation {
    std::string what;
    Checkpoint checkpoint;
    std::optional<Digest> root{};  // Of the entries at that size.
  };

  void Problem(std::string sentence) {
    if (report_.problems.size() < kProblemsMax) {
      report_.problems.push_back(std::move(sentence));
    } else {
      ++suppressed_;
    }
  }

  std::string NameOf(std::uint64_t sequence) const { return "entry " + std::to_string(sequence); }

  void CheckKeys() {
    const auto store_id = ReadLedgerHeader(*entries_);
    if (!store_id.ok()) return Problem(store_id.error().message);
    const auto public_key = ReadLedgerPublicKey(files_, paths_, *store_id);
    if (!public_key.ok()) Problem(public_key.error().message);
    const auto private_key = ReadLedgerPrivateKey(files_, paths_, keys_.newest());
    if (public_key.ok() && *public_key != keys_.newest()) {
      Problem("'" + Printable(paths_.public_key) + "' does not have the key that signs now");
    }
    const auto kept = ReadLedgerKeys(files_, paths_, keys_.newest());
    if (!kept.ok()) Problem(kept.error().message);
    // Whoever may only read the store has no business with the key that signs.
    const bool is_hidden = !private_key.ok() && private_key.error().code == ErrorCode::kIoError &&
                           !files_.CheckWritable(paths_.ledger).ok();
    if (!private_key.ok() && !is_hidden) Problem(private_key.error().message);
    if (private_key.ok()) CheckFormOf(*private_key);
  }

  // A file that means the same key and was changed all the same signs as before; it is told.
  void CheckFormOf(const crypto::Ed25519PrivateKey& key) {
    const auto pem = ReadFile(files_, paths_.private_key, kLedgerKeySizeBytesMax);
    if (pem.ok() && *pem != key.ToPem()) {
      Problem("'" + Printable(paths_.private_key) + "' is damaged: it is not as it was written");
    }
  }

  void CheckCheckpoint() {
    const auto note = ReadFile(files_, paths_.checkpoint, kLedgerCheckpointSizeBytesMax);
    const std::string name = "the checkpoint '" + Printable(paths_.checkpoint) + "'";
    if (!note.ok()) return Problem(name + " cannot be read: " + note.error().message);
    auto checkpoint = OpenCheckpoint(*note, keys_);
    if (!checkpoint.ok()) return Problem(name + ": " + checkpoint.error().message);
    expectations_.push_back({"the checkpoint", *std::move(checkpoint)});
  }

  // Checkpoints that somebody cosigned or stamped.
  void CheckSeals() {
    const CheckpointSeals kept(files_, paths_.store);
    const auto seals = kept.ReadAll();
    const auto witnesses = kept.Witnesses();
    const auto authorities = kept.Authorities();
    if (!seals.ok()) return Problem(seals.error().message);
    if (!witnesses.ok()) return Problem(witnesses.error().message);
    if (!authorities.ok()) return Problem(authorities.error().message);
    for (const Seal& seal : *seals) {
      report_.seals.push_back(CheckSeal(seal, *witnesses, *authorities));
      for (std::string& problem : report_.seals.back().Problems()) Problem(std::move(problem));
      const std::string name = "the kept checkpoint of " + std::to_string(seal.size) + " entries";
      auto checkpoint = OpenCheckpoint(seal.checkpoint_note, keys_);
      if (!checkpoint.ok()) {
        Problem(name + ": " + checkpoint.error().message);
      } else if (checkpoint->size != seal.size) {
        Problem(name + " is of " + std::to_string(checkpoint->size) + " entries");
      } else {
        expectations_.push_back({name, *std::move(checkpoint)});
      }
    }
  }

  Result<void> CheckSince(const std::string& note) {
    const auto parsed = SignedNote::Parse(note);
    const auto says =
        parsed.ok() ? ParseCheckpoint(parsed->text) : Result<Checkpoint>(parsed.error());
    if (!says.ok()) return Error{ErrorCode::kInvalidArgument, says.error().message};
    auto checkpoint = OpenCheckpoint(note, keys_);
    if (checkpoint.ok() && checkpoint->size == 0) {
      Problem(
          "the earlier checkpoint is of an empty log, with which every log begins: it proves "
          "nothing");
    } else if (checkpoint.ok()) {
      expectations_.push_back({"the earlier checkpoint", *std::move(checkpoint)});
    } else {
      Problem(
          "the earlier checkpoint was not signed by the key that this ledger had at that size: " +
          checkpoint.error().message);
    }
    return {};
  }

  void NoteRoots() {
    for (Expectation& expected : expectations_) {
      if (expected.checkpoint.size == frontier_.size()) expected.root = frontier_.Root();
    }
  }

  Result<void> ScanEntries() {
    REPRISE_ASSIGN_OR_RETURN(const FileStat stat, entries_->Stat());
    std::uint64_t offset = kLedgerHeaderSizeBytes;
    end_ = offset;
    while (offset < stat.size_bytes) {
      const auto scan =
          ScanLedgerFrames(*entries_, offset, stat.size_bytes,
                           [&](std::string_view document, std::uint64_t end) -> Result<void> {
                             document.empty() ? TakeMark(end) : TakeEntry(document, end);
                             return {};
                           });
      if (!scan.ok()) return scan.error();
      if (scan->dropped_bytes == 0) break;
      const auto next = NextAfterDamage(stat.size_bytes);
      if (!next.has_value()) {
        Problem("in '" + Printable(paths_.entries) + "' come after " +
                std::to_string(frontier_.size()) + " entries " +
                std::to_string(scan->dropped_bytes) +
                " bytes that are no whole entry: an entry was damaged, or its writing was "
                "interrupted");
        return {};
      }
      offset = *next;
    }
    if (batch_open_) {
      Problem("the last entries in '" + Printable(paths_.entries) +
              "' lack the mark of the end of their batch");
    }
    return {};
  }

  // Names the damaged entry, or mark, at end_ and returns where the next entry begins.
  std::optional<std::uint64_t> NextAfterDamage(std::uint64_t file_end) {
    const std::uint64_t sequence = frontier_.size();
    // A damaged mark: the index puts the end of the last entry just behind it.
    if (const auto end = IndexedEnd(sequence); end == end_ + kLedgerFrameHeaderSizeBytes) {
      Problem("the mark after " + NameOf(sequence - 1) + " is damaged");
      TakeMark(*end);
      return end;
    }
    const auto end = IndexedEnd(sequence + 1);
    const auto hash = StoredHash(StoredHashIndex(0, sequence));
    if (!end.has_value() || !hash.has_value() || *end <= end_ || *end > file_end) return {};
    Problem(NameOf(sequence) + " is damaged: its checksum is wrong");
    batch_open_ = false;
    unreadable_.insert(sequence);
    AppendLeaf(*hash, *end);
    return end;
  }

  // The offset after the first `count` entries, by the index.
  std::optional<std::uint64_t> IndexedEnd(std::uint64_t count) const {
    if (count == 0) return {};
    std::array<std::byte, sizeof(std::uint64_t)> offset{};
    if (!index_.Read(count - 1, offset).ok()) return {};
    return LoadLe<std::uint64_t>(offset);
  }

  std::optional<Digest> StoredHash(std::uint64_t position) const {
    std::array<std::byte, Digest::kSizeBytes> hash{};
    if (!hashes_.Read(position, hash).ok()) return {};
    return Digest::FromSha256(hash);
  }

  void TakeMark(std::uint64_t end) {
    if (!batch_open_)
      Problem("a mark of the end of a batch without entries stands before " +
              NameOf(frontier_.size()));
    batch_open_ = false;
    pending_end_ = end;
    end_ = end;
  }

  void TakeEntry(std::string_view document, std::uint64_t end) {
    const std::uint64_t sequence = frontier_.size();
    batch_open_ = true;
    CheckDocument(sequence, document);
    AppendLeaf(LeafHash(document), end);
  }

  void CheckDocument(std::uint64_t sequence, std::string_view document) {
    const auto entry = DecodeLedgerEntry(document);
    if (!entry.ok()) {
      unreadable_.insert(sequence);
      return Problem(NameOf(sequence) + ": " + entry.error().message);
    }
    if (entry->sequence != sequence) {
      Problem(NameOf(sequence) + " says that it is " + NameOf(entry->sequence) +
              ": entries were reordered, removed or inserted");
    }
    const auto last = last_of_subject_.find(entry->subject);
    const std::optional<std::uint64_t> previous =
        last == last_of_subject_.end() ? std::nullopt : std::optional(last->second);
    // What an unreadable entry was about is not known.
    const bool unknown = entry->previous.has_value() && unreadable_.contains(*entry->previous) &&
                         (!previous.has_value() || *entry->previous > *previous);
    if (entry->previous != previous && !unknown) {
      const auto name = [&](const std::optional<std::uint64_t>& place) {
        return place.has_value() ? NameOf(*place) : "none";
      };
      Problem(NameOf(sequence) + " names as the previous entry about '" +
              Printable(entry->subject) + "' " + name(entry->previous) + ", but it is " +
              name(previous));
    }
    last_of_subject_[entry->subject] = sequence;
    if (entry->kind == kKeyChangeEntry) CheckKeyChange(*entry);
    if (last_time_.has_value() && entry->time_unix_ms < *last_time_) ++report_.times_out_of_order;
    last_time_ = entry->time_unix_ms;
  }

  // That the entry changes the key as keys/changes.jsonl says.
  void CheckKeyChange(const LedgerEntry& entry) {
    for (const KeyChain::Step& step : keys_.steps()) {
      if (step.entry != entry.sequence) continue;
      const auto document = step.change.Document();
      if (document.ok() && crypto::Sha256(*document) == entry.payload) {
        key_changes_seen_.insert(step.entry);
        return;
      }
    }
    Problem(NameOf(entry.sequence) + " changes the key that signs checkpoints, and '" +
            Printable(paths_.key_changes) + "' does not say how");
  }

  void CompareKeyChanges() {
    for (const KeyChain::Step& step : keys_.steps()) {
      if (key_changes_seen_.contains(step.entry) || unreadable_.contains(step.entry)) continue;
      Problem("'" + Printable(paths_.key_changes) + "' says that " + NameOf(step.entry) +
              " changes the key that signs checkpoints, and it does not");
    }
  }

  void AppendLeaf(const Digest& leaf_hash, std::uint64_t end) {
    CompareIndex();
    std::uint64_t position = StoredHashCount(frontier_.size());
    for (const Digest& hash : frontier_.Append(leaf_hash)) {
      hashes_wrong_ += StoredHash(position++) != hash;
    }
    pending_end_ = end;
    end_ = end;
    NoteRoots();
  }

  // Of the last entry, whose end is known only when the next one begins: a mark may follow it.
  void CompareIndex() {
    if (pending_end_.has_value() && frontier_.size() > 0) {
      index_wrong_ += IndexedEnd(frontier_.size()) != pending_end_;
    }
  }

  // Derived files are not the truth; whether theirs are problems is for the caller to say.
  void CompareDerived() {
    CompareIndex();
    const auto note = [&](std::string sentence) {
      report_.repaired.push_back(std::move(sentence));
    };
    if (hashes_wrong_ > 0) {
      note("'" + Printable(paths_.hashes) + "' has " + std::to_string(hashes_wrong_) +
           " hashes that are wrong or missing");
    }
    if (index_wrong_ > 0) {
      note("'" + Printable(paths_.index) + "' has " + std::to_string(index_wrong_) +
           " positions that are wrong or missing");
    }
  }

  void CompareCheckpoints() {
    for (const Expectation& expected : expectations_) {
      const std::string size = std::to_string(expected.checkpoint.size);
      if (!expected.root.has_value()) {
        Problem(expected.what + " covers " + size + " entries, but there are only " +
                std::to_string(frontier_.size()));
      } else if (*expected.root != expected.checkpoint.root) {
        Problem("the first " + size + " entries are not those that " + expected.what +
                " was signed over: an entry was changed, removed, reordered or inserted");
      }
    }
    if (!expectations_.empty() && expectations_.front().what == "the checkpoint" &&
        expectations_.front().checkpoint.size < frontier_.size()) {
      Problem("the entries from " + std::to_string(expectations_.front().checkpoint.size) +
              " on are not covered by the checkpoint");
    }
  }

  FileSystem& files_;
  const LedgerPaths& paths_;
  const KeyChain keys_;
  std::unique_ptr<File> entries_;
  RecordColumn hashes_{Digest::kSizeBytes};
  RecordColumn index_{sizeof(std::uint64_t)};
  std::vector<Expectation> expectations_;
  LedgerVerification report_;
  std::size_t suppressed_ = 0;

  MerkleFrontier frontier_;
  std::uint64_t end_ = 0;  // Just after the last entry or mark that was taken.
  std::optional<std::uint64_t> pending_end_;
  bool batch_open_ = false;  // Entries came after the last mark.
  std::uint64_t hashes_wrong_ = 0;
  std::uint64_t index_wrong_ = 0;
  std::unordered_map<std::string, std::uint64_t> last_of_subject_;
  std::unordered_set<std::uint64_t> unreadable_;
  std::unordered_set<std::uint64_t> key_changes_seen_;
  std::optional<std::int64_t> last_time_;
};

}  // namespace

Result<LedgerVerification> Ledger::Verify(const std::optional<std::string>& since_note) {
  REPRISE_ASSIGN_OR_RETURN(LedgerVerification report,
                           Verifier(files_, *paths_, keys_).Run(since_note));
  const bool repaired =
      !report.repaired.empty() && report.problems.empty() && RebuildDerived().ok();
  if (!repaired) {
    report.problems.insert(report.problems.end(), report.repaired.begin(), report.repaired.end());
    report.repaired.clear();
  }
  return report;
}

}  // namespace reprise::storage
