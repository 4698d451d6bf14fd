// What may be attested, whose attestations hold, and that they survive.

#include "tracker/registry/attestations.h"

#include "lineage/governance/model_manifest.h"
#include "storage/sigstore_bundle.h"
#include "storage/tree.h"
#include "tests/tracker/registry/registry_testing.h"
#include "tracker/governance_rows.h"
#include "tracker/registry/provenance.h"

namespace reprise::tracker {
namespace {

using lineage::AttestationKind;

constexpr AttestationKind kBoth[] = {AttestationKind::kSlsa, AttestationKind::kModelSigning};

class AttestationsTest : public testing::RegistryTest {
 protected:
  void SetUp() override {
    RegistryTest::SetUp();
    testing::TestRun run{.name = "train", .inputs = {{"raw.csv", "raw"}}};
    run.outputs = {{"model.bin", "model"}};
    run_ = run.id;
    const auto sealed = testing::SealRun(files_, "/project/.reprise", run);
    ASSERT_TRUE(sealed.ok()) << sealed.error().message;
    ASSERT_TRUE(store_->Adopt().ok());
    Register();
    Trust(Record(ada_, "ada", {"validator"}));
  }

  // Stores a folder and registers it as the next version.
  RegisteredModel RegisterFolder(const std::vector<storage::TreeEntry>& entries) {
    const std::string document = storage::EncodeTree({entries});
    const auto session = *Session::CreateForFacts(files_, "/project/.reprise");
    auto writer = *session->NewWriter(nullptr, 1);
    EXPECT_TRUE(writer->Put(AsBytes(document)).ok());
    EXPECT_TRUE(session->FinishWriter(std::move(writer)).ok());
    lineage::ModelVersion version{.name = "scorecard"};
    version.artifact.path = "out/model";
    version.artifact.kind = lineage::ArtifactKind::kFolder;
    version.artifact.digest = crypto::Sha256(document);
    version.run = run_;
    EXPECT_TRUE(session->Seal({}).ok());
    EXPECT_TRUE(store_->AdoptSession(session->id()).ok());
    auto model = RegisterModel(*store_, std::move(version));
    EXPECT_TRUE(model.ok()) << model.error().message;
    return *std::move(model);
  }
  static storage::TreeEntry Entry(const std::string& name, FileKind kind = FileKind::kFile) {
    storage::TreeEntry entry{.name = name, .kind = kind, .target = ""};
    if (kind == FileKind::kSymlink) entry.target = "a";
    if (kind == FileKind::kFile) entry.digest = crypto::Sha256(name);
    return entry;
  }

  storage::DssePayload Draft(AttestationKind kind) {
    const auto draft = DraftAttestation(*store_, Model(), kind, "1");
    EXPECT_TRUE(draft.ok()) << draft.error().message;
    return *draft;
  }
  static NewAttestation Signed(storage::DssePayload payload, const crypto::P256PrivateKey& key) {
    NewAttestation attestation;
    attestation.signature = *key.Sign(AsBytes(storage::DsseSignedBytes(payload)));
    attestation.payload = std::move(payload);
    return attestation;
  }
  Result<FiledAttestation> Attest(AttestationKind kind, const crypto::P256PrivateKey& key) {
    return FileAttestation(*store_, Signed(Draft(kind), key), "1", Now());
  }
  std::string Refusal(const NewAttestation& attestation, const std::string& version = "1") {
    const auto filed = FileAttestation(*store_, attestation, version, Now());
    EXPECT_FALSE(filed.ok());
    return filed.ok() ? "" : filed.error().message;
  }
  // Records what no command would record.
  void Smuggle(const std::string& subject, const lineage::Attestation& attestation) {
    ASSERT_TRUE(store_
                    ->AddFact(std::string(kAttestationEntry), subject,
                              *lineage::EncodeAttestation(attestation))
                    .ok());
  }
  std::vector<FiledAttestation> All(const std::string& ref = "scorecard@1") {
    const auto all =
        AttestationsOf(store_->catalog(), *KeyRing::Load(store_->catalog()), Model(ref));
    EXPECT_TRUE(all.ok()) << all.error().message;
    return *all;
  }

