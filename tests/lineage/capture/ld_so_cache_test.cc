#include "lineage/capture/ld_so_cache.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "capture_testing.h"
#include "lineage/capture/elf.h"
#include "storage/base/bytes.h"

namespace reprise::capture {
namespace {

struct FakeEntry {
  std::uint32_t flags = 0x0303;
  std::string name;
  std::string path;
  std::uint64_t hardware = 0;
};

constexpr std::uint64_t kIndexed = std::uint64_t{1} << 62;

std::string FakeCache(const std::vector<FakeEntry>& entries,
                      const std::vector<std::string>& levels = {}) {
  std::string strings;
  const std::size_t strings_at = 48 + entries.size() * 24;
  const auto add = [&](const std::string& text) {
    const auto at = static_cast<std::uint32_t>(strings_at + strings.size());
    strings.append(text).push_back('\0');
    return at;
  };
  std::string table;
  for (const FakeEntry& entry : entries) {
    AppendLe(table, entry.flags);
    AppendLe(table, add(entry.name));
    AppendLe(table, add(entry.path));
    AppendLe(table, std::uint32_t{0});
    AppendLe(table, entry.hardware);
  }
  std::string names;
  for (const std::string& level : levels) AppendLe(names, add(level));
  const auto extension = static_cast<std::uint32_t>(strings_at + strings.size());
  std::string out = "glibc-ld.so.cache1.1";
  AppendLe(out, static_cast<std::uint32_t>(entries.size()));
  AppendLe(out, static_cast<std::uint32_t>(strings.size()));
  AppendLe(out, std::uint32_t{2});
  AppendLe(out, extension);
  out.append(12, '\0');
  out += table + strings;
  AppendLe(out, std::uint32_t{0xEAA42174});
  AppendLe(out, std::uint32_t{1});
  AppendLe(out, std::uint32_t{1});
  AppendLe(out, std::uint32_t{0});
  AppendLe(out, extension + 24);
  AppendLe(out, static_cast<std::uint32_t>(names.size()));
  return out + names;
}

const std::vector<FakeEntry> kEntries = {
    {.name = "libz.so", .path = "/v3/libz.so", .hardware = kIndexed},
    {.name = "libz.so", .path = "/v2/libz.so", .hardware = kIndexed | 1},
    {.name = "libz.so", .path = "/lib/libz.so"},
    {.flags = 0x0003, .name = "liba.so", .path = "/lib32/liba.so"},
    {.name = "liba.so", .path = "/lib/liba.so"},
    {.flags = 0x0a03, .name = "liba.so", .path = "/arm/liba.so"}};
const std::vector<std::string> kLevels = {"x86-64-v3", "x86-64-v2"};

TEST(LdSoCache, FindsByNameAndMachine) {
  const auto cache = LdSoCache::Parse(FakeCache(kEntries, kLevels));
  ASSERT_TRUE(cache.ok()) << cache.error().message;
  EXPECT_EQ(cache->Find("liba.so", kMachineX86_64, {}), "/lib/liba.so");
  EXPECT_EQ(cache->Find("liba.so", kMachineAarch64, {}), "/arm/liba.so");
  EXPECT_EQ(cache->Find("liba", kMachineX86_64, {}), std::nullopt);
  EXPECT_EQ(cache->Find("liba.so.1", kMachineX86_64, {}), std::nullopt);
}

TEST(LdSoCache, TheBestLevelOfTheProcessorWins) {
  const auto cache = LdSoCache::Parse(FakeCache(kEntries, kLevels));
  ASSERT_TRUE(cache.ok());
  const std::vector<std::string> only_v2 = {"x86-64-v2"};
  EXPECT_EQ(cache->Find("libz.so", kMachineX86_64, kLevels), "/v3/libz.so");
  EXPECT_EQ(cache->Find("libz.so", kMachineX86_64, only_v2), "/v2/libz.so");
  EXPECT_EQ(cache->Find("libz.so", kMachineX86_64, {}), "/lib/libz.so");
}

TEST(LdSoCache, TheNewFormatBehindTheOldIsRead) {
  std::string old = "ld.so-1.7.0";
  old.push_back('\0');
  AppendLe(old, std::uint32_t{1});
  old.append(12, '\0');
  old.resize(32, '\0');
  const auto cache = LdSoCache::Parse(old + FakeCache(kEntries, kLevels));
  ASSERT_TRUE(cache.ok()) << cache.error().message;
  EXPECT_EQ(cache->Find("liba.so", kMachineX86_64, {}), "/lib/liba.so");
}

TEST(LdSoCache, TheCacheOfThisSystemKnowsTheCLibrary) {
  // Made here, too: a system need not have one, as the loader looks into its folders besides.
  const testing::TempFolder folder;
  const std::string made = folder / "ld.so.cache";
  const std::string command =
      "PATH=\"$PATH:/usr/sbin:/sbin\" ldconfig -X -i -C '" + made + "' 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  for (const std::string& path : {made, std::string("/etc/ld.so.cache")}) {
    const std::string content = testing::ReadAll(path);
    if (content.empty() && path != made) continue;
    const auto cache = LdSoCache::Parse(content);
    ASSERT_TRUE(cache.ok()) << cache.error().message;
#if defined(__x86_64__)
    EXPECT_TRUE(cache->Find("libc.so.6", kMachineX86_64, {}).has_value()) << path;
#endif
  }
}

TEST(LdSoCache, NoTruncationCrashes) {
  const std::string whole = FakeCache(kEntries, kLevels);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(LdSoCache::Parse(whole.substr(0, size)).ok()) << size;
  }
}

TEST(LdSoCache, NoFlippedByteCrashes) {
  const std::string whole = FakeCache(kEntries, kLevels);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 0xff);
    if (const auto cache = LdSoCache::Parse(damaged); cache.ok()) {
      (void)cache->Find("libz.so", kMachineX86_64, kLevels);
    }
  }
}

TEST(LdSoCache, AnotherFormatIsRefused) {
  EXPECT_EQ(LdSoCache::Parse("").error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(LdSoCache::Parse("glibc-ld.so.cache2.0").error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace reprise::capture
