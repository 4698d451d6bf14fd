#include "lineage/capture/elf.h"

#include <gtest/gtest.h>

#include <cstring>

#include "capture_testing.h"
#include "lineage/capture/system_view.h"
#include "tests/support/fake_elf.h"

namespace reprise::capture {
namespace {

using reprise::testing::FakeElf;

Result<ElfObject> Parse(const std::string& bytes) { return ParseElf(AsBytes(bytes)); }

TEST(Elf, EveryFactOfAnObjectIsRead) {
  const auto elf = Parse(FakeElf({.interpreter = "/lib64/ld.so",
                                  .needed = {"liba.so.1", "libb.so"},
                                  .soname = "libme.so.3",
                                  .rpath = "$ORIGIN/r",
                                  .runpath = "/opt/lib:$ORIGIN",
                                  .build_id = "\x01\xab\xff"}));
  ASSERT_TRUE(elf.ok()) << elf.error().message;
  EXPECT_EQ(elf->type, ElfType::kShared);
  EXPECT_EQ(elf->machine, kMachineX86_64);
  EXPECT_EQ(elf->interpreter, "/lib64/ld.so");
  EXPECT_EQ(elf->needed, (std::vector<std::string>{"liba.so.1", "libb.so"}));
  EXPECT_EQ(elf->soname, "libme.so.3");
  EXPECT_EQ(elf->rpath, "$ORIGIN/r");
  EXPECT_EQ(elf->runpath, "/opt/lib:$ORIGIN");
  EXPECT_EQ(elf->build_id, "01abff");
}

TEST(Elf, NamesLongerThanOneReadAreWhole) {
  const std::string list = "/" + std::string(3000, 'x') + ":/end";
  const auto elf = Parse(FakeElf({.runpath = list}));
  ASSERT_TRUE(elf.ok()) << elf.error().message;
  EXPECT_EQ(elf->runpath, list);
}

TEST(Elf, ThisTestExecutableNeedsTheCLibrary) {
  const SystemView view(PosixFileSystem());
  const auto file = view.Open("/proc/self/exe");
  ASSERT_TRUE(file.ok());
  const auto elf = ParseElf(**file);
  ASSERT_TRUE(elf.ok()) << elf.error().message;
  EXPECT_TRUE(elf->interpreter.has_value());
  EXPECT_NE(std::find(elf->needed.begin(), elf->needed.end(), "libc.so.6"), elf->needed.end());
}

TEST(Elf, OtherFilesAreNoElf) {
  EXPECT_EQ(Parse("").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Parse("#!/bin/sh\n").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Parse("\x7f"
                  "EL")
                .error()
                .code,
            ErrorCode::kInvalidArgument);
}

TEST(Elf, ThirtyTwoBitAndBigEndianObjectsAreRefusedByName) {
  std::string elf = FakeElf({});
  elf[4] = 1;
  EXPECT_EQ(Parse(elf).error().code, ErrorCode::kUnsupported);
  elf[4] = 2;
  elf[5] = 2;
  EXPECT_EQ(Parse(elf).error().code, ErrorCode::kUnsupported);
}

TEST(Elf, NoTruncationCrashesAndNoneOfTheNamesIsLostSilently) {
  const std::string whole =
      FakeElf({.interpreter = "/lib64/ld.so", .needed = {"liba.so.1"}, .soname = "libme.so.3"});
  const auto expected = Parse(whole);
  ASSERT_TRUE(expected.ok());
  std::size_t refused = 0;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto elf = Parse(whole.substr(0, size));
    refused += elf.ok() ? 0 : 1;
    if (elf.ok()) {
      EXPECT_EQ(*elf, *expected) << size;
    }
  }
  EXPECT_GT(refused, whole.size() - 10);  // Only the last padding may be missing.
}

TEST(Elf, NoFlippedByteCrashes) {
  const std::string whole = FakeElf({.interpreter = "/lib64/ld.so",
                                     .needed = {"liba.so.1", "b"},
                                     .soname = "libme.so.3",
                                     .build_id = "0123456789"});
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const int value : {0x00, 0x7f, 0x80, 0xff}) {
      std::string damaged = whole;
      damaged[i] = static_cast<char>(value);
      const auto elf = Parse(damaged);
      if (elf.ok()) {
        EXPECT_LE(elf->needed.size(), 2U);
      }
    }
  }
}

TEST(Elf, AStringTableOutsideTheFileIsDamage) {
  std::string elf = FakeElf({.needed = {"liba.so"}});
  // The dynamic section follows two program headers; its second entry is the string table.
  const std::size_t table = 64 + 2 * 56 + 16 + 8;
  const std::uint64_t address = UINT64_MAX - 2;
  std::memcpy(elf.data() + table, &address, sizeof address);
  EXPECT_EQ(Parse(elf).error().code, ErrorCode::kCorruption);
}

}  // namespace
}  // namespace reprise::capture
