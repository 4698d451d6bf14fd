// What a bundle says of models: their versions, the evidence for them, and who signed what, by
// which keys, under which policies.

#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lineage/governance/model_card.h"
#include "lineage/governance/policy_check.h"
#include "storage/base/digest.h"
#include "tracker/models.h"
#include "tracker/registry/attestations.h"
#include "tracker/registry/key_ring.h"

namespace reprise::tracker {

struct BundleEvidence {
  lineage::FiledEvidence filed;
  std::string actor;
  // The evidence itself; nullopt where it is a folder, too long for a bundle, lost, erased or left
  // out on purpose.
  std::optional<std::string> bytes;
};

struct BundleModel {
  RegisteredModel model;
  // By all runs of the store that wrote its content, which need not be in the bundle; nullopt: the
  // record of one may be lost.
  std::optional<std::set<std::string>> authors;
  std::vector<BundleEvidence> evidence;            // In the order of the ledger.
  std::vector<lineage::FiledApproval> statements;  // Likewise.
  std::vector<FiledAttestation> attestations;      // Likewise.
  std::optional<lineage::ModelCard> card;          // The newest.
};

struct BundlePolicy {
  Digest digest;
  std::string text;  // As it was written.
  std::int64_t time_unix_ms = 0;
  std::string actor;
  std::uint64_t ledger_sequence = 0;
};

struct BundleGovernance {
  std::vector<BundleModel> models;     // By name and version.
  std::vector<KnownKey> keys;          // All that the ledger knows, in its order.
  std::vector<BundlePolicy> policies;  // Every one that ever was in force, in the ledger's order.
};

}  // namespace reprise::tracker
