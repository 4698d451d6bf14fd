// Moves of models from stage to stage, as far as the policy lets them.
//
// Thread-safety: as the store.  Whoever holds the store open for writing is alone with it, so that
// nothing changes between a check and the promotion that rests on it.

#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "lineage/governance/policy_check.h"
#include "storage/base/result.h"
#include "tracker/models.h"
#include "tracker/registry/key_ring.h"
#include "tracker/store.h"

namespace reprise::tracker {

// The newest policy; nullopt when none was ever set.
// Errors: kCorruption.
Result<std::optional<lineage::PolicyInForce>> FindPolicyInForce(const storage::Catalog& catalog,
                                                                std::int64_t now_unix_ms);

// Records `text` as the policy from now on; it is in the ledger when the call returns.
// Errors: kInvalidArgument  no policy, with the line, or the one that is in force already.
//         Those of Store::AddFact.
Result<void> SetPolicy(Store& store, const std::string& text, const std::string& file_name,
                       std::int64_t now_unix_ms);

// The evidence for a version, in the order of the ledger.  Errors: kCorruption.
Result<std::vector<lineage::FiledEvidence>> EvidenceOf(const storage::Catalog& catalog,
                                                       const std::string& model,
                                                       std::uint64_t version);

// Likewise the signed statements about it, with why those are void that are by the keys of `ring`.
Result<std::vector<lineage::FiledApproval>> ApprovalsOf(const storage::Catalog& catalog,
                                                        const KeyRing& ring,
                                                        const std::string& model,
                                                        std::uint64_t version);

// The last move of a version; nullopt: it is where it was registered.
std::optional<lineage::LastMove> LastMoveOf(const RegisteredModel& model);

// AuthorsOf() the version, by all runs of the store that wrote its content.
// Errors: kCorruption  the record of a run cannot be read, which may be one of these.
Result<std::set<std::string>> GatherAuthors(Store& store, const RegisteredModel& model);

// All that is known of a version and decides where it may go, but its authors.  What is lost of its
// run (the run, its environment) counts as not there.  Errors: kCorruption.
Result<lineage::Candidate> GatherCandidate(Store& store, const KeyRing& ring,
                                           const RegisteredModel& model);

// Errors: kCorruption  entries of the ledger cannot be read, and `why` that matters ("may forbid
// …").
Result<void> RequireAllEntries(Store& store, const std::string& why);

struct MoveCheck {
  lineage::Candidate candidate;
  std::optional<lineage::PolicyInForce> policy;
  lineage::MoveVerdict verdict;
};

// Whether `model` may move to `to` now.
// Errors: those of CheckMovable(); kCorruption.
Result<MoveCheck> CheckModelMove(Store& store, const RegisteredModel& model, const std::string& to,
                                 std::int64_t now_unix_ms);

// Moves it if the policy is met or, with `is_override`, if the move is ordered in an emergency.
// `refused`: what is missing otherwise; the model is then as it was.
struct MoveOutcome {
  RegisteredModel model;
  std::optional<lineage::MoveVerdict> refused;
};
Result<MoveOutcome> MoveModel(Store& store, const RegisteredModel& model, const std::string& to,
                              const std::string& reason, bool is_override,
                              std::int64_t now_unix_ms);

}  // namespace reprise::tracker
