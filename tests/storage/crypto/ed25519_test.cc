// Ed25519 against the vectors of RFC 8032 §7.1, and against the openssl command's formats.

#include "storage/crypto/ed25519.h"

#include <gtest/gtest.h>

#include "storage/base/bytes.h"

namespace reprise::crypto {
namespace {

struct Rfc8032Vector {
  std::string_view seed, public_key, message, signature;  // Hexadecimal.
};

constexpr Rfc8032Vector kVectors[] = {
    {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "4"
     "6bd25bf5f0595bbe24655141438e7a100b"},
    {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
     "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11"
     "d"
     "8c387b2eaeb4302aeeb00d291612bb0c00"},
    {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "6"
     "594a7c15e9716ed28dc027beceea1ec40a"},
};

std::string Hex(std::string_view hex) { return *FromHex(hex); }

TEST(Ed25519Test, SignsAndVerifiesAsRfc8032Says) {
  for (const Rfc8032Vector& vector : kVectors) {
    const auto key = Ed25519PrivateKey::FromSeed(AsBytes(Hex(vector.seed)));
    ASSERT_TRUE(key.ok());
    EXPECT_EQ(ToHex(key->PublicKey().raw()), vector.public_key);
    const std::string message = Hex(vector.message);
    EXPECT_EQ(ToHex(AsBytes(key->Sign(AsBytes(message)))), vector.signature);
    const std::string raw = Hex(vector.public_key);
    const auto public_key = Ed25519PublicKey::FromRaw(AsBytes(raw));
    ASSERT_TRUE(public_key.ok());
    EXPECT_TRUE(public_key->Verify(AsBytes(message), AsBytes(Hex(vector.signature))));
  }
}

TEST(Ed25519Test, OneFlippedBitIsNoSignature) {
  const auto key = Ed25519PrivateKey::Generate();
  ASSERT_TRUE(key.ok());
  const std::string message = "message";
  const std::string signature = key->Sign(AsBytes(message));
  ASSERT_TRUE(key->PublicKey().Verify(AsBytes(message), AsBytes(signature)));
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    std::string flipped = signature;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(key->PublicKey().Verify(AsBytes(message), AsBytes(flipped))) << bit;
  }
  EXPECT_FALSE(key->PublicKey().Verify(AsBytes("massage"), AsBytes(signature)));
  EXPECT_FALSE(key->PublicKey().Verify(AsBytes(message), AsBytes(signature.substr(1))));
  EXPECT_FALSE(key->PublicKey().Verify(AsBytes(message), AsBytes(signature + "x")));
  EXPECT_FALSE(key->PublicKey().Verify(AsBytes(message), {}));
}

TEST(Ed25519Test, ASignatureWithAnUnreducedScalarIsRefused) {
  // s + L is the same number to a careless verifier (RFC 8032 §5.1.7): malleability.
  const Rfc8032Vector& vector = kVectors[0];
  std::string signature = Hex(vector.signature);
  const std::string order = Hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  int carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned char>(signature[32 + i]) + static_cast<unsigned char>(order[i]);
    signature[32 + i] = static_cast<char>(carry & 0xFF);
    carry >>= 8;
  }
  const std::string raw = Hex(vector.public_key);
  EXPECT_FALSE(Ed25519PublicKey::FromRaw(AsBytes(raw))->Verify({}, AsBytes(signature)));
}

TEST(Ed25519Test, GeneratedKeysDiffer) {
  EXPECT_NE(Ed25519PrivateKey::Generate()->PublicKey(), Ed25519PrivateKey::Generate()->PublicKey());
}

// The examples of RFC 8410 §10.1 and §10.3.
constexpr std::string_view kRfc8410PublicPem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n";
constexpr std::string_view kRfc8410PrivatePem =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";

TEST(Ed25519Test, PemIsThatOfRfc8410) {
  const auto private_key = Ed25519PrivateKey::FromPem(kRfc8410PrivatePem);
  ASSERT_TRUE(private_key.ok());
  EXPECT_EQ(private_key->ToPem(), kRfc8410PrivatePem);
  EXPECT_EQ(private_key->PublicKey().ToPem(), kRfc8410PublicPem);
  const auto public_key = Ed25519PublicKey::FromPem(kRfc8410PublicPem);
  ASSERT_TRUE(public_key.ok());
  EXPECT_EQ(*public_key, private_key->PublicKey());
}

TEST(Ed25519Test, TheFingerprintIsTheSha256OfTheRawKey) {
  // openssl pkey -pubin -outform DER | tail -c 32 | sha256sum, on the key above.
  EXPECT_EQ(Ed25519PublicKey::FromPem(kRfc8410PublicPem)->Fingerprint().ToHex(),
            "e744c0791320c3285460eddb523f14c88d857ada46b97a5690d88cf978b9191f");
}

TEST(Ed25519Test, OtherKeysAndTextsAreRefused) {
  constexpr std::string_view kP256Public =
      "-----BEGIN PUBLIC KEY-----\n"
      "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMxEROIcPu4g1iPbi4ZsrQ69KpFPJ\n"
      "wjqGnyut2M7yhGYFB75PHi/4x1yn8KmXmltD/2ZYq5HhoGWuDkJnXGMb9w==\n"
      "-----END PUBLIC KEY-----\n";
  for (const std::string& pem :
       {std::string(), std::string("text"), std::string(kP256Public),
        std::string(kRfc8410PrivatePem), std::string(kRfc8410PublicPem).substr(0, 60),
        std::string(1 << 20, 'x')}) {
    EXPECT_FALSE(Ed25519PublicKey::FromPem(pem).ok());
  }
  for (const std::string& pem :
       {std::string(), std::string("text"), std::string(kP256Public),
        std::string(kRfc8410PublicPem), std::string(kRfc8410PrivatePem).substr(0, 60)}) {
    EXPECT_FALSE(Ed25519PrivateKey::FromPem(pem).ok());
  }
  EXPECT_FALSE(Ed25519PublicKey::FromRaw(AsBytes(std::string(31, 'k'))).ok());
  EXPECT_FALSE(Ed25519PrivateKey::FromSeed(AsBytes(std::string(33, 'k'))).ok());
}

TEST(Ed25519Test, AnEncryptedKeyIsRefusedWithoutAskingForItsPassphrase) {
  constexpr std::string_view kEncrypted =
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
      "MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAi+WJn5FcmHmgICCAAw\n"
      "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEHjcaIBcQ+11G9tBVWIjlKcEQC58\n"
      "5nGwZVFe4C6PEMUG4M1INdqkB9YcZl6ROu8MlRtwVywAqxwHsMp4I/bHIQHhMk/D\n"
      "XBKbGH6k+MPzs+r+nFI=\n"
      "-----END ENCRYPTED PRIVATE KEY-----\n";
  const auto key = Ed25519PrivateKey::FromPem(kEncrypted);
  ASSERT_FALSE(key.ok());
  EXPECT_EQ(key.error().code, ErrorCode::kInvalidArgument);
}

TEST(Ed25519Test, APublicKeyThatIsNoPointVerifiesNothing) {
  const std::string raw(32, '\xFF');
  const auto key = Ed25519PublicKey::FromRaw(AsBytes(raw));
  ASSERT_TRUE(key.ok());
  EXPECT_FALSE(key->Verify(AsBytes("message"), AsBytes(std::string(64, '\0'))));
}

}  // namespace
}  // namespace reprise::crypto
