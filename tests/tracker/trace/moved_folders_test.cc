// Folders that were there before and are renamed by the run.

#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "tests/tracker/trace/trace_testing.h"

namespace reprise::tracker {
namespace {

using testing::At;
using testing::TraceTest;

class MovedFolders : public TraceTest {
 protected:
  void SetUp() override {
    TraceTest::SetUp();
    std::filesystem::create_directories(In("old/sub"));
    Put("old/a", "one");
    Put("old/sub/b\xff", "two");
    std::filesystem::create_symlink("a", In("old/link"));
  }
};

TEST_P(MovedFolders, WhatLiesInOneWasReadWhereItWasAndLivesOnWhereItIs) {
  const Trace trace = TraceOf([] { return rename("old", "new"); });
  for (const std::string name : {"a", "sub/b\xff"}) {
    const Access access = At(trace, In("old/" + name));
    EXPECT_EQ(access.state, NameState::kFile);
    EXPECT_EQ(access.uses, kUseRead);
    EXPECT_EQ(access.changes, kChangeRemoved);
    EXPECT_EQ(access.moved_to, In("new/" + name));
    EXPECT_EQ(access.kept, "");
    EXPECT_EQ(access.stat, *PosixFileSystem().Stat(In("new/" + name)));
    EXPECT_EQ(At(trace, In("new/" + name)).changes, kChangeMade);
  }
  EXPECT_EQ(At(trace, In("old/link")).target, "a");
  EXPECT_EQ(At(trace, In("old")).changes, kChangeRemoved);
  EXPECT_EQ(At(trace, In("new")).changes, kChangeMade);
  EXPECT_FALSE(trace.blind_spots.contains("moved folders"));
}

TEST_P(MovedFolders, WhatIsChangedAtItsNewPlaceIsKeptBefore) {
  const Trace trace = TraceOf([] {
    if (rename("old", "new") != 0) return 1;
    const int fd = open("new/a", O_WRONLY | O_TRUNC);
    return fd >= 0 && write(fd, "x", 1) == 1 && unlink("new/sub/b\xff") == 0 ? 0 : 2;
  });
  EXPECT_EQ(Kept(At(trace, In("old/a"))), "one");
  EXPECT_EQ(At(trace, In("old/a")).moved_to, "");
  EXPECT_EQ(Kept(At(trace, In("old/sub/b\xff"))), "two");
}

TEST_P(MovedFolders, OneThatMovesOnTakesItsFilesWithIt) {
  const Trace trace = TraceOf(
      [] { return rename("old", "new") + rename("new", "newer") + rename("newer", "old"); });
  EXPECT_EQ(At(trace, In("old/a")).moved_to, In("old/a"));
  EXPECT_EQ(At(trace, In("old/a")).kept, "");
}

TEST_P(MovedFolders, ARenameThatFailsMovesNothing) {
  std::filesystem::create_directories(In("full"));
  std::ofstream(In("full/x")) << "x";
  const Trace trace = TraceOf([] {
    if (rename("old", "full") == 0) return 1;
    return unlink("old/a");
  });
  EXPECT_EQ(At(trace, In("old")).changes, 0U);
  EXPECT_EQ(At(trace, In("old/a")).moved_to, "");
  EXPECT_EQ(At(trace, In("old/sub/b\xff")).path, "");
  EXPECT_EQ(At(trace, In("full/a")).path, "");
}

TEST_P(MovedFolders, FoldersThatChangePlacesAreABlindSpot) {
  std::filesystem::create_directories(In("other"));
  const Trace trace =
      TraceOf([] { return renameat2(AT_FDCWD, "old", AT_FDCWD, "other", RENAME_EXCHANGE); });
  EXPECT_TRUE(trace.blind_spots.contains("moved folders"));
}

TEST_P(MovedFolders, ATraceThatWasStoppedHasAnEnd) {
  EXPECT_TRUE(TraceOf([] { return 0; }).ended);
}

TEST_P(MovedFolders, AFileThatMustNotBeThereIsAskedForAndNotWritten) {
  const Trace trace = TraceOf([] {
    const int fd = open("old/a", O_WRONLY | O_CREAT | O_EXCL, 0644);
    return fd < 0 && renameat2(AT_FDCWD, "old/sub/b\xff", AT_FDCWD, "old/a", RENAME_NOREPLACE) != 0
               ? 0
               : 1;
  });
  EXPECT_EQ(At(trace, In("old/a")).uses, kUseLookedUp);
  EXPECT_EQ(At(trace, In("old/a")).changes, 0U);
}

TEST_P(MovedFolders, ALinkThatIsLookedAtItselfHasItsTarget) {
  const Trace trace = TraceOf([] {
    struct stat st;
    return lstat("old/link", &st);
  });
  EXPECT_EQ(At(trace, In("old/link")).state, NameState::kSymlink);
  EXPECT_EQ(At(trace, In("old/link")).target, "a");
}

INSTANTIATE_TEST_SUITE_P(, MovedFolders,
                         ::testing::Values(TraceTier::kListener, TraceTier::kPtrace,
                                           TraceTier::kPtraceAll),
                         testing::TierName);

}  // namespace
}  // namespace reprise::tracker
