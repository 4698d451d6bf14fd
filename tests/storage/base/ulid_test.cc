#include "storage/base/ulid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "storage/base/clock.h"

namespace reprise {
namespace {

TEST(Ulid, TheTimePartIsThatOfTheSpecification) {
  const std::string random(10, '\0');
  const Ulid ulid = Ulid::FromParts(1'469'918'176'385, AsBytes(random));
  EXPECT_EQ(ulid.ToString(), "01ARYZ6S410000000000000000");
  EXPECT_EQ(ulid.unix_ms(), 1'469'918'176'385U);
}

TEST(Ulid, TextReadsBackInAnyCaseAndWithLookAlikes) {
  const auto ulid = Ulid::Parse("01ARZ3NDEKTSV4RRFFQ69G5FAV");
  ASSERT_TRUE(ulid.ok());
  EXPECT_EQ(ulid->ToString(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
  EXPECT_EQ(*Ulid::Parse("oiarz3ndektsv4rrffq69g5fav"), *ulid);
  EXPECT_EQ(*Ulid::Parse("OLARZ3NDEKTSV4RRFFQ69G5FAV"), *ulid);
  EXPECT_EQ(Ulid::FromBytes(ulid->bytes()), *ulid);
}

TEST(Ulid, The128BitsAreAllThereAre) {
  const std::string ones(16, '\xFF');
  EXPECT_EQ(Ulid::FromBytes(AsBytes(ones)).ToString(), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
  EXPECT_TRUE(Ulid::Parse("7ZZZZZZZZZZZZZZZZZZZZZZZZZ").ok());
  EXPECT_FALSE(Ulid::Parse("80000000000000000000000000").ok());
}

TEST(Ulid, OtherTextIsRefused) {
  for (const char* bad : {"", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAVV",
                          "01ARZ3NDEKTSV4RRFFQ69G5FAU", "U1ARZ3NDEKTSV4RRFFQ69G5FAV",
                          "01ARZ3NDEK SV4RRFFQ69G5FAV", "-1ARZ3NDEKTSV4RRFFQ69G5FAV"}) {
    EXPECT_FALSE(Ulid::Parse(bad).ok()) << bad;
  }
}

TEST(Ulid, TextSortsAsTheBytesDo) {
  std::vector<Ulid> ulids;
  for (std::uint64_t ms : {0ULL, 1ULL, 31ULL, 32ULL, 1ULL << 40, (1ULL << 48) - 1}) {
    for (const char fill : {'\0', '\x7F', '\xFF'}) {
      const std::string random(10, fill);
      ulids.push_back(Ulid::FromParts(ms, AsBytes(random)));
    }
  }
  EXPECT_TRUE(std::ranges::is_sorted(ulids));
  EXPECT_TRUE(std::ranges::is_sorted(ulids, {}, &Ulid::ToString));
}

TEST(Ulid, GeneratedOnesRiseAndTellTheTime) {
  const auto before = static_cast<std::uint64_t>(NowUnixMs());
  Ulid last = Ulid::Generate();
  EXPECT_GE(last.unix_ms(), before);
  for (int i = 0; i < 10'000; ++i) {
    const Ulid next = Ulid::Generate();
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(Ulid, ThreadsNeverGetTheSame) {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kEach = 2000;
  std::vector<std::vector<Ulid>> made(kThreads);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&mine] {
      for (std::size_t i = 0; i < kEach; ++i) mine.push_back(Ulid::Generate());
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<Ulid> all;
  for (const auto& mine : made) {
    EXPECT_TRUE(std::ranges::is_sorted(mine));
    all.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), kThreads * kEach);
}

TEST(Ulid, APrefixIsBroughtToTheCanonicalAlphabet) {
  EXPECT_EQ(*CanonicalUlidPrefix("o1arz"), "01ARZ");
  EXPECT_EQ(*CanonicalUlidPrefix("iLO"), "110");
  EXPECT_EQ(*CanonicalUlidPrefix(""), "");
  EXPECT_FALSE(CanonicalUlidPrefix("01U").ok());
  EXPECT_FALSE(CanonicalUlidPrefix("@last").ok());
}

}  // namespace
}  // namespace reprise
