// Documents of keys, evidence and approvals: their golden bytes, and what their readers refuse.

#include <gtest/gtest.h>

#include "tests/lineage/governance/governance_testing.h"
#include "tests/support/golden.h"

namespace reprise::lineage {
namespace {

using reprise::testing::ExpectGolden;
using testing::SomeApproval;
using testing::SomeEvidence;
using testing::SomeKey;

std::string With(std::string document, std::string_view text, std::string_view other) {
  const std::size_t at = document.find(text);
  EXPECT_NE(at, std::string::npos) << text;
  return document.replace(at, text.size(), other);
}

TEST(GovernanceDocuments, HaveTheirGoldenBytes) {
  ExpectGolden("documents/key_v1.json", *EncodeTrustedKey(SomeKey()));
  ExpectGolden("documents/key_revocation_v1.json",
               *EncodeKeyRevocation({SomeKey().key.Fingerprint(), "laptop stolen"}));
  ExpectGolden("documents/evidence_v1.json", *EncodeEvidence(SomeEvidence()));
  ExpectGolden("documents/approval_v1.json", *EncodeApproval(SomeApproval()));
}

TEST(GovernanceDocuments, AreReadAsTheyWereWritten) {
  TrustedKey key = SomeKey();
  EXPECT_EQ(*DecodeTrustedKey(*EncodeTrustedKey(key)), key);
  key.valid_from_unix_ms.reset();
  key.valid_until_unix_ms.reset();
  EXPECT_EQ(*DecodeTrustedKey(*EncodeTrustedKey(key)), key);
  EXPECT_FALSE(IsKeyRevocation(*EncodeTrustedKey(key)));
  const KeyRevocation revocation{key.key.Fingerprint(), "stolen"};
  EXPECT_EQ(*DecodeKeyRevocation(*EncodeKeyRevocation(revocation)), revocation);
  EXPECT_TRUE(IsKeyRevocation(*EncodeKeyRevocation(revocation)));
  EXPECT_EQ(*DecodeEvidence(*EncodeEvidence(SomeEvidence())), SomeEvidence());
  Approval approval = SomeApproval();
  EXPECT_EQ(*DecodeApproval(*EncodeApproval(approval)), approval);
  approval.policy.reset();
  approval.expires_unix_ms.reset();
  approval.evidence.clear();
  approval.decision = Decision::kOverride;
  EXPECT_EQ(*DecodeApproval(*EncodeApproval(approval)), approval);
}

TEST(GovernanceDocuments, AKeyNeedsAnOwnerANameAndRoles) {
  TrustedKey key = SomeKey();
  key.roles.clear();
  EXPECT_FALSE(EncodeTrustedKey(key).ok());
  key.roles = {"validator", "owner"};  // Not sorted.
  EXPECT_FALSE(EncodeTrustedKey(key).ok());
  key = SomeKey();
  key.owner = "a\nb";
  EXPECT_FALSE(EncodeTrustedKey(key).ok());
  key = SomeKey();
  key.printed_name = "";
  EXPECT_FALSE(EncodeTrustedKey(key).ok());
  key = SomeKey();
  key.valid_until_unix_ms = key.valid_from_unix_ms;
  EXPECT_FALSE(EncodeTrustedKey(key).ok());
  EXPECT_FALSE(EncodeKeyRevocation({SomeKey().key.Fingerprint(), ""}).ok());
}

TEST(GovernanceDocuments, AKeyIsValidFromItsFirstMomentUntilBeforeItsLast) {
  const TrustedKey key = SomeKey();
  EXPECT_FALSE(key.IsValidAt(*key.valid_from_unix_ms - 1));
  EXPECT_TRUE(key.IsValidAt(*key.valid_from_unix_ms));
  EXPECT_TRUE(key.IsValidAt(*key.valid_until_unix_ms - 1));
  EXPECT_FALSE(key.IsValidAt(*key.valid_until_unix_ms));
}

TEST(GovernanceDocuments, WhatTheirWriterWouldNotWriteIsRefused) {
  const std::string key = *EncodeTrustedKey(SomeKey());
  for (const std::string& changed :
       {With(key, R"("ecdsa-p256-sha256")", R"("rsa")"), With(key, R"("type")", R"("x":1,"type")"),
        With(key, "BEGIN PUBLIC", "BEGIN PRIVATE"),
        With(key, R"("owner":"ada")", R"("owner":"")")}) {
    EXPECT_FALSE(DecodeTrustedKey(changed).ok()) << changed;
  }
  const std::string evidence = *EncodeEvidence(SomeEvidence());
  for (const std::string& changed : {With(evidence, R"("validation")", R"("valuation")"),
                                     With(evidence, R"("version":3)", R"("version":0)"),
                                     With(evidence, "evidence/v1", "evidence/v2")}) {
    EXPECT_FALSE(DecodeEvidence(changed).ok()) << changed;
  }
  const std::string approval = *EncodeApproval(SomeApproval());
  for (const std::string& changed :
       {With(approval, R"("decision":"approve")", R"("decision":"maybe")"),
        With(approval, "Statement/v1", "Statement/v0"),
        With(approval, R"("name":"scorecard@3")", R"("name":"scorecard@4")"),
        With(approval, R"("to":"qa")", R"("to":"3")"),
        With(approval, "urn:reprise:approval:v1", "urn:reprise:approval:v2"),
        With(approval, R"("reason":"AUC and stability are fine")", R"("reason":"")")}) {
    EXPECT_FALSE(DecodeApproval(changed).ok()) << changed;
  }
}

TEST(GovernanceDocuments, AnUnknownKindOfEvidenceIsToldWithTheOneThatWasMeant) {
  const auto checked = CheckEvidenceKind("validaton");
  ASSERT_FALSE(checked.ok());
  EXPECT_NE(checked.error().message.find("did you mean validation?"), std::string::npos);
}

}  // namespace
}  // namespace reprise::lineage
