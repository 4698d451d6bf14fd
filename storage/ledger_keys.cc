// How a ledger changes its key.
//
// keys/next.key and keys/next.change hold what was prepared.  When the entry that says so is
// appended, the batch is synced first, then keys/changes.jsonl, then a checkpoint that the new key
// signed: until this is in place the old key signs, and whoever opens the ledger takes the entry in
// anew, as any other that was not signed yet.  Only then does the new key take the old one's place.

#include "storage/cosignature.h"
#include "storage/crypto/sha256.h"
#include "storage/ledger.h"
#include "storage/ledger_files.h"

namespace reprise::storage {
namespace {

// How the canonical document of such an entry says it; within a text the quotes would be escaped.
constexpr std::string_view kKindMember = R"("kind":"checkpoint_key")";

}  // namespace

Result<void> CheckKeyChangeEntry(const LedgerEntry& entry,
                                 const std::optional<KeyChange>& pending) {
  if (entry.kind != kKeyChangeEntry) return {};
  if (pending.has_value() && entry.subject == pending->from.name) {
    REPRISE_ASSIGN_OR_RETURN(const std::string document, pending->Document());
    if (crypto::Sha256(document) == entry.payload) return {};
  }
  return Error{ErrorCode::kInvalidArgument,
               "an entry that changes the ledger's key names no change that was prepared"};
}

void Ledger::LoadPendingKeyChange() {
  const auto note = ReadFile(files_, paths_->next_change, kLedgerKeySizeBytesMax);
  if (!note.ok()) return;
  auto change = KeyChange::Parse(*note);
  if (!change.ok()) {
    // It was being written when the machine stopped; no entry names it.
    if (change.error().code != ErrorCode::kCorruption) notices_.push_back(change.error().message);
    return;
  }
  if (change->from == keys_.newest() || change->to == keys_.newest()) {
    pending_key_ = *std::move(change);
  }
}

Result<std::string> Ledger::PrepareKeyChange(std::string_view reason, std::int64_t time_unix_ms) {
  REPRISE_TRY(CheckAppendable());
  if (pending_key_.has_value()) return pending_key_->Document();
  REPRISE_ASSIGN_OR_RETURN(const auto old_key,
                           ReadLedgerPrivateKey(files_, *paths_, keys_.newest()));
  REPRISE_ASSIGN_OR_RETURN(const auto new_key, crypto::Ed25519PrivateKey::Generate());
  REPRISE_ASSIGN_OR_RETURN(KeyChange change,
                           KeyChange::Make(keys_.newest(), old_key, new_key, time_unix_ms, reason));
  REPRISE_TRY(WriteFileDurably(files_, paths_->next_key, new_key.ToPem(), 0600));
  REPRISE_TRY(WriteFileDurably(files_, paths_->next_change, change.note));
  pending_key_ = std::move(change);
  return pending_key_->Document();
}

// The sequence that the entry of the prepared change has, if it is among `documents`, which come
// after all that there are.
Result<std::optional<std::uint64_t>> Ledger::FindKeyChange(
    const std::vector<std::string>& documents) const {
  std::optional<std::uint64_t> found;
  for (const std::string& document : documents) {
    if (document.find(kKindMember) == std::string::npos) continue;
    REPRISE_ASSIGN_OR_RETURN(const LedgerEntry entry, DecodeLedgerEntry(document));
    REPRISE_TRY(CheckKeyChangeEntry(entry, pending_key_));
    if (found.has_value()) {
      return Error{ErrorCode::kInvalidArgument, "two entries change the ledger's key at once"};
    }
    found = entry.sequence;
  }
  return found;
}

// Brings the files of the keys to what is in force; what fails is done when it is next opened.
void Ledger::SettleKeys() {
  if (const auto settled = TrySettleKeys(); !settled.ok()) {
    notices_.push_back("the files of the ledger's keys cannot be put in order yet: " +
                       settled.error().message);
  }
}

Result<void> Ledger::TrySettleKeys() {
  const bool in_force = pending_key_.has_value() && pending_key_->to == keys_.newest();
  if (!in_force) return {};
  REPRISE_ASSIGN_OR_RETURN(const auto private_key,
                           ReadLedgerPrivateKey(files_, *paths_, keys_.newest()));
  REPRISE_TRY(WriteFileDurably(files_, paths_->private_key, private_key.ToPem(), 0600));
  REPRISE_TRY(WriteFileDurably(files_, paths_->public_key, keys_.newest().ToText() + "\n"));
  REPRISE_TRY(files_.RemoveFile(paths_->next_change));
  pending_key_.reset();
  return files_.RemoveFile(paths_->next_key);
}

Result<NoteSignature> Ledger::CosignOther(std::string_view text, std::int64_t time_unix_s) const {
  REPRISE_ASSIGN_OR_RETURN(const storage::Checkpoint checkpoint, ParseCheckpoint(text));
  const NoteKey& key = keys_.newest();
  if (checkpoint.origin == key.name) {
    return Error{ErrorCode::kInvalidArgument,
                 "a ledger is no witness of itself: the checkpoint is its own"};
  }
  REPRISE_ASSIGN_OR_RETURN(const auto private_key, ReadLedgerPrivateKey(files_, *paths_, key));
  return Cosign(text, key.name, private_key, time_unix_s);
}

}  // namespace reprise::storage
