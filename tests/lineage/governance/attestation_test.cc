// Attestations: their golden bytes, and what their readers refuse.

#include "lineage/governance/attestation.h"

#include <gtest/gtest.h>

#include "lineage/governance/model_manifest.h"
#include "storage/base/canonical.h"
#include "storage/crypto/sha256.h"
#include "storage/sigstore_bundle.h"
#include "tests/support/golden.h"
#include "tests/support/test_keys.h"

namespace reprise::lineage {
namespace {

using reprise::testing::ExpectGolden;

const StatementVersion kVersion = {"scorecard", 3, crypto::Sha256("registration")};

ModelManifest SomeManifest() {
  ModelManifest manifest;
  manifest.about = kVersion;
  manifest.name = "model";
  manifest.files = {{"config.json", crypto::Sha256("config")},
                    {"weights/a b.bin", crypto::Sha256("weights")},
                    {"\xc3\xa9.txt", crypto::Sha256("text")}};
  return manifest;
}

InTotoStatement SomeProvenance() {
  InTotoStatement statement;
  statement.subjects = {{"model/config.json", crypto::Sha256("config")},
                        {"model/weights.bin", crypto::Sha256("weights")}};
  statement.about = kVersion;
  statement.predicate_type = kSlsaProvenanceType;
  statement.predicate =
      Json()
          .Set("buildDefinition", Json()
                                      .Set("buildType", "urn:reprise:build:v1")
                                      .Set("externalParameters", Json::Object{}))
          .Set("runDetails",
               Json().Set("builder", Json().Set("id", "urn:reprise:store:01HF7YAT00")));
  return statement;
}

crypto::P256PublicKey TestKey() {
  return *crypto::P256PublicKey::FromPem(reprise::testing::kTestPublicKeyPem);
}

// A signature that was made once.
Attestation Signed(AttestationKind kind, std::string payload) {
  Attestation attestation;
  attestation.content = *ReadAttestedPayload(payload);
  attestation.envelope.payload = {std::string(storage::kInTotoPayloadType), std::move(payload)};
  attestation.envelope.key_id = AttestationKeyId(kind, TestKey());
  attestation.envelope.signature = "a signature";
  return attestation;
}

std::string With(std::string document, std::string_view text, std::string_view other) {
  const std::size_t at = document.find(text);
  EXPECT_NE(at, std::string::npos) << text;
  return document.replace(at, text.size(), other);
}

TEST(Attestations, HaveTheirGoldenBytes) {
  const std::string manifest = *EncodeModelManifest(SomeManifest());
  const std::string provenance = *EncodeInToto(SomeProvenance());
  ExpectGolden("documents/model_manifest_v1.json", manifest);
  ExpectGolden("documents/provenance_v1.json", provenance);
  ExpectGolden("documents/model_signing_v1.json",
               *EncodeAttestation(Signed(AttestationKind::kModelSigning, manifest)));
  ExpectGolden("documents/slsa_v1.json",
               *EncodeAttestation(Signed(AttestationKind::kSlsa, provenance)));
}

TEST(Attestations, AreReadAsTheyWereWritten) {
  const ModelManifest manifest = SomeManifest();
  EXPECT_EQ(*DecodeModelManifest(*EncodeModelManifest(manifest)), manifest);
  for (const Attestation& attestation :
       {Signed(AttestationKind::kModelSigning, *EncodeModelManifest(manifest)),
        Signed(AttestationKind::kSlsa, *EncodeInToto(SomeProvenance()))}) {
    EXPECT_EQ(*DecodeAttestation(*EncodeAttestation(attestation)), attestation);
  }
}

TEST(Attestations, SayWhatTheyAreAbout) {
  const ModelManifest manifest = SomeManifest();
  const AttestedPayload files = *ReadAttestedPayload(*EncodeModelManifest(manifest));
  EXPECT_EQ(files.about, kVersion);
  ASSERT_EQ(files.subjects.size(), 1U);
  EXPECT_EQ(files.subjects[0].name, "model");
  EXPECT_EQ(files.resources, manifest.files);
  EXPECT_EQ(PredicateTypeOf(files.kind), kModelSigningType);
  const InTotoStatement statement = SomeProvenance();
  const AttestedPayload provenance = *ReadAttestedPayload(*EncodeInToto(statement));
  EXPECT_EQ(provenance.about, kVersion);
  EXPECT_EQ(provenance.subjects, statement.subjects);
  EXPECT_TRUE(provenance.resources.empty());
  EXPECT_EQ(PredicateTypeOf(provenance.kind), kSlsaProvenanceType);
}

// The root digest of the specification, §6.5.1: SHA-256 over the digests in their order.
TEST(Attestations, TheSubjectOfAManifestIsTheDigestOfItsDigests) {
  const InTotoStatement statement = *DecodeInToto(*EncodeModelManifest(SomeManifest()));
  ASSERT_EQ(statement.subjects.size(), 1U);
  EXPECT_EQ(statement.subjects[0].name, "model");
  std::string digests;
  for (const std::string_view content : {"config", "weights", "text"}) {
    digests += AsText(crypto::Sha256(content).bytes());
  }
  EXPECT_EQ(statement.subjects[0].digest, crypto::Sha256(digests));
}

TEST(Attestations, AreOfTheKeyThatSigned) {
  const auto key = *crypto::P256PrivateKey::FromPem(reprise::testing::kTestKeyPem, std::nullopt);
  const auto other = *crypto::P256PrivateKey::Generate();
  for (const AttestationKind kind : {AttestationKind::kModelSigning, AttestationKind::kSlsa}) {
    Attestation attestation =
        Signed(kind, kind == AttestationKind::kSlsa ? *EncodeInToto(SomeProvenance())
                                                    : *EncodeModelManifest(SomeManifest()));
    EXPECT_FALSE(IsSignedBy(attestation, key.PublicKey()));
    const std::string bytes = storage::DsseSignedBytes(attestation.envelope.payload);
    attestation.envelope.signature = *key.Sign(AsBytes(bytes));
    EXPECT_TRUE(IsSignedBy(attestation, key.PublicKey()));
    EXPECT_FALSE(IsSignedBy(attestation, other.PublicKey()));
    attestation.envelope.key_id = AttestationKeyId(kind, other.PublicKey());
    EXPECT_FALSE(IsSignedBy(attestation, key.PublicKey()));
    EXPECT_FALSE(IsSignedBy(attestation, other.PublicKey()));
  }
}

TEST(Attestations, PathsThatTheStandardHasNoRoomForCannotBeSigned) {
  for (const char* const path : {"", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a/.", "\xff",
                                 ".git", ".git/config", ".gitignore"}) {
    ModelManifest manifest = SomeManifest();
    manifest.files = {{path, crypto::Sha256("x")}};
    EXPECT_FALSE(EncodeModelManifest(manifest).ok()) << path;
  }
  ModelManifest manifest = SomeManifest();
  manifest.files = {{"sub/.gitignore", crypto::Sha256("x")}};  // Only at the top (§6.2.1).
  EXPECT_TRUE(EncodeModelManifest(manifest).ok());
  manifest.files.clear();
  EXPECT_FALSE(EncodeModelManifest(manifest).ok());
  manifest.files = {{"b", crypto::Sha256("x")}, {"a", crypto::Sha256("x")}};
  EXPECT_FALSE(EncodeModelManifest(manifest).ok());
  manifest.files = {{"a", crypto::Sha256("x")}, {"a", crypto::Sha256("y")}};
  EXPECT_FALSE(EncodeModelManifest(manifest).ok());
}

// What the specification's own invalid examples are, and more.
TEST(Attestations, ManifestsThatTheirWriterWouldNotWriteAreRefused) {
  const std::string manifest = *EncodeModelManifest(SomeManifest());
  const std::string config = crypto::Sha256("config").ToHex();
  for (const std::string& changed :
       {std::string(), std::string("{}"), manifest + "\n",
        With(manifest, "model_signing/signature/v1.0", "model_signing/Digests/v0.1"),
        With(manifest, "Statement/v1", "Statement/v0.1"),
        With(manifest, config, crypto::Sha256("other").ToHex()),  // The root is another, then.
        With(manifest, R"("algorithm":"sha256")", R"("algorithm":"blake3")"),
        With(manifest, R"("method":"files")", R"("method":"shards")"),
        With(manifest, R"("hash_type":"sha256")", R"("hash_type":"blake3")"),
        With(manifest, R"("allow_symlinks":false)", R"("allow_symlinks":true)"),
        With(manifest, R"(".git",)", ""),
        With(manifest, R"("name":"config.json")", R"("name":"zz")"),
        With(manifest, R"("reprise_version":3)", R"("reprise_version":0)"),
        With(manifest, R"("reprise_model":"scorecard")", R"("reprise_model":"a/b")")}) {
    EXPECT_FALSE(DecodeModelManifest(changed).ok()) << changed;
    EXPECT_FALSE(ReadAttestedPayload(changed).ok()) << changed;
  }
}

TEST(Attestations, ProvenanceIsOfAVersionAndHasABuilder) {
  InTotoStatement statement = SomeProvenance();
  EXPECT_EQ(ReadAttestedPayload(*EncodeInToto(statement))->about, kVersion);
  const std::string payload = *EncodeInToto(statement);
  for (const std::string& changed :
       {With(payload, "buildType", "buildKind"), With(payload, R"("id")", R"("di")"),
        With(payload, "externalParameters", "parameters"),
        With(payload, "slsa.dev/provenance/v1", "slsa.dev/provenance/v0.2"),
        With(payload, R"("reprise_version":3)", R"("reprise_version":4)")}) {  // Of one subject.
    EXPECT_FALSE(ReadAttestedPayload(changed).ok()) << changed;
  }
  statement.about.reset();
  EXPECT_FALSE(ReadAttestedPayload(*EncodeInToto(statement)).ok());
}

TEST(Attestations, EachKindIsInItsOwnKindOfFile) {
  const storage::DsseEnvelope manifest =
      Signed(AttestationKind::kModelSigning, *EncodeModelManifest(SomeManifest())).envelope;
  const storage::DsseEnvelope provenance =
      Signed(AttestationKind::kSlsa, *EncodeInToto(SomeProvenance())).envelope;
  EXPECT_TRUE(DecodeAttestation(*storage::EncodeSigstoreBundle(manifest)).ok());
  EXPECT_TRUE(DecodeAttestation(*storage::EncodeDsse(provenance)).ok());
  EXPECT_FALSE(DecodeAttestation(*storage::EncodeSigstoreBundle(provenance)).ok());
  EXPECT_FALSE(DecodeAttestation(*storage::EncodeDsse(manifest)).ok());
  storage::DsseEnvelope other = provenance;
  other.payload.type = "text/plain";
  EXPECT_FALSE(DecodeAttestation(*storage::EncodeDsse(other)).ok());
}

TEST(Attestations, AStatementIsAboutSortedSubjectsOfTheirOwnNames) {
  InTotoStatement statement = SomeProvenance();
  std::swap(statement.subjects[0], statement.subjects[1]);
  EXPECT_FALSE(EncodeInToto(statement).ok());
  statement = SomeProvenance();
  statement.subjects[1].name = statement.subjects[0].name;
  EXPECT_FALSE(EncodeInToto(statement).ok());
  statement.subjects.clear();
  EXPECT_FALSE(EncodeInToto(statement).ok());
  statement = SomeProvenance();
  statement.predicate = "text";
  EXPECT_FALSE(EncodeInToto(statement).ok());
}

TEST(Attestations, AKindThatThereIsNotIsToldWithThoseThatThereAre) {
  EXPECT_EQ(*ParseAttestationKind("slsa"), AttestationKind::kSlsa);
  EXPECT_EQ(*ParseAttestationKind("model-signing"), AttestationKind::kModelSigning);
  const auto unknown = ParseAttestationKind("cosign");
  ASSERT_FALSE(unknown.ok());
  EXPECT_NE(unknown.error().message.find("slsa and model-signing"), std::string::npos);
}

}  // namespace
}  // namespace reprise::lineage
