// That what others said of the log's checkpoints is of this log, and holds; and that the log says
// itself how its keys changed.

#include <algorithm>
#include <charconv>

#include "storage/base/clock.h"
#include "storage/crypto/sha256.h"
#include "storage/merkle.h"
#include "storage/seal_check.h"
#include "tracker/audit/check/checked_bundle.h"

namespace reprise::tracker {
namespace {

constexpr std::string_view kSeals = "log/seals/";
constexpr std::int64_t kMsPerSecond = 1000;
constexpr std::size_t kSizeDigitsMax = 16;

// The ledger has an entry for each change of the key, and for no other.
Result<void> CheckKeyChanges(const CheckedBundle& bundle) {
  std::set<std::uint64_t> known;
  for (const storage::KeyChain::Step& step : bundle.keys->steps()) {
    const std::string number = std::to_string(step.entry);
    const auto found = bundle.entries.find(step.entry);
    if (found == bundle.entries.end()) {
      return Failed("the ledger's entry " + number + ", which changes the log's key, is not here");
    }
    REPRISE_ASSIGN_OR_RETURN(const std::string document, step.change.Document());
    const storage::LedgerEntry& entry = found->second.entry;
    if (entry.kind != storage::kKeyChangeEntry || entry.payload != crypto::Sha256(document) ||
        entry.subject != bundle.key->name) {
      return Failed("ledger entry " + number +
                    " does not change the log's key as keys/changes.jsonl says");
    }
    known.insert(step.entry);
  }
  for (const auto& [sequence, event] : bundle.entries) {
    if (event.entry.kind == storage::kKeyChangeEntry && !known.contains(sequence)) {
      return Failed("ledger entry " + std::to_string(sequence) +
                    " changes the log's key, and keys/changes.jsonl does not say how");
    }
  }
  return {};
}

// A number in its one decimal form.
std::optional<std::uint64_t> ParseNumber(std::string_view digits) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size() &&
                         digits.size() <= kSizeDigitsMax && std::to_string(number) == digits;
  return is_number ? std::optional(number) : std::nullopt;
}

// The sizes of which there are folders.
Result<std::set<std::uint64_t>> SealedSizes(const CheckedBundle& bundle) {
  std::set<std::uint64_t> sizes;
  for (const std::string& path : bundle.FilesBelow(kSeals)) {
    const std::string_view rest = std::string_view(path).substr(kSeals.size());
    const std::size_t slash = rest.find('/');
    const auto size = ParseNumber(rest.substr(0, slash));
    if (slash == std::string_view::npos || !size.has_value() ||
        rest.find('/', slash + 1) != std::string_view::npos) {
      return Failed("there is a file of no known kind in log/seals");
    }
    sizes.insert(*size);
  }
  return sizes;
}

// "7.tsr" is 7.
std::optional<std::uint64_t> StampNumber(std::string_view name) {
  constexpr std::string_view kEnding = ".tsr";
  if (!name.ends_with(kEnding)) return std::nullopt;
  const auto number = ParseNumber(name.substr(0, name.size() - kEnding.size()));
  return number != 0 ? number : std::nullopt;
}

Result<void> ReadCosignatures(const CheckedBundle& bundle, const std::string& folder,
                              storage::Seal& seal) {
  const std::string* const note = bundle.files.Find(folder + "cosigned");
  if (note == nullptr) return {};
  if (!note->starts_with(seal.checkpoint_note) || *note == seal.checkpoint_note) {
    return Failed(folder + "cosigned does not begin with the checkpoint");
  }
  REPRISE_ASSIGN_OR_RETURN(const auto before, storage::SignedNote::Parse(seal.checkpoint_note));
  const auto all = storage::SignedNote::Parse(*note);
  if (!all.ok()) return Annotate(all.error(), folder + "cosigned");
  seal.cosignatures.assign(
      all->signatures.begin() + static_cast<std::ptrdiff_t>(before.signatures.size()),
      all->signatures.end());
  return {};
}

// The roots of the first so many entries; none where the log is not listed.
using Roots = std::map<std::uint64_t, Digest>;
Roots RootsOf(const CheckedBundle& bundle, const std::set<std::uint64_t>& sizes) {
  return bundle.leaves.has_value() ? bundle.RootsAt(sizes) : Roots();
}

std::optional<Digest> RootAt(const Roots& roots, std::uint64_t size) {
  const auto root = roots.find(size);
  return root == roots.end() ? std::nullopt : std::optional(root->second);
}

// The seal of the first `size` entries, whose checkpoint is the log's own.
Result<storage::Seal> ReadSeal(const CheckedBundle& bundle, std::uint64_t size,
                               const Roots& roots) {
  const std::string folder = std::string(kSeals) + std::to_string(size) + "/";
  storage::Seal seal;
  seal.size = size;
  REPRISE_ASSIGN_OR_RETURN(seal.checkpoint_note, bundle.File(folder + "checkpoint"));
  REPRISE_ASSIGN_OR_RETURN(const storage::Checkpoint checkpoint,
                           bundle.OpenCheckpoint(seal.checkpoint_note, folder + "checkpoint"));
  if (checkpoint.size != size) {
    return Failed(folder + "checkpoint is of " + std::to_string(checkpoint.size) + " entries");
  }
  REPRISE_TRY(ReadCosignatures(bundle, folder, seal));
  std::map<std::uint64_t, std::string> stamps;
  std::vector<std::string> others;
  for (const std::string& path : bundle.FilesBelow(folder)) {
    const std::string name = path.substr(folder.size());
    if (name == "checkpoint" || name == "cosigned" || name == "consistency") continue;
    const auto number = StampNumber(name);
    if (number.has_value()) {
      stamps[*number] = *bundle.files.Find(path);
    } else {
      others.push_back(name);
    }
  }
  if (!others.empty()) return Failed(folder + " has other files: " + Joined(others, ", "));
  for (auto& [number, response] : stamps) seal.timestamps.push_back(std::move(response));
  if (seal.cosignatures.empty() && seal.timestamps.empty()) {
    return Failed("nobody confirmed " + folder + "checkpoint");
  }
  REPRISE_TRY(CheckConsistency(bundle, checkpoint, RootAt(roots, size), folder));
  return seal;
}

std::string UpTo(std::uint64_t size) { return "entries up to " + std::to_string(size); }

// That nothing in the seal is wrong by the keys and certificates of the bundle, and what holds.
Result<void> CheckSealHolds(CheckedBundle& bundle, const storage::Seal& seal,
                            const std::vector<storage::WitnessKey>& witnesses) {
  const storage::CheckedSeal checked =
      storage::CheckSeal(seal, witnesses, bundle.content.authorities);
  if (const auto problems = checked.Problems(); !problems.empty()) {
    return Failed(problems.front());
  }
  std::size_t unknown = 0;
  for (std::size_t i = 0; i < checked.cosignatures.size(); ++i) {
    const storage::CheckedCosignature& each = checked.cosignatures[i];
    const auto* const witness = storage::FindWitness(witnesses, seal.cosignatures[i]);
    if (each.state != storage::SealState::kHolds || witness == nullptr) {
      ++unknown;
      continue;
    }
    bundle.notes.push_back(UpTo(seal.size) + " were cosigned by " + each.name + " at " +
                           FormatTime(each.time_unix_s * kMsPerSecond) + " (" + witness->ToText() +
                           ")");
  }
  if (unknown > 0) {
    bundle.notes.push_back(UpTo(seal.size) + " have " + std::to_string(unknown) +
                           " cosignatures by witnesses whose keys are not here");
  }
  for (const storage::CheckedTimestamp& each : checked.timestamps) {
    if (each.state != storage::SealState::kHolds) {
      return Failed("there is no certificate for the time stamps");
    }
    bundle.notes.push_back(UpTo(seal.size) + " were there at " +
                           FormatTime(each.time_unix_s * kMsPerSecond) +
                           ", says a time stamp by certificates of this bundle");
  }
  return {};
}

}  // namespace

