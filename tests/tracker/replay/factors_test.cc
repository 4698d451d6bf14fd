// Which factors are tried on which run, and what each changes.

#include "tracker/replay/factors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reprise::tracker {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Variables = std::map<std::string, std::string>;

std::vector<std::string> Names(const std::vector<Factor>& factors) {
  std::vector<std::string> names;
  for (const Factor& factor : factors) names.push_back(factor.name);
  return names;
}

lineage::Closure Used(const std::string& path, std::uint32_t uses = lineage::kFileExecuted) {
  return {.files = {{.path = path, .uses = uses}}, .missing = {}, .listings = {}};
}

TEST(FactorsTest, HashSeedsAreThoseOfInterpretersThatTheRunUsed) {
  EXPECT_THAT(Names(FactorsOf(Used("/usr/bin/sort"), {}, {})),
              ElementsAre("threads", "instruction_set", "addresses"));
  EXPECT_THAT(Names(FactorsOf(Used("/usr/bin/python3.11"), {}, {})),
              ElementsAre("python_hash_seed", "threads", "instruction_set", "addresses"));
  EXPECT_THAT(Names(FactorsOf(Used("/usr/lib/libperl.so.5.36", lineage::kFileRead), {}, {})),
              Contains("perl_hash_seed"));
  // One that was only looked for.
  EXPECT_THAT(Names(FactorsOf(Used("/usr/bin/python3", lineage::kFileLookedUp), {}, {})),
              Not(Contains("python_hash_seed")));
}

TEST(FactorsTest, TimeZoneAndLocaleAreTriedWhereTodaysAreOthers) {
  const Variables recorded = {{"TZ", "UTC"}, {"LC_NUMERIC", "de_DE.UTF-8"}, {"HOME", "/a"}};
  EXPECT_THAT(Names(FactorsOf({}, recorded, recorded)), Not(Contains("time_zone_and_locale")));
  const auto factors = FactorsOf({}, recorded, {{"TZ", "Asia/Tokyo"}, {"HOME", "/b"}});
  ASSERT_EQ(factors.back().name, "time_zone_and_locale");
  EXPECT_THAT(WithFactor({"HOME=/a", "LC_NUMERIC=de_DE.UTF-8", "TZ=UTC"}, factors.back()),
              ElementsAre("HOME=/a", "TZ=Asia/Tokyo"));
}

TEST(FactorsTest, WhatTheRunAskedOfGlibcIsAskedToo) {
  const auto factors = FactorsOf({}, {{"GLIBC_TUNABLES", "glibc.malloc.check=3"}}, {});
  const auto& tunables = factors[1].variables.at("GLIBC_TUNABLES");
  EXPECT_THAT(*tunables, HasSubstr("glibc.malloc.check=3:glibc.cpu.hwcaps=-"));
}

TEST(FactorsTest, AVariableOfAFactorReplacesTheRecordedOne) {
  const Factor factor{.name = "x", .meaning = "x", .variables = {{"A", "2"}, {"C", "3"}}};
  EXPECT_THAT(WithFactor({"A=1", "AB=1", "B=1=2"}, factor),
              ElementsAre("AB=1", "B=1=2", "A=2", "C=3"));
}

}  // namespace
}  // namespace reprise::tracker
