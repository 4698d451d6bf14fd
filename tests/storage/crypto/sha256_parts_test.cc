// Sha256Parts against Sha256, which is OpenSSL's, for both ways of computing.

#include "storage/crypto/sha256_parts.h"

#include <gtest/gtest.h>

#include <random>

#include "storage/crypto/sha256.h"

namespace reprise::crypto {
namespace {

struct Way {
  const char* name;
  std::unique_ptr<Sha256Parts> (*make)();
};

class Sha256PartsWays : public ::testing::TestWithParam<Way> {
 protected:
  const std::unique_ptr<Sha256Parts> digests_ = GetParam().make();
};

std::string RandomText(std::mt19937& random, std::size_t size_bytes) {
  std::string text(size_bytes, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

TEST_P(Sha256PartsWays, GiveTheValuesOfTheStandard) {
  EXPECT_EQ(digests_->Add(AsBytes("abc")).ToHex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(digests_->Finish().ToHex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_P(Sha256PartsWays, ContentWithoutPartsIsEmpty) {
  EXPECT_EQ(digests_->Finish(), Sha256(""));
  EXPECT_EQ(digests_->Add({}), Sha256(""));
  EXPECT_EQ(digests_->Finish(), Sha256(""));
}

// Every length to a block and beyond, after every state of the block that waits.
TEST_P(Sha256PartsWays, EveryPairOfLengthsUpToThreeBlocksAgrees) {
  std::mt19937 random(1);
  const std::string text = RandomText(random, 400);
  for (std::size_t first = 0; first <= 200; ++first) {
    for (std::size_t second = 0; second <= 200; ++second) {
      const std::string_view a = std::string_view(text).substr(0, first);
      const std::string_view b = std::string_view(text).substr(first, second);
      ASSERT_EQ(digests_->Add(AsBytes(a)), Sha256(a)) << first << " " << second;
      ASSERT_EQ(digests_->Add(AsBytes(b)), Sha256(b)) << first << " " << second;
      ASSERT_EQ(digests_->Finish(), Sha256(std::string_view(text).substr(0, first + second)));
    }
  }
}

TEST_P(Sha256PartsWays, ManyPartsOfAnyLengthAgree) {
  std::mt19937 random(2);
  for (int round = 0; round < 20; ++round) {
    const std::string text = RandomText(random, 200'000 + random() % 100);
    for (std::string_view rest = text; !rest.empty();) {
      const std::string_view part = rest.substr(0, 1 + random() % (round % 2 == 0 ? 300 : 70'000));
      ASSERT_EQ(digests_->Add(AsBytes(part)), Sha256(part));
      rest.remove_prefix(part.size());
    }
    ASSERT_EQ(digests_->Finish(), Sha256(text));
  }
}

INSTANTIATE_TEST_SUITE_P(, Sha256PartsWays,
                         ::testing::Values(Way{"Best", NewSha256Parts},
                                           Way{"Portable", internal::NewPortableSha256Parts}),
                         [](const auto& way) { return std::string(way.param.name); });

}  // namespace
}  // namespace reprise::crypto
