// What the auditor brought along, against the log of the bundle: what it covers is anchored.

#include <algorithm>

#include "lineage/document.h"
#include "storage/base/clock.h"
#include "storage/seal_check.h"
#include "tracker/audit/check/checked_bundle.h"

namespace reprise::tracker {
namespace {

constexpr std::int64_t kMsPerSecond = 1000;

// The log's key is among those that the auditor trusts, or led on from one of them.
Result<void> CheckTrustedKeys(CheckedBundle& bundle) {
  const BroughtAlong& brought = bundle.brought;
  std::vector<Digest> fingerprints = brought.trusted_fingerprints;
  for (const Digest& listed : brought.listed_fingerprints) {
    if (bundle.people.Find(listed.ToHex()) == nullptr) fingerprints.push_back(listed);
  }
  if (brought.trusted_keys.empty() && fingerprints.empty()) return {};
  const auto is_trusted = [&](const storage::NoteKey& key) {
    return std::ranges::find(brought.trusted_keys, key) != brought.trusted_keys.end() ||
           std::ranges::find(fingerprints, key.key.Fingerprint()) != fingerprints.end();
  };
  if (is_trusted(*bundle.key)) {
    bundle.anchors.emplace_back("a key that you trust");
    return {};
  }
  const auto& steps = bundle.keys->steps();
  const bool leads_on = std::ranges::any_of(
      steps, [&](const storage::KeyChain::Step& step) { return is_trusted(step.change.from); });
  if (!leads_on) {
    return Failed("the log is signed by a key that you do not trust: " + bundle.key->ToText());
  }
  bundle.anchors.emplace_back(
      "a key that you trust, from which changes of the key lead to the one that signs now");
  return {};
}

// The log begins with what the kept checkpoint covers.
Result<storage::Checkpoint> CheckKeptCheckpoint(CheckedBundle& bundle, std::string_view note) {
  REPRISE_ASSIGN_OR_RETURN(storage::Checkpoint since,
                           bundle.OpenCheckpoint(note, "the checkpoint that you kept"));
  const std::uint64_t size = bundle.content.signed_state.size;
  if (since.size == 0) {
    return Failed(
        "the checkpoint that you kept is of the empty log, with which every log begins: it proves "
        "nothing");
  }
  if (since.size > size) {
    return Failed("the log was cut off: you kept a checkpoint of " + std::to_string(since.size) +
                  " entries, and it has " + std::to_string(size));
  }
  const auto& begun = bundle.content.since;
  if (!bundle.leaves.has_value() && (!begun.has_value() || begun->state.size != since.size)) {
    return Failed(
        "with proofs only, nothing can be said about the checkpoint that you kept; ask for a "
        "bundle that begins from it (reprise audit export --since)");
  }
  if ((bundle.leaves.has_value() ? bundle.RootsAt({since.size}).at(since.size)
                                 : begun->state.root) != since.root) {
    return Failed("the log was rewritten: its first " + std::to_string(since.size) +
                  " entries are not those of the checkpoint that you kept");
  }
  if (begun.has_value() && begun->state.size != since.size) {
    bundle.notes.push_back("the report tells of changes since a checkpoint of " +
                           std::to_string(begun->state.size) + " entries, and you kept one of " +
                           std::to_string(since.size));
  }
  return since;
}

// Runs among `later` without which there would be nothing that the bundle is about: its own, and
// all that made content that it is about.
std::set<std::string> OwnRuns(const CheckedBundle& bundle, const std::set<std::string>& later) {
  std::map<std::string, std::set<std::string>> makers;  // By content.
  const auto edges = lineage::MemberOrNull(bundle.report, "lineage").GetArray("edges");
  for (const Json& edge : edges.ok() ? **edges : Json::Array()) {
    const auto from = edge.GetString("from");
    const auto to = edge.GetString("to");
    const auto kind = edge.GetString("kind");
    const bool is_about =
        from.ok() && to.ok() && kind.ok() && *kind == "produced" && bundle.roots.contains(*to);
    if (is_about) makers[*to].insert(*from);
  }
  std::set<std::string> own = bundle.run_ids;
  for (const auto& [content, runs] : makers) {
    if (std::ranges::includes(later, runs)) own.insert(runs.begin(), runs.end());
  }
  return own;
}

// Whether a checkpoint that others keep anchors the run: it says nothing of the entries after it,
// which whoever has the key can still write anew.
void JudgeCoverage(CheckedBundle& bundle, std::uint64_t size, const std::string& what) {
  const std::string covered = what + ", of " + std::to_string(size) + " entries";
  const BundleSubject& subject = bundle.content.subject;
  std::set<std::string> later_runs;
  for (const BundleEvent& event : bundle.content.events) {
    if (event.entry.sequence >= size && event.entry.kind == "run") {
      later_runs.insert(event.entry.subject);
    }
  }
  const std::set<std::string> own_runs = OwnRuns(bundle, later_runs);
  const bool is_stage = subject.kind == BundleSubject::Kind::kStage;
  std::map<std::string, std::size_t> later;
  std::set<std::string> own;  // Of what the bundle is about.
  std::size_t count = 0;
  for (const BundleEvent& event : bundle.content.events) {
    const storage::LedgerEntry& entry = event.entry;
    if (entry.sequence < size) continue;
    const bool is_own =
        (entry.kind == "run" && own_runs.contains(entry.subject)) ||
        ((entry.kind == kModelVersionEntry || (is_stage && entry.kind == kPromotionEntry)) &&
         std::ranges::find(subject.versions, entry.subject) != subject.versions.end());
    if (is_own) own.insert(entry.subject);
    ++later[entry.kind];
    ++count;
  }
  if (!own.empty()) {
    const std::string named =
        subject.kind == BundleSubject::Kind::kRun
            ? "the run was"
            : Joined({own.begin(), own.end()}, ", ") + " of what the bundle is about was";
    bundle.uncovered = named + " recorded after " + covered + ", which does not anchor it";
    return;
  }
  bundle.anchors.push_back(covered);
  if (count == 0) return;
  std::vector<std::string> kinds;
  for (const auto& [kind, times] : later)
    kinds.push_back(kind + " (" + std::to_string(times) + ")");
  bundle.uncovered =
      "of the events about the run and its lineage, " + std::to_string(count) +
      " came after that checkpoint, which does not anchor them: " + Joined(kinds, ", ");
}

// Enough of the witnesses that the auditor trusts cosigned a checkpoint.
Result<void> CheckTrustedWitnesses(CheckedBundle& bundle) {
  const auto& witnesses = bundle.brought.witnesses;
  if (witnesses.empty()) return {};
  const std::size_t needed = bundle.brought.quorum.value_or(witnesses.size());
  std::optional<std::uint64_t> covered;
  for (const BundleSeal& each : bundle.content.seals) {
    const storage::CheckedSeal checked = storage::CheckSeal(each.seal, witnesses, "");
    if (const auto problems = checked.Problems(); !problems.empty()) {
      return Failed(problems.front());
    }
    std::set<std::pair<std::string, std::uint32_t>> by;
    for (const storage::CheckedCosignature& line : checked.cosignatures) {
      if (line.state == storage::SealState::kHolds) by.emplace(line.name, line.key_id);
    }
    if (by.size() >= needed && each.seal.size > 0) covered = each.seal.size;
  }
  const std::string by_enough =
      " by " + std::to_string(needed) + " of the witnesses that you trust";
  if (!covered.has_value()) return Failed("no checkpoint is cosigned" + by_enough);
  JudgeCoverage(bundle, *covered, "a checkpoint cosigned" + by_enough);
  return {};
}

// The time stamps lead to certificates that the auditor trusts.
Result<void> CheckTrustedAuthorities(CheckedBundle& bundle) {
  if (bundle.brought.authorities.empty()) return {};
  std::optional<std::string> newest;
  for (const BundleSeal& each : bundle.content.seals) {
    const storage::CheckedSeal checked =
        storage::CheckSeal(each.seal, {}, bundle.brought.authorities);
    for (const storage::CheckedTimestamp& stamp : checked.timestamps) {
      // One by another authority is borne out by the bundle's own certificates.
      if (stamp.state != storage::SealState::kHolds) continue;
      newest = "entries up to " + std::to_string(each.seal.size) + " were there at " +
               FormatTime(stamp.time_unix_s * kMsPerSecond) +
               ", says a time stamp by an authority that you trust";
    }
  }
  if (!newest.has_value()) {
    return Failed("no time stamp in the bundle leads to the certificates that you trust");
  }
  bundle.notes.push_back(*newest);
  return {};
}

// Which of the signatures that moves rest on are by keys that the auditor did not bring.
void JudgeSignatures(CheckedBundle& bundle) {
  if (bundle.counted.empty()) return;
  std::set<std::string> known;
  for (const Digest& digest : bundle.brought.trusted_people) known.insert(digest.ToHex());
  for (const Digest& digest : bundle.brought.listed_fingerprints) known.insert(digest.ToHex());
  std::map<std::string, std::set<std::string>> unknown;  // Moves, by key.
  std::size_t count = 0;
  for (const auto& [name, statement] : bundle.counted) {
    if (known.contains(statement->envelope.key_id)) continue;
    unknown[statement->envelope.key_id].insert(name + " to " + statement->approval.to);
    ++count;
  }
  for (const auto& [fingerprint, moves] : unknown) {
    bundle.notes.push_back("signed by a key that you did not bring, that of " +
                           bundle.people.Find(fingerprint)->newest().printed_name + " (" +
                           fingerprint + "): the moves " +
                           Joined({moves.begin(), moves.end()}, ", "));
  }
  const std::size_t all = bundle.counted.size();
  bundle.signatures = "of the " + std::to_string(all) + " signatures that moves rest on, " +
                      (count == 0     ? "all are"
                       : count == all ? "none is"
                                      : std::to_string(all - count) + " are") +
                      " by keys of people that you brought";
}

}  // namespace

Result<std::string> CheckAnchors(CheckedBundle& bundle) {
  REPRISE_TRY(CheckTrustedKeys(bundle));
  if (bundle.brought.kept_checkpoint.has_value()) {
    REPRISE_ASSIGN_OR_RETURN(const storage::Checkpoint since,
                             CheckKeptCheckpoint(bundle, *bundle.brought.kept_checkpoint));
    JudgeCoverage(bundle, since.size, "the checkpoint that you kept");
  }
  REPRISE_TRY(CheckTrustedWitnesses(bundle));
  REPRISE_TRY(CheckTrustedAuthorities(bundle));
  JudgeSignatures(bundle);
  if (!bundle.anchors.empty()) return Joined(bundle.anchors, ", ");
  return bundle.uncovered.empty() ? "none given" : bundle.uncovered;
}

}  // namespace reprise::tracker
