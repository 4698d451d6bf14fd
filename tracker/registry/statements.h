// Signed statements about versions of models: drafting what is signed, and recording it.
//
// Thread-safety: as the store.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "lineage/governance/approval.h"
#include "lineage/governance/policy_check.h"
#include "storage/base/json.h"
#include "storage/base/result.h"
#include "storage/dsse.h"
#include "tracker/models.h"
#include "tracker/registry/key_ring.h"
#include "tracker/store.h"

namespace reprise::tracker {

struct StatementRequest {
  lineage::Decision decision = lineage::Decision::kApprove;
  std::string to;
  std::string role;
  std::string reason;
  std::string meaning;  // "" for what the decision means.
  std::optional<std::int64_t> expires_unix_ms;
};

// What the owner of `key` would sign about `model` now: with all evidence and the policy that there
// are.
// Errors: kInvalidArgument  the key is revoked, not valid now, or may not sign in that role; the
//                           version cannot move to that stage; a member that may not be.
//         kCorruption  entries of the ledger cannot be read.
Result<lineage::Approval> DraftStatement(Store& store, const RegisteredModel& model,
                                         const KnownKey& key, const StatementRequest& request,
                                         std::int64_t now_unix_ms);

// Records a signed statement; it is in the ledger when the call returns.  Returns its digest.
// Errors: kInvalidArgument  it is not about a version of a model of this store, or would count for
//                           nothing, as KeyRing::WhyVoid() says.
//         kCorruption  entries of the ledger cannot be read.
Result<Digest> FileStatement(Store& store, const storage::DsseEnvelope& envelope,
                             std::int64_t now_unix_ms);

// {"digest", "printed_name", "owner", "role", "decision", "meaning", "from", "to", "reason",
// "policy", "evidence": [{"kind", "digest"}], "signed_at", "expires", "recorded_at",
// "ledger_sequence", "void"}
Json FiledApprovalToJson(const lineage::FiledApproval& filed);

}  // namespace reprise::tracker
