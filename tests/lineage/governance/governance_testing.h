// Documents of governance that tests begin with.

#pragma once

#include "lineage/governance/approval.h"
#include "lineage/governance/evidence.h"
#include "lineage/governance/signing_key.h"
#include "storage/crypto/sha256.h"
#include "tests/support/test_keys.h"

namespace reprise::lineage::testing {

inline TrustedKey SomeKey() {
  TrustedKey key{.key = *crypto::P256PublicKey::FromPem(reprise::testing::kTestPublicKeyPem)};
  key.owner = "ada";
  key.printed_name = "Ada Lovelace";
  key.roles = {"owner", "validator"};
  key.valid_from_unix_ms = 1'700'000'000'000;
  key.valid_until_unix_ms = 1'800'000'000'000;
  key.reason = "handed over in person \xFF";
  return key;
}

inline Evidence SomeEvidence() {
  Evidence evidence;
  evidence.model = "scorecard";
  evidence.version = 3;
  evidence.model_content = crypto::Sha256("model");
  evidence.kind = "validation";
  evidence.artifact.path = "reports/validation.json";
  evidence.artifact.digest = crypto::Sha256("report");
  evidence.artifact.size_bytes = 6;
  evidence.reason = "yearly";
  return evidence;
}

inline Approval SomeApproval() {
  Approval approval;
  approval.model = "scorecard";
  approval.version = 3;
  approval.content = crypto::Sha256("model");
  approval.registration = crypto::Sha256("registration");
  approval.meaning = MeaningOf(Decision::kApprove);
  approval.printed_name = "Ada Lovelace";
  approval.owner = "ada";
  approval.role = "validator";
  approval.from = "development";
  approval.to = "qa";
  approval.reason = "AUC and stability are fine";
  approval.policy = crypto::Sha256("policy");
  approval.evidence = {{"validation", crypto::Sha256("evidence")}};
  approval.signed_at_unix_ms = 1'750'000'000'000;
  approval.expires_unix_ms = 1'760'000'000'000;
  return approval;
}

}  // namespace reprise::lineage::testing
