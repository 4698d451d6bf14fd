// What a person signs about a model's version that is to move to another stage: an in-toto
// Statement v1 (github.com/in-toto/attestation) whose subject is the version's content.
// docs/formats/statement.md.
//
// Thread-safety: pure functions.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/base/digest.h"
#include "storage/base/result.h"

namespace reprise::lineage {

enum class Decision {
  kApprove,
  kReject,
  kOverride,  // In an emergency: it may move although the policy is not met.
};
std::string_view DecisionName(Decision decision);  // "approve", …
// Errors: kInvalidArgument.
Result<Decision> ParseDecision(std::string_view name);
// What such a signature means, as a sentence for people ("21 CFR 11.50: the meaning").
std::string_view MeaningOf(Decision decision);

// A piece of evidence that the signer had before them.
struct NamedEvidence {
  std::string kind;
  Digest document;  // Of the evidence document (evidence.h).

  friend bool operator==(const NamedEvidence&, const NamedEvidence&) = default;
  friend auto operator<=>(const NamedEvidence&, const NamedEvidence&) = default;
};

struct Approval {
  std::string model;
  std::uint64_t version = 0;
  Digest content;       // What the version was registered as.
  Digest registration;  // The document that registered it.
  Decision decision = Decision::kApprove;
  std::string meaning;                          // MeaningOf(), or the signer's own words.
  std::string printed_name;                     // Of the signer, as the key's record has it.
  std::string owner;                            // Likewise.
  std::string role;                             // In which they sign.
  std::string from;                             // The stage that the version has.
  std::string to;                               // The one that it is to have.
  std::string reason;                           // UTF-8; not empty.
  std::optional<Digest> policy;                 // The one in force.
  std::vector<NamedEvidence> evidence;          // All that there was; sorted.
  std::int64_t signed_at_unix_ms = 0;           // By the signer's clock.
  std::optional<std::int64_t> expires_unix_ms;  // From then on it counts no longer.

  friend bool operator==(const Approval&, const Approval&) = default;
};

// The payload of the envelope (storage/dsse.h), in canonical form.
// Errors: kInvalidArgument  a member that may not be.
Result<std::string> EncodeApproval(const Approval& approval);
// The inverse, for exactly the bytes that it writes.  Errors: kCorruption.
Result<Approval> DecodeApproval(std::string_view payload);

}  // namespace reprise::lineage
