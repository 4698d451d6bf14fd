#include "tracker/audit/gather_ledger.h"

#include <map>

#include "storage/ledger_proof.h"
#include "tracker/audit/bundle_seals.h"
#include "tracker/erasure.h"
#include "tracker/index.h"

namespace reprise::tracker {
namespace {

class LedgerGatherer {
 public:
  LedgerGatherer(Store& store, BundleContent& content)
      : store_(store), ledger_(store.ledger()), content_(content) {}

  Result<std::set<Digest>> Gather(const std::optional<std::string>& since,
                                  const std::set<std::string>& subjects) {
    REPRISE_TRY(AddSignedState());
    for (const std::string& subject : subjects) {
      REPRISE_ASSIGN_OR_RETURN(const auto about, LedgerEntriesAbout(store_.catalog(), subject));
      for (const std::uint64_t sequence : about) REPRISE_TRY(AddEvent(sequence));
    }
    REPRISE_ASSIGN_OR_RETURN(auto erased, AddErasures());
    for (auto& [sequence, event] : events_) content_.events.push_back(std::move(event));
    REPRISE_TRY(GatherSeals(store_, content_));
    if (since.has_value()) REPRISE_TRY(AddSince(*since));
    content_.lists_whole_log = ledger_.size() <= kBundleHeadersMax;
    for (std::uint64_t i = 0; content_.lists_whole_log && i < ledger_.size(); ++i) {
      REPRISE_ASSIGN_OR_RETURN(std::string leaf, ledger_.ReadBytes(i));
      content_.headers.push_back(std::move(leaf));
    }
    return erased;
  }

 private:
  Result<void> AddSignedState() {
    REPRISE_ASSIGN_OR_RETURN(content_.checkpoint, ledger_.Checkpoint());
    REPRISE_ASSIGN_OR_RETURN(const storage::NoteKey key, ledger_.Key());
    content_.key = key.ToText();
    content_.key_fingerprint = key.key.Fingerprint().ToString();
    REPRISE_ASSIGN_OR_RETURN(const std::string text, storage::OpenNote(content_.checkpoint, key));
    REPRISE_ASSIGN_OR_RETURN(content_.signed_state, storage::ParseCheckpoint(text));
    return {};
  }

  Result<void> AddEvent(std::uint64_t sequence) {
    if (events_.contains(sequence)) return {};
    BundleEvent event;
    REPRISE_ASSIGN_OR_RETURN(event.leaf, ledger_.ReadBytes(sequence));
    REPRISE_ASSIGN_OR_RETURN(event.entry, storage::DecodeLedgerEntry(event.leaf));
    REPRISE_ASSIGN_OR_RETURN(content_.proofs[sequence], ledger_.ProofDocument(sequence));
    events_.emplace(sequence, std::move(event));
    return {};
  }

  Result<std::set<Digest>> AddErasures() {
    std::set<Digest> contents;
    for (const auto& [sequence, event] : events_) {
      if (MayBeErased(event.entry.kind)) contents.insert(event.entry.payload);
    }
    for (const BundleModel& model : content_.governance.models) {
      for (const BundleEvidence& evidence : model.evidence) {
        contents.insert(evidence.filed.evidence.artifact.digest);
      }
    }
    std::set<Digest> gone;
    for (const Digest& digest : contents) {
      REPRISE_ASSIGN_OR_RETURN(const auto erased, ErasedNow(store_.catalog(), digest));
      if (!erased.has_value()) continue;
      REPRISE_TRY(AddEvent(erased->sequence));
      gone.insert(digest);
    }
    return gone;
  }

  // What shows that the log only grew since the checkpoint that was kept.
  Result<void> AddSince(const std::string& kept) {
    const auto state = storage::OpenCheckpoint(kept, ledger_.keys());
    if (!state.ok() || state->size == 0) {
      return Error{ErrorCode::kInvalidArgument,
                   "what was kept is no checkpoint of this log after its first entry" +
                       (state.ok() ? "" : ": " + state.error().message)};
    }
    const std::string size = std::to_string(state->size);
    if (state->size > ledger_.size()) {
      return Error{ErrorCode::kCorruption, "the log was cut off: a checkpoint of " + size +
                                               " entries was kept, and it has " +
                                               std::to_string(ledger_.size())};
    }
    REPRISE_ASSIGN_OR_RETURN(const Digest root, ledger_.RootAt(state->size));
    if (root != state->root) {
      return Error{ErrorCode::kCorruption, "the log was rewritten: its first " + size +
                                               " entries are not those of the checkpoint that was "
                                               "kept"};
    }
    REPRISE_ASSIGN_OR_RETURN(const auto proof,
                             ledger_.ProveConsistency(state->size, ledger_.size()));
    content_.since = BundleSince{
        kept, *state, storage::EncodeConsistencyProof(state->size, proof, content_.checkpoint)};
    return {};
  }

  Store& store_;
  storage::Ledger& ledger_;
  BundleContent& content_;
  std::map<std::uint64_t, BundleEvent> events_;  // By sequence.
};

}  // namespace

Result<std::set<Digest>> GatherLedger(Store& store, const std::optional<std::string>& since,
                                      const std::set<std::string>& subjects,
                                      BundleContent& content) {
  return LedgerGatherer(store, content).Gather(since, subjects);
}

bool MayBeErased(std::string_view kind) { return kind == "note" || kind == "profile"; }

}  // namespace reprise::tracker
