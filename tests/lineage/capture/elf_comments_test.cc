#include "lineage/capture/elf_comments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "capture_testing.h"
#include "lineage/capture/system_view.h"
#include "tests/support/fake_elf.h"

namespace reprise::capture {
namespace {

using reprise::testing::FakeElf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Read(const std::string& bytes) { return ReadElfComments(AsBytes(bytes)); }

TEST(ElfComments, NameEachCompilerOnce) {
  EXPECT_THAT(Read(FakeElf({.comments = {"GCC: (Debian 12.2.0-14) 12.2.0", "", "rustc 1.70",
                                         "GCC: (Debian 12.2.0-14) 12.2.0"}})),
              ElementsAre("GCC: (Debian 12.2.0-14) 12.2.0", "rustc 1.70"));
  EXPECT_THAT(Read(FakeElf({})), IsEmpty());
  EXPECT_THAT(Read("#!/bin/sh\n"), IsEmpty());
}

TEST(ElfComments, ThisTestExecutableWasMadeByACompiler) {
  const SystemView view(PosixFileSystem());
  const auto file = view.Open("/proc/self/exe");
  ASSERT_TRUE(file.ok());
  const auto comments = ReadElfComments(**file);
  ASSERT_FALSE(comments.empty());
  EXPECT_THAT(comments[0], ::testing::AnyOf(HasSubstr("GCC"), HasSubstr("clang")));
}

TEST(ElfComments, EveryPrefixAndEveryChangedByteIsRead) {
  const std::string whole = FakeElf({.comments = {"GCC"}});
  for (std::size_t size = 0; size < whole.size(); ++size) (void)Read(whole.substr(0, size));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    for (const int value : {0x00, 0x7f, 0xff}) {
      changed[i] = static_cast<char>(value);
      for (const std::string& comment : Read(changed)) EXPECT_LE(comment.size(), 1024U);
    }
  }
}

}  // namespace
}  // namespace reprise::capture
