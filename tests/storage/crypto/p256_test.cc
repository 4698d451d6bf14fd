// Keys and signatures of people, beside what openssl(1) made of the same.

#include "storage/crypto/p256.h"

#include <gtest/gtest.h>

#include "tests/support/test_keys.h"

namespace reprise::crypto {
namespace {

using reprise::testing::kTestKeyPem;
using reprise::testing::kTestPublicKeyPem;

constexpr std::string_view kTraditionalPem =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIAgeYnYpeX+OJuBZP7E4f4Z7JmixFp8qc6DXenluHxRdoAoGCCqGSM49\n"
    "AwEHoUQDQgAEQLfARoe/UFwFjdRq7gjhVYfxme/JeEl4D3q6yscDp7UXvvqqF2ev\n"
    "RQe7Kcw5BTOr96BFja8DKw39S8rppzG+Eg==\n"
    "-----END EC PRIVATE KEY-----\n";
constexpr std::string_view kCompressedPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgACQLfARoe/UFwFjdRq7gjhVYfxme/J\n"
    "eEl4D3q6yscDp7U=\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kEncryptedPem =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
    "MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAipB6fg8GJt9wICQAAC\n"
    "AQgCAQEwHQYJYIZIAWUDBAEqBBC9VSyviXbF2Ue7CT1PAuliBIGQ1FnOyiviIl63\n"
    "YqsxQuLiCOhB7bgbo2j2LNXwk6A32zprsOVr21/2gnSLVn5LKti1I1lM1Y+RxARF\n"
    "Po+dSXv8vCaMaHkURiCza1AU1aBvtxDScSovTfLDuBZR7nYvOcDe1G89WoHkxSn/\n"
    "2JmLSKW6xJ/VKMNUQ9NXkxiFp3L2ITMMriDTQI05EJ85YCtxGuLi\n"
    "-----END ENCRYPTED PRIVATE KEY-----\n";
constexpr std::string_view kP384Pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEXfapUWNwi3fopxRtewb21wSXvjO8PwVR\n"
    "dWxp8oNtGCHozvDfpTYZPWE3/P54z6dxs7Ei5x4QqgB7z33BY0iXLocxTcdLsbg0\n"
    "sbDXHLRmTofHOOell1FoWtzXRQFK9bOq\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kEd25519Pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAIuSfYbmpaTLSb820BOiJpvGJiVd9mH8Fm3miDz8EZ6w=\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kSignatureOfMessage =
    "3046022100f31849f63f42b1aec1de332fa81044064279b20ded95f5c0f41046ac5ee7c8ca022100"
    "b672fc2fc99050139672b7d7737e4fd8164b297aa412f9b3418ec8e773c1adaa";

P256PrivateKey TestKey() { return *P256PrivateKey::FromPem(kTestKeyPem, std::nullopt); }

TEST(P256, ReadsWhatOpensslWrites) {
  const P256PublicKey key = *P256PublicKey::FromPem(kTestPublicKeyPem);
  EXPECT_EQ(key.ToPem(), kTestPublicKeyPem);
  EXPECT_EQ(key.Fingerprint().ToHex(),
            "ce48f5e556bee4cbbf46deb19b5f60321ab50b5499628e1ba8f42140a67dda4f");
  EXPECT_TRUE(key.Verify(AsBytes("a message"), AsBytes(*FromHex(kSignatureOfMessage))));
  EXPECT_EQ(TestKey().PublicKey(), key);
  EXPECT_EQ(P256PrivateKey::FromPem(kTraditionalPem, std::nullopt)->PublicKey(), key);
  EXPECT_EQ(P256PrivateKey::FromPem(kEncryptedPem, "secret")->PublicKey(), key);
}

TEST(P256, EqualKeysHaveOneForm) {
  const P256PublicKey compressed = *P256PublicKey::FromPem(kCompressedPem);
  EXPECT_EQ(compressed.ToPem(), kTestPublicKeyPem);
  EXPECT_EQ(compressed, *P256PublicKey::FromPem(kTestPublicKeyPem));
}

TEST(P256, ASignatureIsOfOneMessageByOneKey) {
  const P256PrivateKey key = TestKey();
  const std::string signature = *key.Sign(AsBytes("a message"));
  EXPECT_TRUE(key.PublicKey().Verify(AsBytes("a message"), AsBytes(signature)));
  EXPECT_FALSE(key.PublicKey().Verify(AsBytes("a messagf"), AsBytes(signature)));
  EXPECT_FALSE(key.PublicKey().Verify(AsBytes("a message"), {}));
  const P256PrivateKey other = *P256PrivateKey::Generate();
  EXPECT_FALSE(other.PublicKey().Verify(AsBytes("a message"), AsBytes(signature)));
}

TEST(P256, EachChangedByteOfASignatureIsNoticed) {
  const P256PrivateKey key = TestKey();
  const std::string signature = *key.Sign(AsBytes("a message"));
  for (std::size_t i = 0; i < signature.size(); ++i) {
    std::string changed = signature;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(key.PublicKey().Verify(AsBytes("a message"), AsBytes(changed))) << i;
  }
  EXPECT_FALSE(key.PublicKey().Verify(AsBytes("a message"), AsBytes(signature + '\0')));
}

TEST(P256, APassPhraseIsNeededAndMustBeRight) {
  const P256PrivateKey key = TestKey();
  const std::string pem = *key.ToPem("a pass phrase");
  EXPECT_TRUE(IsEncryptedPem(pem));
  EXPECT_NE(pem, *key.ToPem("a pass phrase"));  // Another salt.
  EXPECT_EQ(P256PrivateKey::FromPem(pem, "a pass phrase")->PublicKey(), key.PublicKey());
  EXPECT_FALSE(P256PrivateKey::FromPem(pem, "a pass phrasf").ok());
  EXPECT_FALSE(P256PrivateKey::FromPem(pem, "").ok());
  EXPECT_FALSE(P256PrivateKey::FromPem(pem, std::nullopt).ok());
  EXPECT_EQ(*key.ToPem(std::nullopt), kTestKeyPem);
}

TEST(P256, WhatIsNoKeyOnP256IsRefused) {
  for (const std::string_view pem : {kP384Pem, kEd25519Pem, kTestKeyPem, std::string_view(""),
                                     std::string_view("-----BEGIN PUBLIC KEY-----\n")}) {
    EXPECT_FALSE(P256PublicKey::FromPem(pem).ok()) << pem;
  }
  for (const std::string_view pem : {kTestPublicKeyPem, std::string_view("key")}) {
    EXPECT_FALSE(P256PrivateKey::FromPem(pem, std::nullopt).ok()) << pem;
  }
  EXPECT_FALSE(P256PublicKey::FromPem(std::string(1 << 20, '-')).ok());
}

}  // namespace
}  // namespace reprise::crypto
