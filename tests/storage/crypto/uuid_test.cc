#include "storage/crypto/uuid.h"

#include <gtest/gtest.h>

namespace reprise::crypto {
namespace {

// RFC 9562, appendix A.4.
TEST(Uuid, OfANameIsThatOfTheStandard) {
  const auto dns = FromHex("6ba7b8109dad11d180b400c04fd430c8");
  ASSERT_TRUE(dns.ok());
  EXPECT_EQ(NameBasedUuid(AsBytes(*dns), "www.example.com"),
            "2ed6657d-e927-568b-95e1-2665a8aea6a2");
}

TEST(Uuid, HasItsDashesWhereTheyBelong) {
  const auto bytes = FromHex("00112233445566778899aabbccddeeff");
  ASSERT_TRUE(bytes.ok());
  EXPECT_EQ(FormatUuid(AsBytes(*bytes)), "00112233-4455-6677-8899-aabbccddeeff");
}

}  // namespace
}  // namespace reprise::crypto
