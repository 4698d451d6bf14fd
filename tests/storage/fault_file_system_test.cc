// That the double loses what was not synced, and nothing else; otherwise the crash tests that stand
// on it would prove nothing.

#include "tests/support/fault_file_system.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "storage/base/bytes.h"
#include "storage/base/file.h"

namespace reprise::testing {
namespace {

using Files = FaultFileSystem;

void Write(FileSystem& files, const std::string& path, std::string_view content, bool sync) {
  const auto file = files.Open(path, OpenMode::kCreate);
  ASSERT_TRUE(file.ok()) << file.error().message;
  ASSERT_TRUE((*file)->WriteAt(0, AsBytes(content)).ok());
  if (!sync) return;
  ASSERT_TRUE((*file)->Sync().ok());
}

// The content of `path`, or "absent".
std::string ContentOf(FileSystem& files, const std::string& path) {
  const auto content = ReadFile(files, path);
  return content.ok() ? *content : "absent";
}

// What `path` may contain after a loss of power at the first call of this.
std::set<std::string> Outcomes(Files& files, const std::string& path) {
  if (!files.crashed()) files.Crash();
  std::set<std::string> outcomes;
  for (const PowerLoss& loss : files.PowerLosses()) {
    files.Reboot(loss);
    outcomes.insert(ContentOf(files, path));
  }
  return outcomes;
}

using Strings = std::set<std::string>;

TEST(FaultFileSystem, SyncedContentUnderASyncedNameSurvivesEveryOutcome) {
  Files files;
  Write(files, "/a", "content", true);
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  EXPECT_EQ(Outcomes(files, "/a"), Strings({"content"}));
}

TEST(FaultFileSystem, AnUnsyncedNameIsThereOrNot) {
  Files files;
  Write(files, "/a", "content", true);
  EXPECT_EQ(Outcomes(files, "/a"), Strings({"content", "absent"}));
}

TEST(FaultFileSystem, UnsyncedContentIsLostKeptTornOrZero) {
  Files files;
  Write(files, "/a", "content", false);
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  EXPECT_EQ(Outcomes(files, "/a"),
            Strings({"", "content", "c", "con", "conten", std::string(7, '\0')}));
}

TEST(FaultFileSystem, OnlyWhatWasWrittenAfterTheSyncIsLost) {
  Files files;
  const auto file = files.Open("/a", OpenMode::kCreate);
  ASSERT_TRUE((*file)->WriteAt(0, AsBytes("old")).ok());
  ASSERT_TRUE((*file)->Sync().ok());
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  ASSERT_TRUE((*file)->WriteAt(3, AsBytes("new")).ok());
  for (const std::string& content : Outcomes(files, "/a")) EXPECT_TRUE(content.starts_with("old"));
  EXPECT_EQ(Outcomes(files, "/a").count("old"), 1U);
}

TEST(FaultFileSystem, ALaterWriteMayReachTheDiskBeforeAnEarlierOne) {
  Files files;
  const auto file = files.Open("/a", OpenMode::kCreate);
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  ASSERT_TRUE((*file)->WriteAt(0, AsBytes("1")).ok());
  ASSERT_TRUE((*file)->WriteAt(1, AsBytes("2")).ok());
  EXPECT_EQ(Outcomes(files, "/a").count(std::string("\0002", 2)), 1U);
}

TEST(FaultFileSystem, ATornWriteEndsAtASectorOfTheFile) {
  Files files;
  const auto file = files.Open("/a", OpenMode::kCreate);
  ASSERT_TRUE((*file)->WriteAt(0, AsBytes(std::string(100, 'a'))).ok());
  ASSERT_TRUE((*file)->Sync().ok());
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  ASSERT_TRUE((*file)->WriteAt(100, AsBytes(std::string(1000, 'b'))).ok());
  EXPECT_EQ(Outcomes(files, "/a").count(std::string(100, 'a') + std::string(924, 'b')), 1U);
}

TEST(FaultFileSystem, ARenameWithoutASyncOfTheFolderLeavesTheOldOrTheNewFile) {
  Files files;
  Write(files, "/a", "old", true);
  Write(files, "/b", "new", true);
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  ASSERT_TRUE(files.Rename("/b", "/a").ok());
  EXPECT_EQ(Outcomes(files, "/a"), Strings({"old", "new"}));
  EXPECT_EQ(Outcomes(files, "/b"), Strings({"absent", "new"}));
}

TEST(FaultFileSystem, ARenameOfAnUnsyncedFileCanLeaveAnEmptyOne) {
  Files files;
  Write(files, "/a", "old", true);
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  Write(files, "/b", "new", false);
  ASSERT_TRUE(files.Rename("/b", "/a").ok());
  EXPECT_EQ(Outcomes(files, "/a").count(""), 1U);
}

TEST(FaultFileSystem, ARenameBetweenFoldersNeedsBothSynced) {
  const auto prepare = [](Files& files) {
    ASSERT_TRUE(files.CreateDirectory("/from").ok());
    ASSERT_TRUE(files.CreateDirectory("/to").ok());
    Write(files, "/from/x", "x", true);
    files.SyncAll();
    ASSERT_TRUE(files.Rename("/from/x", "/to/x").ok());
  };
  Files both;
  prepare(both);
  ASSERT_TRUE(both.SyncDirectory("/to").ok());
  ASSERT_TRUE(both.SyncDirectory("/from").ok());
  EXPECT_EQ(Outcomes(both, "/to/x"), Strings({"x"}));
  EXPECT_EQ(Outcomes(both, "/from/x"), Strings({"absent"}));

  Files source_only;
  prepare(source_only);
  ASSERT_TRUE(source_only.SyncDirectory("/from").ok());
  EXPECT_EQ(Outcomes(source_only, "/to/x"), Strings({"x", "absent"}));
}

TEST(FaultFileSystem, ANameInAnUnsyncedFolderIsLostWithIt) {
  Files files;
  ASSERT_TRUE(files.CreateDirectory("/folder").ok());
  Write(files, "/folder/a", "a", true);
  ASSERT_TRUE(files.SyncDirectory("/folder").ok());
  EXPECT_EQ(Outcomes(files, "/folder/a"), Strings({"a", "absent"}));
}

TEST(FaultFileSystem, ARemovedFileComesBackUnlessTheFolderIsSynced) {
  Files files;
  Write(files, "/a", "a", true);
  files.SyncAll();
  ASSERT_TRUE(files.RemoveFile("/a").ok());
  EXPECT_EQ(Outcomes(files, "/a"), Strings({"a", "absent"}));
}

TEST(FaultFileSystem, AFailedSyncIsNotMendedByTheNextOne) {
  Files files;
  const auto file = files.Open("/a", OpenMode::kCreate);
  ASSERT_TRUE(files.SyncDirectory("/").ok());
  files.SyncAll();
  ASSERT_TRUE((*file)->WriteAt(0, AsBytes("a")).ok());
  files.FailCall(1, Files::FaultKind::kIoError);
  EXPECT_FALSE((*file)->Sync().ok());
  EXPECT_TRUE((*file)->Sync().ok());
  EXPECT_EQ(ContentOf(files, "/a"), "a");
  EXPECT_EQ(Outcomes(files, "/a").count(""), 1U);
}

TEST(FaultFileSystem, AFailedWriteHasWrittenHalf) {
  Files files;
  const auto file = files.Open("/a", OpenMode::kCreate);
  files.SyncAll();
  files.FailCall(0, Files::FaultKind::kNoSpace);
  const auto written = (*file)->WriteAt(0, AsBytes("1234"));
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(ContentOf(files, "/a"), "12");
  EXPECT_TRUE((*file)->WriteAt(0, AsBytes("1234")).ok()) << "once only";
}

TEST(FaultFileSystem, AFullDeviceStaysFullButCanBeReadAndFreed) {
  Files files;
  Write(files, "/a", "a", true);
  files.SyncAll();
  files.FailCall(0, Files::FaultKind::kNoSpace, Files::FaultDuration::kFromThenOn);
  EXPECT_EQ(files.Open("/b", OpenMode::kCreate).error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(files.CreateDirectory("/c").error().code, ErrorCode::kNoSpace);
  EXPECT_EQ(ContentOf(files, "/a"), "a");
  EXPECT_TRUE(files.RemoveFile("/a").ok());
}

TEST(FaultFileSystem, AfterTheCrashNothingWorksUntilTheReboot) {
  Files files;
  const auto file = files.Open("/a", OpenMode::kCreate);
  auto held = files.Lock("/lock", LockMode::kExclusive, 0);
  ASSERT_TRUE(held.ok());
  files.SyncAll();
  files.CrashAfterCall(1);
  EXPECT_TRUE((*file)->WriteAt(0, AsBytes("a")).ok());
  EXPECT_FALSE((*file)->WriteAt(1, AsBytes("b")).ok());
  EXPECT_TRUE(files.crashed());
  EXPECT_FALSE(files.Stat("/a").ok());
  files.Reboot(files.NothingLost());
  EXPECT_EQ(ContentOf(files, "/a"), "ab") << "the call during which the power went may count";
  EXPECT_FALSE((*file)->Sync().ok()) << "a handle of before the reboot";
  EXPECT_TRUE(files.Lock("/lock", LockMode::kExclusive, 0).ok());
  files.Reboot(files.PowerLosses().front());
  EXPECT_EQ(ContentOf(files, "/a"), "") << "each reboot starts from the crash";
}

TEST(FaultFileSystem, EveryCallIsRecorded) {
  Files files;
  Write(files, "/a", "abc", true);
  const auto calls = files.calls();
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls[0].method, "Open");
  EXPECT_EQ(calls[1].method, "WriteAt");
  EXPECT_EQ(calls[1].detail, "0+3");
  EXPECT_EQ(calls[2].method, "Sync");
  EXPECT_EQ(calls[2].path, "/a");
}

TEST(FaultFileSystem, ManyUnsyncedNamesGiveABoundedSampleOfOutcomes) {
  Files files;
  for (int i = 0; i < 500; ++i) Write(files, "/" + std::to_string(i), "", false);
  files.Crash();
  EXPECT_LT(files.PowerLosses().size(), 20U);
  EXPECT_GT(files.PowerLosses().size(), 4U);
}

// The two writers of storage/base/file.h, as the first users.
TEST(FaultFileSystem, WriteFileDurablyLeavesTheOldOrTheNewContentAlways) {
  bool is_written = false;
  const auto prepare = [&](Files& files) {
    is_written = false;
    ASSERT_TRUE(WriteFileDurably(files, "/a", "old").ok());
  };
  const auto write = [&](Files& files) {
    is_written = WriteFileDurably(files, "/a", "the new").ok();
  };
  const auto check = [&](Files& files) {
    const std::string content = ContentOf(files, "/a");
    if (is_written) {
      ASSERT_EQ(content, "the new");
    } else {
      ASSERT_TRUE(content == "old" || content == "the new") << Printable(content);
    }
  };
  EXPECT_EQ(EnumerateCrashes(prepare, write, check).moments, 5);
  for (const auto kind : {Files::FaultKind::kIoError, Files::FaultKind::kNoSpace}) {
    for (const auto duration : {Files::FaultDuration::kOnce, Files::FaultDuration::kFromThenOn}) {
      EXPECT_GE(EnumerateFailures(kind, duration, prepare, write, check).moments, 4);
    }
  }
}

TEST(FaultFileSystem, WriteFileAtomicallyCanLoseTheContentWhichTheDoubleShows) {
  bool was_lost = false;
  EnumerateCrashes([](Files& files) { ASSERT_TRUE(WriteFileDurably(files, "/a", "old").ok()); },
                   [](Files& files) { (void)WriteFileAtomically(files, "/a", "new"); },
                   [&](Files& files) { was_lost |= ContentOf(files, "/a").empty(); });
  EXPECT_TRUE(was_lost);
}

}  // namespace
}  // namespace reprise::testing
