// Whose signatures count, and which statements are not even recorded.

#include "tracker/registry/statements.h"

#include "storage/base/clock.h"
#include "tests/tracker/registry/registry_testing.h"
#include "tracker/governance_rows.h"

namespace reprise::tracker {
namespace {

class StatementsTest : public testing::RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    Register();
    SetRules("approvals = [{ role = \"validator\" }]\n");
    Trust(Record(ada_, "ada", {"validator"}));
  }

  // Records an envelope that no command would record.
  void Smuggle(const storage::DsseEnvelope& envelope) {
    ASSERT_TRUE(
        store_->AddFact(std::string(kStatementEntry), "scorecard@1", *storage::EncodeDsse(envelope))
            .ok());
  }
  std::string Refusal(const storage::DsseEnvelope& envelope) {
    const auto filed = FileStatement(*store_, envelope, Now());
    EXPECT_FALSE(filed.ok());
    return filed.ok() ? "" : filed.error().message;
  }
};

TEST_F(StatementsTest, ASignatureOfAKeyThatIsNotTrustedIsRefusedAndNeverCounts) {
  storage::DsseEnvelope envelope = Signed(ada_, "validator");
  envelope = *storage::SignDsse(envelope.payload, bob_);
  EXPECT_NE(Refusal(envelope).find("its key is not trusted"), std::string::npos);
  Smuggle(envelope);
  EXPECT_EQ(WhyVoid(), "its key is not trusted");
  EXPECT_FALSE(MayMove());
  // Trusting the key afterwards makes nothing of what it signed before.
  Trust(Record(bob_, "ada", {"validator"}));
  EXPECT_EQ(WhyVoid(), "its key was not trusted yet");
  EXPECT_FALSE(MayMove());
}

TEST_F(StatementsTest, AStatementIsRecordedOnceWhateverItsSignatureLooksLike) {
  const storage::DsseEnvelope envelope = Signed(ada_, "validator");
  ASSERT_TRUE(FileStatement(*store_, envelope, Now()).ok());
  EXPECT_NE(Refusal(envelope).find("recorded already"), std::string::npos);
  const storage::DsseEnvelope again = *storage::SignDsse(envelope.payload, ada_);
  EXPECT_NE(again.signature, envelope.signature);
  EXPECT_NE(Refusal(again).find("recorded already"), std::string::npos);
}

// Such a statement would outrank what its owner says later.
TEST_F(StatementsTest, WhatSaysThatItIsSignedInTheFutureIsRefusedAndNeverCounts) {
  storage::DsseEnvelope envelope = Signed(ada_, "validator");
  lineage::Approval approval = *lineage::DecodeApproval(envelope.payload.content);
  approval.signed_at_unix_ms = Now() + testing::kDayMs;
  envelope.payload.content = *lineage::EncodeApproval(approval);
  envelope = *storage::SignDsse(envelope.payload, ada_);
  EXPECT_NE(Refusal(envelope).find("signed later than it was recorded"), std::string::npos);
  Smuggle(envelope);
  EXPECT_EQ(WhyVoid(), "it says that it was signed later than it was recorded");
  EXPECT_FALSE(MayMove());
}

TEST_F(StatementsTest, AKeyStaysThatOfItsOwner) {
  const auto stolen = TrustKey(*store_, Record(ada_, "mallory", {"validator"}));
  ASSERT_FALSE(stolen.ok());
  EXPECT_NE(stolen.error().message.find("another person needs a key of their own"),
            std::string::npos);
  Trust(Record(ada_, "ada", {"owner", "validator"}));
}

// The key's owner signed these bytes, and not as a statement: another program may mean something
// else by them.
TEST_F(StatementsTest, WhatWasSignedAsSomethingElseIsNoStatement) {
  storage::DsseEnvelope envelope = Signed(ada_, "validator");
  envelope.payload.type = "application/json";
  envelope = *storage::SignDsse(envelope.payload, ada_);
  EXPECT_NE(Refusal(envelope).find("signed as something else than an in-toto statement, "
                                   "'application/json'"),
            std::string::npos);
  // Nor does the index take one that was recorded all the same.
  EXPECT_FALSE(
      store_->AddFact(std::string(kStatementEntry), "scorecard@1", *storage::EncodeDsse(envelope))
          .ok());
  EXPECT_FALSE(MayMove());
}

TEST_F(StatementsTest, AForgedSignatureIsRefusedAndNeverCounts) {
  storage::DsseEnvelope envelope = Signed(ada_, "validator");
  envelope.signature = storage::SignDsse(envelope.payload, bob_)->signature;
  EXPECT_NE(Refusal(envelope).find("its signature is wrong"), std::string::npos);
  Smuggle(envelope);
  EXPECT_EQ(WhyVoid(), "its signature is wrong");
  EXPECT_FALSE(MayMove());
}