  Ulid run_;
};

TEST_F(AttestationsTest, EachKindIsRecordedAndHolds) {
  for (const AttestationKind kind : kBoth) {
    const auto filed = Attest(kind, ada_);
    ASSERT_TRUE(filed.ok()) << filed.error().message;
    EXPECT_EQ(filed->printed_name, "ada in print");
    const FiledAttestation last = All().back();
    EXPECT_EQ(last.document, filed->document);
    EXPECT_EQ(last.digest, filed->digest);
    EXPECT_EQ(last.kind, kind);
    EXPECT_EQ(last.owner, "ada");
    EXPECT_EQ(last.void_because, std::nullopt);
  }
  EXPECT_EQ(testing::CountEntries(*store_, "attestation", "scorecard@1"), 2);
}

TEST_F(AttestationsTest, TwoPeopleMakeTwoAndOneMakesEachOnce) {
  Trust(Record(bob_, "bob", {"owner"}));
  for (const AttestationKind kind : kBoth) {
    ASSERT_TRUE(Attest(kind, ada_).ok());
    ASSERT_TRUE(Attest(kind, bob_).ok());
    EXPECT_NE(Refusal(Signed(Draft(kind), ada_)).find("has signed this already"),
              std::string::npos);
  }
  EXPECT_EQ(All().size(), 4U);
}

TEST_F(AttestationsTest, ASignatureOfAKeyThatIsNotTrustedIsRefusedAndNeverHolds) {
  for (const AttestationKind kind : kBoth) {
    EXPECT_NE(Refusal(Signed(Draft(kind), bob_)).find("not trusted"), std::string::npos);
    lineage::Attestation attestation;
    attestation.content = *lineage::ReadAttestedPayload(Draft(kind).content);
    attestation.envelope = *storage::SignDsse(Draft(kind), bob_);
    attestation.envelope.key_id = lineage::AttestationKeyId(kind, bob_.PublicKey());
    Smuggle("scorecard@1", attestation);
    EXPECT_EQ(All().back().void_because, "its key is not trusted");
    EXPECT_EQ(All().back().key, std::nullopt);
    // A key that is trusted is not made to have signed it by its name.
    attestation.envelope.key_id = lineage::AttestationKeyId(kind, ada_.PublicKey());
    Smuggle("scorecard@1", attestation);
    EXPECT_EQ(All().back().void_because, "its signature is wrong");
  }
}

TEST_F(AttestationsTest, ARevokedKeyHoldsNoLonger) {
  ASSERT_TRUE(Attest(AttestationKind::kModelSigning, ada_).ok());
  ASSERT_TRUE(
      RevokeKey(*store_, KeyRing::Load(store_->catalog())->keys()[0], "laptop stolen").ok());
  EXPECT_NE(All()[0].void_because->find("laptop stolen"), std::string::npos);
  EXPECT_NE(Refusal(Signed(Draft(AttestationKind::kSlsa), ada_)).find("revoked"),
            std::string::npos);
}

TEST_F(AttestationsTest, WhatTheStoreWouldNotHaveDraftedIsRefused) {
  const storage::DssePayload draft = Draft(AttestationKind::kSlsa);
  lineage::InTotoStatement statement = *lineage::DecodeInToto(draft.content);
  statement.subjects[0].digest = crypto::Sha256("another model");
  storage::DssePayload changed = draft;
  changed.content = *lineage::EncodeInToto(statement);
  EXPECT_NE(Refusal(Signed(changed, ada_)).find("not what this store says"), std::string::npos);
  // Another release says it otherwise.
  EXPECT_NE(Refusal(Signed(draft, ada_), "2").find("draft it anew"), std::string::npos);
  changed.content = "{}";
  EXPECT_FALSE(Refusal(Signed(changed, ada_)).empty());
  statement = *lineage::DecodeInToto(draft.content);
  statement.about->version = 7;
  changed.content = *lineage::EncodeInToto(statement);
  EXPECT_FALSE(Refusal(Signed(changed, ada_)).empty());
  EXPECT_TRUE(All().empty());
}

TEST_F(AttestationsTest, WhatWasSignedOfOneVersionIsNotTakenForAnother) {
  ASSERT_TRUE(Attest(AttestationKind::kModelSigning, ada_).ok());
  Register();  // The same content once more.
  EXPECT_TRUE(All("scorecard@2").empty());
  // An entry about another version than its document is about.
  EXPECT_FALSE(
      store_->AddFact(std::string(kAttestationEntry), "scorecard@2", All()[0].document).ok());
  EXPECT_TRUE(All("scorecard@2").empty());
  EXPECT_EQ(All("scorecard@1").size(), 1U);
}

TEST_F(AttestationsTest, ProvenanceIsOfTheRunThatWroteTheModel) {
  const lineage::InTotoStatement statement =
      *lineage::DecodeInToto(Draft(AttestationKind::kSlsa).content);
  ASSERT_EQ(statement.subjects.size(), 1U);
  EXPECT_EQ(statement.subjects[0].name, "model.bin");
  EXPECT_EQ(statement.subjects[0].digest, crypto::Sha256("model"));
  const std::string predicate = FormatJson(statement.predicate);
  EXPECT_NE(predicate.find("urn:reprise:run:" + run_.ToString()), std::string::npos);
  EXPECT_NE(predicate.find(crypto::Sha256("raw").ToHex()), std::string::npos);
  const RegisteredModel unknown = Register("from nowhere");
  EXPECT_EQ(DraftAttestation(*store_, unknown, AttestationKind::kSlsa, "1").error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_TRUE(DraftAttestation(*store_, unknown, AttestationKind::kModelSigning, "1").ok());
}

TEST_F(AttestationsTest, AFolderIsSignedFileByFile) {
  const RegisteredModel model =
      RegisterFolder({Entry(".gitignore"), Entry("a.bin"), Entry("b.txt")});
  const auto draft = DraftAttestation(*store_, model, AttestationKind::kModelSigning, "1");
  ASSERT_TRUE(draft.ok()) << draft.error().message;
  const lineage::ModelManifest manifest = *lineage::DecodeModelManifest(draft->content);
  EXPECT_EQ(manifest.name, "model");
  EXPECT_EQ(manifest.files,
            (std::vector<lineage::StatementSubject>{{"a.bin", crypto::Sha256("a.bin")},
                                                    {"b.txt", crypto::Sha256("b.txt")}}));
}

TEST_F(AttestationsTest, FoldersThatTheStandardHasNoRoomForAreRefusedByName) {
  const auto refusal = [&](const std::vector<storage::TreeEntry>& entries) {
    const auto draft =
        DraftAttestation(*store_, RegisterFolder(entries), AttestationKind::kModelSigning, "1");
    EXPECT_FALSE(draft.ok());
    return draft.ok() ? "" : draft.error().message;
  };
  EXPECT_NE(refusal({Entry("a"), Entry("link", FileKind::kSymlink)}).find("'link'"),
            std::string::npos);
  EXPECT_NE(refusal({Entry("\xff")}).find("\\xff"), std::string::npos);
  EXPECT_NE(refusal({}).find("there are none"), std::string::npos);
  EXPECT_NE(refusal({Entry(".gitignore")}).find("there are none"), std::string::npos);
}

TEST_F(AttestationsTest, RowsAreThoseOfARebuiltCatalog) {
  for (const AttestationKind kind : kBoth) ASSERT_TRUE(Attest(kind, ada_).ok());
  const testing::Rows rows = testing::AllRows(store_->catalog());
  Open(true);
  EXPECT_TRUE(rows == testing::AllRows(store_->catalog()));
  EXPECT_EQ(All().size(), 2U);
}

// Promise 1: what attest reported survives a loss of power.
TEST_F(AttestationsTest, Promise1WhatWasAttestedSurvivesALossOfPower) {
  ASSERT_TRUE(Attest(AttestationKind::kModelSigning, ada_).ok());
  files_.Crash();
  for (const auto& loss : files_.PowerLosses()) {
    SCOPED_TRACE(ToString(loss));
    store_.reset();
    files_.Reboot(loss);
    disk_.Keep(0);
    Open();
    ASSERT_EQ(All().size(), 1U);
    EXPECT_EQ(All()[0].void_because, std::nullopt);
  }
}

}  // namespace
}  // namespace reprise::tracker
