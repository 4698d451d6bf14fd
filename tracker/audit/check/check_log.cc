// That the log is the one that was signed, entry by entry, and that each proof leads to its root.

#include "storage/ledger_entry.h"
#include "storage/merkle.h"
#include "tracker/audit/check/checked_bundle.h"

namespace reprise::tracker {
namespace {

Result<storage::LedgerEntry> ReadEntry(std::string_view leaf, std::uint64_t sequence) {
  auto entry = storage::DecodeLedgerEntry(leaf);
  if (!entry.ok()) {
    return Annotate(entry.error(), "ledger entry " + std::to_string(sequence));
  }
  if (entry->sequence != sequence) {
    return Failed("ledger entry " + std::to_string(sequence) + " says that it is number " +
                  std::to_string(entry->sequence) +
                  ": entries were reordered, dropped or inserted");
  }
  return entry;
}

// What a document "reprise/inclusion-proof/v1" says.
struct Proof {
  std::uint64_t index = 0;
  std::uint64_t size = 0;
  std::string leaf;
  std::string checkpoint;
  std::vector<Digest> path;
};

Result<Proof> ReadProof(std::string_view document) {
  REPRISE_ASSIGN_OR_RETURN(const Json json, ParseJson(document));
  Proof proof;
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t index, json.GetInteger("index"));
  REPRISE_ASSIGN_OR_RETURN(const std::int64_t size, json.GetInteger("size"));
  if (index < 0 || size < 0) return Failed("a number is negative");
  proof.index = static_cast<std::uint64_t>(index);
  proof.size = static_cast<std::uint64_t>(size);
  REPRISE_ASSIGN_OR_RETURN(const std::string leaf, json.GetString("entry"));
  REPRISE_ASSIGN_OR_RETURN(proof.leaf, FromBase64(leaf));
  REPRISE_ASSIGN_OR_RETURN(proof.checkpoint, json.GetString("checkpoint"));
  REPRISE_ASSIGN_OR_RETURN(const Json::Array* const path, json.GetArray("path"));
  for (const Json& hash : *path) {
    if (!hash.is_string()) return Failed("a hash is malformed");
    REPRISE_ASSIGN_OR_RETURN(const std::string bytes, FromBase64(hash.as_string()));
    if (bytes.size() != Digest::kSizeBytes) return Failed("a hash is malformed");
    proof.path.push_back(Digest::FromSha256(AsBytes(bytes)));
  }
  return proof;
}

Result<void> CheckProof(CheckedBundle& bundle, const std::string& name,
                        std::string_view checkpoint) {
  auto proof = ReadProof(*bundle.files.Find(name));
  if (!proof.ok()) return Annotate(proof.error(), name);
  if (name != "proofs/" + std::to_string(proof->index) + ".json") {
    return Failed(name + " proves another entry, " + std::to_string(proof->index));
  }
  const storage::Checkpoint& state = bundle.content.signed_state;
  if (proof->checkpoint != checkpoint || proof->size != state.size) {
    return Failed(name + " is for another checkpoint");
  }
  const auto leads = storage::VerifyInclusion(
      proof->index, state.size, storage::LeafHash(proof->leaf), proof->path, state.root);
  if (!leads.ok()) {
    return Failed(name + " does not lead to the signed root: " + leads.error().message);
  }
  const auto known = bundle.entries.find(proof->index);
  if (known == bundle.entries.end()) {
    REPRISE_ASSIGN_OR_RETURN(auto entry, ReadEntry(proof->leaf, proof->index));
    bundle.entries[proof->index] = {std::move(entry), std::move(proof->leaf)};
  } else if (known->second.leaf != proof->leaf) {
    return Failed(name + " proves an entry that log/headers.jsonl has otherwise");
  }
  return {};
}

}  // namespace

Result<std::string> CheckLogState(CheckedBundle& bundle) {
  const storage::NoteKey& key = *bundle.key;
  const std::string* const changes = bundle.files.Find("keys/changes.jsonl");
  if (changes == nullptr) {
    bundle.keys = storage::KeyChain(key);
  } else {
    const auto chain = storage::KeyChain::Parse(*changes, key);
    if (!chain.ok()) return Annotate(chain.error(), "keys/changes.jsonl");
    if (chain->steps().empty() || chain->newest() != key) {
      return Failed("the changes of the log's key do not lead to the one that signs now");
    }
    bundle.keys = *chain;
  }
  bundle.content.key_steps = bundle.keys->steps();
  bundle.content.key = key.ToText();
  bundle.content.key_fingerprint = key.key.Fingerprint().ToString();
  REPRISE_ASSIGN_OR_RETURN(const std::string_view note, bundle.File("log/checkpoint"));
  bundle.content.checkpoint = note;
  REPRISE_ASSIGN_OR_RETURN(bundle.content.signed_state,
                           bundle.OpenCheckpoint(note, "log/checkpoint"));
  return std::to_string(bundle.content.signed_state.size) + " entries, signed by " + key.name;
}

Result<std::string> CheckLogEntries(CheckedBundle& bundle) {
  const storage::Checkpoint& state = bundle.content.signed_state;
  const std::string* const headers = bundle.files.Find("log/headers.jsonl");
  bundle.content.lists_whole_log = headers != nullptr;
  if (headers == nullptr) {
    if (!bundle.brought.accepts_proofs_only) {
      return Failed(
          "the bundle does not list the whole log, so whether an event was left out cannot be "
          "checked; --accept-proofs-only accepts that");
    }
    bundle.notes.emplace_back("the bundle has proofs only: events may have been left out of it");
    return std::string("not listed (proofs only)");
  }
  REPRISE_ASSIGN_OR_RETURN(const auto lines, LinesOf(*headers, "log/headers.jsonl"));
  std::map<std::string, std::uint64_t> last;
  bundle.leaves.emplace();
  storage::MerkleFrontier frontier;
  for (const std::string_view leaf : lines) {
    const std::uint64_t sequence = frontier.size();
    REPRISE_ASSIGN_OR_RETURN(auto entry, ReadEntry(leaf, sequence));
    const auto [before, is_first] = last.emplace(entry.subject, sequence);
    if (entry.previous != (is_first ? std::nullopt : std::optional(before->second))) {
      return Failed("ledger entry " + std::to_string(sequence) +
                    " does not follow the one before it about " + Quoted(entry.subject));
    }
    before->second = sequence;
    bundle.leaves->push_back(storage::LeafHash(leaf));
    frontier.Append(bundle.leaves->back());
    bundle.entries[sequence] = {std::move(entry), std::string(leaf)};
  }
  if (lines.size() != state.size) {
    return Failed("log/headers.jsonl has " + std::to_string(lines.size()) +
                  " entries and the checkpoint covers " + std::to_string(state.size) +
                  ": events were dropped or inserted");
  }
  if (frontier.Root() != state.root) {
    return Failed(
        "the entries in log/headers.jsonl do not give the signed root: an event was changed, "
        "backdated, reordered, dropped or inserted");
  }
  return "all " + std::to_string(lines.size()) + " entries give the signed root";
}

Result<std::string> CheckInclusion(CheckedBundle& bundle) {
  const std::vector<std::string> names = bundle.FilesBelow("proofs/");
  if (names.empty()) return Failed("there are no proofs");
  for (const std::string& name : names) {
    REPRISE_TRY(CheckProof(bundle, name, bundle.content.checkpoint));
  }
  return std::to_string(names.size()) + " proofs lead to the signed root";
}

}  // namespace reprise::tracker
