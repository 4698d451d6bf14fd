#include "storage/crypto/sha256.h"

#include <gtest/gtest.h>

#include <thread>

namespace reprise::crypto {
namespace {

// FIPS 180-4 examples (csrc.nist.gov), and the long message of its predecessor.
TEST(Sha256, GivesTheValuesOfTheStandard) {
  EXPECT_EQ(Sha256("").ToHex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256("abc").ToHex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").ToHex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(Sha256(std::string(1'000'000, 'a')).ToHex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PartsGiveTheDigestOfTheWhole) {
  const std::string whole(1000, 'x');
  Sha256Stream stream;
  for (std::size_t cut = 0; cut < whole.size(); cut += 37) {
    stream.Update(AsBytes(std::string_view(whole).substr(cut, 37)));
  }
  EXPECT_EQ(stream.Finish(), Sha256(whole));
}

TEST(Sha256, AStreamStartsAnewAfterFinish) {
  Sha256Stream stream;
  stream.Update(AsBytes("first"));
  EXPECT_EQ(stream.Finish(), Sha256("first"));
  stream.Update(AsBytes("abc"));
  EXPECT_EQ(stream.Finish(), Sha256("abc"));
  EXPECT_EQ(stream.Finish(), Sha256(""));
}

TEST(Sha256, AMovedStreamGoesOn) {
  Sha256Stream stream;
  stream.Update(AsBytes("a"));
  Sha256Stream other = std::move(stream);
  other.Update(AsBytes("bc"));
  EXPECT_EQ(other.Finish(), Sha256("abc"));
}

TEST(Sha256, ThreadsDoNotDisturbEachOther) {
  const Digest expected = Sha256(std::string(5000, 'q'));
  std::vector<std::thread> threads;
  std::array<int, 4> wrong{};
  for (int& mine : wrong) {
    threads.emplace_back([&mine, &expected] {
      for (int i = 0; i < 200; ++i) mine += Sha256(std::string(5000, 'q')) != expected;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, (std::array<int, 4>{}));
}

}  // namespace
}  // namespace reprise::crypto
