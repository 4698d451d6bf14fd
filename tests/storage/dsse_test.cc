// Envelopes: the bytes that are signed, and what is refused.

#include "storage/dsse.h"

#include <gtest/gtest.h>

#include "tests/support/golden.h"
#include "tests/support/test_keys.h"

namespace reprise::storage {
namespace {

crypto::P256PrivateKey TestKey() {
  return *crypto::P256PrivateKey::FromPem(reprise::testing::kTestKeyPem, std::nullopt);
}

const DssePayload kPayload = {std::string(kInTotoPayloadType), R"({"a":1})"};

// The test vector of the protocol's text.
TEST(Dsse, SignedBytesAreThoseOfTheProtocol) {
  const DssePayload payload{"http://example.com/HelloWorld", "hello world"};
  const std::string bytes = DsseSignedBytes(payload);
  EXPECT_EQ(bytes, "DSSEv1 29 http://example.com/HelloWorld 11 hello world");
  EXPECT_EQ(*ParseDsseSignedBytes(bytes), payload);
}

TEST(Dsse, SignedBytesOfAnotherFormAreRefused) {
  for (const char* const bytes :
       {"", "DSSEv1 ", "DSSEv2 1 a 1 b", "DSSEv1 1 a 1 bc", "DSSEv1 1 a 2 b", "DSSEv1 01 a 1 b",
        "DSSEv1 1 a  1 b", "DSSEv1 -1 a 1 b", "DSSEv1 1 a 99999999999999999999 b", "DSSEv1 1 a"}) {
    EXPECT_FALSE(ParseDsseSignedBytes(bytes).ok()) << bytes;
  }
}

TEST(Dsse, AnEnvelopeIsReadAsItWasWritten) {
  const DsseEnvelope envelope = *SignDsse(kPayload, TestKey());
  EXPECT_EQ(*DecodeDsse(*EncodeDsse(envelope)), envelope);
}

TEST(Dsse, AnEnvelopeIsOfItsKey) {
  DsseEnvelope envelope = *SignDsse(kPayload, TestKey());
  EXPECT_TRUE(IsSignedBy(envelope, TestKey().PublicKey()));
  const auto other = crypto::P256PrivateKey::Generate();
  EXPECT_FALSE(IsSignedBy(envelope, other->PublicKey()));
  envelope.payload.content = R"({"a":2})";
  EXPECT_FALSE(IsSignedBy(envelope, TestKey().PublicKey()));
  envelope = *SignDsse(kPayload, TestKey());
  envelope.payload.type = "text/plain";
  EXPECT_FALSE(IsSignedBy(envelope, TestKey().PublicKey()));
  envelope = *SignDsse(kPayload, TestKey());
  envelope.key_id[0] = envelope.key_id[0] == '0' ? '1' : '0';
  EXPECT_FALSE(IsSignedBy(envelope, TestKey().PublicKey()));
}

TEST(Dsse, EachChangedByteOfAnEnvelopeIsNoticed) {
  const std::string document = *EncodeDsse(*SignDsse(kPayload, TestKey()));
  for (std::size_t i = 0; i < document.size(); ++i) {
    std::string changed = document;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto read = DecodeDsse(changed);
    EXPECT_FALSE(read.ok() && IsSignedBy(*read, TestKey().PublicKey())) << i;
  }
}

TEST(Dsse, AnotherFormOfAnEnvelopeIsRefused) {
  for (const char* const document :
       {"", "{}", R"({"payload":"","payloadType":"","signatures":[]})",
        R"({"payload":"","payloadType":"",)"
        R"("signatures":[{"keyid":"","sig":""},{"keyid":"","sig":""}]})",
        R"({"payload": "","payloadType":"","signatures":[{"keyid":"","sig":""}]})",
        R"({"payload":"A","payloadType":"","signatures":[{"keyid":"","sig":""}]})",
        R"({"payload":"","payloadType":"","signatures":[{"keyid":"","sig":"","x":1}]})"}) {
    EXPECT_FALSE(DecodeDsse(document).ok()) << document;
  }
  EXPECT_TRUE(
      DecodeDsse(R"({"payload":"","payloadType":"","signatures":[{"keyid":"","sig":""}]})").ok());
}

}  // namespace
}  // namespace reprise::storage
