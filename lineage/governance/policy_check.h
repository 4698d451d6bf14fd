// Whether a policy lets a model's version move to a stage, item by item.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "lineage/governance/approval.h"
#include "lineage/governance/evidence.h"
#include "lineage/governance/policy.h"
#include "lineage/query/expression.h"
#include "storage/base/digest.h"

namespace reprise::lineage {

// A signed statement as the store has it.
struct FiledApproval {
  Approval approval;
  Digest envelope;
  std::int64_t recorded_at_unix_ms = 0;
  std::uint64_t ledger_sequence = 0;
  // Why it counts for nothing, whatever the policy says: its signature is wrong, its key is not
  // known, was not valid, is revoked, or may not sign in that role.
  std::optional<std::string> void_because;
};

struct FiledEvidence {
  Evidence evidence;
  Digest document;
  std::int64_t recorded_at_unix_ms = 0;
  std::uint64_t ledger_sequence = 0;
  // When it was made, if that is known to be earlier: the end of the run that attached it.  Its age
  // counts from then.
  std::optional<std::int64_t> made_at_unix_ms{};
  bool is_erased = false;  // Nobody can read it any more.

  std::int64_t age_begins_unix_ms() const { return made_at_unix_ms.value_or(recorded_at_unix_ms); }
};

// Where in the ledger a version came into the stage that it has, if it was ever moved.
struct LastMove {
  std::int64_t time_unix_ms = 0;
  std::uint64_t ledger_sequence = 0;
};

// Whether a statement, recorded at that place in the ledger, was given before the version came into
// its stage.  It was about leaving that stage an earlier time, and counts for no other: a model
// that went back is judged anew.  What was signed before and recorded later is no different.
bool WasGivenBefore(const LastMove& move, const Approval& approval, std::uint64_t ledger_sequence);

// What is to move, and what is known of how it was made.
struct Candidate {
  std::string model;
  std::uint64_t version = 0;
  Digest content;
  Digest registration;  // The document that registered it.
  std::string stage;    // That it has.
  std::optional<LastMove> last_move;
  // Who made the run, and who registered it; nullopt: it may be anybody.
  std::optional<std::set<std::string>> authors;
  bool has_run = false;         // A run made it; the rest is empty without one.
  std::string capture;          // declared, observed, sealed or proven.
  query::FieldLookup value_of;  // Of the run.
  bool knows_packages = false;  // The run's environment could be read.
  // By name as PackageName() gives it: the versions that it used.
  std::map<std::string, std::set<std::string>> packages;
  std::vector<FiledEvidence> evidence;   // By place in the ledger.
  std::vector<FiledApproval> approvals;  // Likewise.
};

// One spelling for all that mean one package ("Scikit_Learn", "scikit-learn"): PEP 503.
std::string PackageName(std::string_view name);

struct PolicyInForce {
  Policy policy;
  Digest digest;  // Of its text.
};

struct CheckedItem {
  std::string requirement;  // "an approval as validator"
  bool is_met = false;
  std::string found;  // What there is, or why it does not count; may be empty.
};

struct MoveVerdict {
  std::vector<CheckedItem> items;
  std::vector<Digest> counted;    // Envelopes that the items rest on, each once.
  std::vector<Digest> overrides;  // Likewise, when the move is ordered in an emergency.

  bool is_met() const;
  bool is_overridden() const { return !overrides.empty(); }
};

// Without a policy there is nothing to meet.  With one a move that no rule names is refused, except
// to kRetiredStage.
MoveVerdict CheckMove(const PolicyInForce* policy, const Candidate& candidate,
                      const std::string& to, std::int64_t now_unix_ms);

// What a signer has before them: all evidence of the candidate, as a statement names it.
std::vector<NamedEvidence> NamedEvidenceOf(const Candidate& candidate);

}  // namespace reprise::lineage