TEST_F(StatementsTest, AChangedStatementIsRefusedAndNeverCounts) {
  storage::DsseEnvelope envelope = Signed(ada_, "validator");
  lineage::Approval approval = *lineage::DecodeApproval(envelope.payload.content);
  approval.reason = "another";
  envelope.payload.content = *lineage::EncodeApproval(approval);
  EXPECT_NE(Refusal(envelope).find("its signature is wrong"), std::string::npos);
  Smuggle(envelope);
  EXPECT_FALSE(MayMove());
}

TEST_F(StatementsTest, ARoleOrNameThatTheKeyDoesNotHaveIsRefused) {
  const storage::DsseEnvelope envelope = Signed(ada_, "validator");
  lineage::Approval approval = *lineage::DecodeApproval(envelope.payload.content);
  const auto refusal = [&](const lineage::Approval& changed) {
    return Refusal(*storage::SignDsse(
        {std::string(storage::kInTotoPayloadType), *lineage::EncodeApproval(changed)}, ada_));
  };
  lineage::Approval changed = approval;
  changed.role = "owner";
  EXPECT_NE(refusal(changed).find("may not sign as owner"), std::string::npos);
  changed = approval;
  changed.printed_name = "Somebody Else";
  EXPECT_NE(refusal(changed).find("another person"), std::string::npos);
  changed = approval;
  changed.content = crypto::Sha256("another model");
  EXPECT_NE(refusal(changed).find("other content"), std::string::npos);
  changed = approval;
  changed.version = 7;
  EXPECT_FALSE(refusal(changed).empty());
}

TEST_F(StatementsTest, ARevokedKeyCountsNoLongerForGood) {
  Sign(ada_, "validator");
  EXPECT_TRUE(MayMove());
  const auto key = KeyRing::Load(store_->catalog())->keys()[0];
  ASSERT_TRUE(RevokeKey(*store_, key, "laptop stolen").ok());
  EXPECT_NE(WhyVoid().find("laptop stolen"), std::string::npos);
  EXPECT_FALSE(MayMove());
  EXPECT_FALSE(TrustKey(*store_, Record(ada_, "ada", {"validator"})).ok());
  EXPECT_FALSE(RevokeKey(*store_, KeyRing::Load(store_->catalog())->keys()[0], "again").ok());
}

TEST_F(StatementsTest, WhatIsSaidOfAKeyAnewCountsForWhatItSignsFromThenOn) {
  Sign(ada_, "validator");
  Trust(Record(ada_, "ada", {"owner"}));
  EXPECT_EQ(WhyVoid(), "");
  const KeyRing ring = *KeyRing::Load(store_->catalog());
  EXPECT_FALSE(DraftStatement(*store_, Model(), ring.keys()[0],
                              {.decision = lineage::Decision::kApprove,
                               .to = "qa",
                               .role = "validator",
                               .reason = "fine"},
                              Now())
                   .ok());
}

TEST_F(StatementsTest, AKeyThatIsNotValidNowCannotSign) {
  lineage::TrustedKey record = Record(bob_, "bob", {"validator"});
  record.valid_from_unix_ms = Now() + testing::kDayMs;
  Trust(record);
  const KeyRing ring = *KeyRing::Load(store_->catalog());
  const KnownKey* const known = *ring.Named("bob");
  const StatementRequest request{
      .decision = lineage::Decision::kApprove, .to = "qa", .role = "validator", .reason = "fine"};
  EXPECT_FALSE(DraftStatement(*store_, Model(), *known, request, Now()).ok());
  EXPECT_TRUE(DraftStatement(*store_, Model(), *known, request, Now() + 2 * testing::kDayMs).ok());
}

TEST_F(StatementsTest, AKeyIsNamedByItsOwnerOrTheBeginningOfItsFingerprint) {
  Trust(Record(bob_, "bob", {"owner"}));
  const KeyRing ring = *KeyRing::Load(store_->catalog());
  const std::string fingerprint = ada_.PublicKey().Fingerprint().ToHex();
  EXPECT_EQ((*ring.Named("ada"))->fingerprint.ToHex(), fingerprint);
  EXPECT_EQ((*ring.Named(fingerprint.substr(0, 12)))->fingerprint.ToHex(), fingerprint);
  EXPECT_FALSE(ring.Named(fingerprint.substr(0, 3)).ok());
  EXPECT_FALSE(ring.Named("carl").ok());
}

}  // namespace
}  // namespace reprise::tracker