Result<void> CheckConsistency(const CheckedBundle& bundle, const storage::Checkpoint& kept,
                              const std::optional<Digest>& root, const std::string& folder) {
  const storage::Checkpoint& state = bundle.content.signed_state;
  if (kept.size > state.size) return Failed(folder + "checkpoint covers more than the log has");
  if (root.has_value() && *root != kept.root) {
    return Failed("the log was rewritten: its first " + std::to_string(kept.size) +
                  " entries are not those of " + folder + "checkpoint");
  }
  if (kept.size == 0) return {};
  const std::string what = folder + "consistency";
  REPRISE_ASSIGN_OR_RETURN(const std::string_view text, bundle.File(what));
  const auto proof = storage::CosignRequest::Parse(text);
  if (!proof.ok()) return Failed(what + " is no proof: " + proof.error().message);
  if (proof->old_size != kept.size || proof->checkpoint_note != bundle.content.checkpoint) {
    return Failed(what + " is of other checkpoints");
  }
  const auto leads =
      storage::VerifyConsistency(kept.size, state.size, kept.root, state.root, proof->proof);
  if (!leads.ok()) {
    return Failed(what + " does not lead from the checkpoint to the log: " + leads.error().message);
  }
  return {};
}

Result<std::string> CheckStart(CheckedBundle& bundle) {
  const std::string folder = "log/since/";
  if (bundle.FilesBelow(folder).empty()) return std::string("the bundle begins from no checkpoint");
  BundleSince since;
  REPRISE_ASSIGN_OR_RETURN(since.checkpoint_note, bundle.File(folder + "checkpoint"));
  REPRISE_ASSIGN_OR_RETURN(since.state,
                           bundle.OpenCheckpoint(since.checkpoint_note, folder + "checkpoint"));
  if (since.state.size == 0) return Failed(folder + "checkpoint is of the empty log");
  REPRISE_TRY(RequireFiles(bundle, folder, {folder + "checkpoint", folder + "consistency"},
                           "something of no known kind"));
  const auto root = RootAt(RootsOf(bundle, {since.state.size}), since.state.size);
  REPRISE_TRY(CheckConsistency(bundle, since.state, root, folder));
  const std::string said = "the log of " + std::to_string(bundle.content.signed_state.size) +
                           " entries continues that of " + std::to_string(since.state.size);
  bundle.content.since = std::move(since);
  return said;
}

Result<std::string> CheckConfirmations(CheckedBundle& bundle) {
  REPRISE_TRY(CheckKeyChanges(bundle));
  REPRISE_ASSIGN_OR_RETURN(const auto sizes, SealedSizes(bundle));
  if (const std::string* const text = bundle.files.Find("keys/witnesses")) {
    bundle.content.witnesses = *text;
  }
  if (const std::string* const pem = bundle.files.Find("keys/timestamp-authorities.pem")) {
    bundle.content.authorities = *pem;
  }
  const auto witnesses = storage::ParseWitnessKeys(bundle.content.witnesses);
  if (!witnesses.ok()) return Annotate(witnesses.error(), "keys/witnesses");
  const Roots roots = RootsOf(bundle, sizes);
  for (const std::uint64_t size : sizes) {
    REPRISE_ASSIGN_OR_RETURN(storage::Seal seal, ReadSeal(bundle, size, roots));
    REPRISE_TRY(CheckSealHolds(bundle, seal, *witnesses));
    bundle.content.seals.push_back({std::move(seal), ""});
  }
  return std::to_string(sizes.size()) + " checkpoints confirmed by others, " +
         std::to_string(bundle.keys->steps().size()) + " changes of the key";
}

}  // namespace reprise::tracker
