// Sigstore bundles: what is in them, and what is refused.

#include "storage/sigstore_bundle.h"

#include <gtest/gtest.h>

#include "storage/base/json.h"
#include "storage/crypto/sha256.h"
#include "tests/support/test_keys.h"

namespace reprise::storage {
namespace {

DsseEnvelope SomeEnvelope() {
  const auto key = *crypto::P256PrivateKey::FromPem(reprise::testing::kTestKeyPem, std::nullopt);
  DsseEnvelope envelope = *SignDsse({std::string(kInTotoPayloadType), R"({"a":1})"}, key);
  envelope.key_id = SigstoreKeyHint(key.PublicKey());
  return envelope;
}

// `sha256sum` of the key's PEM file.
TEST(SigstoreBundle, TheHintIsTheDigestOfThePem) {
  const auto key = *crypto::P256PublicKey::FromPem(reprise::testing::kTestPublicKeyPem);
  EXPECT_EQ(SigstoreKeyHint(key), crypto::Sha256(reprise::testing::kTestPublicKeyPem).ToHex());
}

TEST(SigstoreBundle, NamesTheKeyOutsideOfTheEnvelope) {
  const Json json = *ParseJson(*EncodeSigstoreBundle(SomeEnvelope()));
  EXPECT_EQ(*json.GetString("mediaType"), "application/vnd.dev.sigstore.bundle.v0.3+json");
  const Json& material = *json.Find("verificationMaterial");
  EXPECT_EQ(*material.Find("publicKey")->GetString("hint"), SomeEnvelope().key_id);
  EXPECT_TRUE((*material.GetArray("tlogEntries"))->empty());
  const Json& signature = (**json.Find("dsseEnvelope")->GetArray("signatures"))[0];
  EXPECT_EQ(*signature.GetString("keyid"), "");
}

TEST(SigstoreBundle, IsReadAsItWasWritten) {
  const DsseEnvelope envelope = SomeEnvelope();
  EXPECT_EQ(*DecodeSigstoreBundle(*EncodeSigstoreBundle(envelope)), envelope);
}

TEST(SigstoreBundle, EachChangedByteIsNoticedOrChangesWhatIsSigned) {
  const DsseEnvelope envelope = SomeEnvelope();
  const std::string document = *EncodeSigstoreBundle(envelope);
  for (std::size_t i = 0; i < document.size(); ++i) {
    std::string changed = document;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto read = DecodeSigstoreBundle(changed);
    EXPECT_FALSE(read.ok() && *read == envelope) << i;
  }
}

TEST(SigstoreBundle, WhatWeDoNotWriteIsRefused) {
  const std::string document = *EncodeSigstoreBundle(SomeEnvelope());
  const auto with = [&](std::string_view text, std::string_view other) {
    std::string changed = document;
    return changed.replace(changed.find(text), text.size(), other);
  };
  for (const std::string& changed :
       {std::string(), std::string("{}"), std::string("[]"), document + " ",
        with("bundle.v0.3", "bundle.v0.2"), with(R"("tlogEntries":[])", R"("tlogEntries":[{}])"),
        with(R"("publicKey":{)", R"("publicKey":{"a":1,)"), with(R"("hint")", R"("hunt")"),
        with(R"("keyid":"")", R"("keyid":"a")"), with(R"("publicKey")", R"("certificate")"),
        with("dsseEnvelope", "messageSignature")}) {
    EXPECT_FALSE(DecodeSigstoreBundle(changed).ok()) << changed;
  }
}

}  // namespace
}  // namespace reprise::storage
